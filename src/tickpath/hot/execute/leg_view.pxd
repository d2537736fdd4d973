"""The legs of a hedging account as risk sees them: their lots and what is open on each.

In: legs, open lots of the instrument, its open orders. Out: a position record for each leg. Fills
of ended orders that are still awaited count on both legs. Worst case: every open order of an
instrument is looked up, for an order that risk judges on a hedging account; nothing elsewhere.
"""

from libc.stdint cimport int32_t
from tickpath.core.records cimport (
    TP_BUY, TP_INSTRUMENTS_MAX, TP_ORDER_PARKED, TP_STRATEGIES_MAX, tp_own_orders, tp_position,
)
from tickpath.hot.execute.hedge cimport hedge_leg
from tickpath.hot.execute.money cimport LEGS
from tickpath.hot.execute.order_table cimport Row, order_leaves, table_find
from tickpath.hot.execute.state cimport ExecuteState


cdef inline void leave_legs(tp_position* views, const Row* row) noexcept nogil:
    """What is open of an order counts on its own leg only."""
    cdef int32_t k
    for k in range(LEGS):
        if k == hedge_leg(1, row.order.flags):
            continue
        if row.order.side == TP_BUY:
            views[k].open_buy_lots -= order_leaves(&row.order)
        else:
            views[k].open_sell_lots -= order_leaves(&row.order)


cdef inline void leg_views(ExecuteState* e, int32_t instrument) noexcept nogil:
    """Bring both views of an instrument of a hedging account up to date."""
    cdef tp_position* views = &e.leg_views[instrument * LEGS]
    cdef const tp_own_orders* own
    cdef const Row* row
    cdef int32_t s, k
    for k in range(LEGS):
        views[k] = e.positions[instrument]
        views[k].position_lots = e.money.legs[instrument * LEGS + k].lots
    for s in range(TP_STRATEGIES_MAX):
        own = &e.own[s * TP_INSTRUMENTS_MAX + instrument]
        for k in range(own.count):
            row = table_find(&e.table, own.items[k].client_order_id)
            if row.order.state != TP_ORDER_PARKED:
                leave_legs(views, row)
