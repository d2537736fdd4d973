"""Native body of every_event: the twin of every_event.py, same decisions, no GIL."""

from cpython.pycapsule cimport PyCapsule_New
from libc.stdint cimport int32_t, int64_t
from tickpath.core.records cimport (
    TP_BUY,
    TP_EVENT_BBO,
    TP_EVENT_DEPTH,
    TP_EVENT_SNAPSHOT,
    TP_EVENT_TRADE,
    TP_IOC,
    TP_LIMIT,
    TP_SELL,
    tp_intents,
    tp_view,
)
from tickpath.hot.strategy.intents cimport intent_submit
from tickpath.hot.strategy.sizing cimport order_lots_at

cdef struct State:                    # the dtype of every_event.py
    int64_t sent


cdef void every_event(const tp_view* view, void* state, tp_intents* out) noexcept nogil:
    cdef State* s = <State*>state
    cdef int32_t side
    cdef int64_t price
    if view.position_lots == 0:
        side = TP_SELL if s.sent & 1 else TP_BUY
    else:
        side = TP_BUY if view.position_lots < 0 else TP_SELL
    if view.event == TP_EVENT_BBO:
        price = view.bbo.bid_ticks if side == TP_SELL else view.bbo.ask_ticks
    elif (view.event == TP_EVENT_DEPTH or view.event == TP_EVENT_SNAPSHOT
            or view.event == TP_EVENT_TRADE):
        price = view.top.bid_ticks if side == TP_SELL else view.top.ask_ticks
    else:
        return
    if price <= 0:
        return
    intent_submit(
        out, view, side, TP_LIMIT, TP_IOC, price, order_lots_at(view.params_i, price), 0)
    s.sent += 1


BODY = PyCapsule_New(<void*>every_event, "tickpath.strategy.v2", NULL)
