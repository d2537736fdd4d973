"""Execute, native: requests become bytes and orders, reports become states, positions and money.

In: tp_request (allowed and routed), order frames of a venue. Out: encoded requests packed behind
each other in `out`, decision records, tp_order_update for the strategy. The state belongs to the
engine's thread. Nothing is half written: a request is encoded, then recorded, then entered.
`send.pxd` holds the way out (execute_send), `apply.pxd` the way back (execute_apply), `working.pxd`
the orders that wait in the engine, `money.pxd` positions and money. Worst case: a fill
that flips a position, sixteen 128-bit divisions.
"""

from libc.stdint cimport int32_t, int64_t, uint64_t
from tickpath.core.codes cimport TP_ROUTE_NO_VENUE
from tickpath.core.records cimport (
    TP_MARKET, TP_ORDER_PARKED, TP_POSITION_LONG, TP_POSITION_SHORT, TP_REPLACE, int128, tp_intent,
    tp_report, tp_view,
)
from tickpath.hot.execute.apply cimport execute_apply
from tickpath.hot.execute.ledger cimport ACCOUNT_CASH
from tickpath.hot.execute.money cimport money_equity
from tickpath.hot.execute.money_native cimport Money
from tickpath.hot.execute.order_table cimport Row, order_leaves, table_find
from tickpath.hot.execute.position cimport TP_GUARD
from tickpath.hot.execute.send cimport execute_drop_held, execute_send
from tickpath.hot.execute.state cimport ExecuteState


cdef inline void execute_begin(ExecuteState* e) noexcept nogil:
    """Start of an input: the bytes of the last one are gone."""
    e.out_bytes = 0


cdef inline int32_t execute_decode(ExecuteState* e, int32_t venue, const char* data, int64_t bytes,
                                   tp_report* reports, int32_t* count) noexcept nogil:
    """A venue's order frame -> up to TP_REPORTS_PER_FRAME_MAX reports. Returns a code."""
    count[0] = 0
    if venue < 0 or venue >= e.venue_count or e.codecs[venue].decode == NULL:
        return TP_ROUTE_NO_VENUE
    return e.codecs[venue].decode(e.codecs[venue].context, data, bytes, reports, count)


cdef inline int64_t execute_equity_at(const ExecuteState* e, int32_t currency, const int64_t* mids2,
                                      const tp_view* views) noexcept nogil:
    """Equity of a currency in its units, at `mids2` or, when that is NULL, at the views' mids."""
    return money_equity(e.money, currency, mids2, views)


cdef inline int64_t execute_equity(const ExecuteState* e, int32_t currency,
                                   const tp_view* views) noexcept nogil:
    """Equity of a currency in its units, marked at the mids of the views' books."""
    return execute_equity_at(e, currency, NULL, views)


cdef inline int64_t execute_leaves(const ExecuteState* e, uint64_t id) noexcept nogil:
    """Open lots of an order, 0 when it is not in the table."""
    cdef Row* row = table_find(&e.table, id)
    return 0 if row == NULL else order_leaves(&row.order)


cdef inline int64_t execute_price(const ExecuteState* e, uint64_t id) noexcept nogil:
    """Price of an open order, 0 when it is not in the table or has none."""
    cdef Row* row = table_find(&e.table, id)
    return 0 if row == NULL or row.order.type == TP_MARKET else row.order.price_ticks


cdef inline int64_t execute_cash(const ExecuteState* e, int32_t currency) noexcept nogil:
    """Whole units of cash of a currency, rounded down."""
    cdef int128 guard = e.money.accounts[currency].balance[ACCOUNT_CASH]
    return <int64_t>(guard // TP_GUARD - (guard % TP_GUARD < 0))


cdef inline int64_t execute_given_back(
    const ExecuteState* e, const tp_intent* i, int64_t* price_ticks
) noexcept nogil:
    """Lots a REPLACE gives back and their price: those open of an order of its own instrument,
    side, strategy and leg."""
    cdef Row* row
    price_ticks[0] = 0
    if i.kind != TP_REPLACE:
        return 0
    row = table_find(&e.table, i.client_order_id)
    if row == NULL or row.order.instrument != i.instrument or row.order.side != i.side \
            or row.order.strategy != i.strategy or row.order.state == TP_ORDER_PARKED \
            or (row.order.flags ^ i.flags) & (TP_POSITION_LONG | TP_POSITION_SHORT):
        return 0
    price_ticks[0] = row.order.price_ticks if row.order.type != TP_MARKET else 0
    return order_leaves(&row.order)


cdef class Execute:
    cdef ExecuteState* state
    cdef readonly Money money
    cdef object _config
    cdef object _codecs
