"""Writing intents from a native strategy: submit, bracket, algorithm, cancel, replace, set_timer.

`intent_add` gives the next intent itself, for stops, icebergs, expiries and links.

`out` is the buffer of the input in hand; each verb appends one intent for the instrument of the
view. A further intent than fits sets `overflow`: the stage then drops the whole input and pauses
the strategy. Nothing else may be written to `out`.
"""

from libc.stddef cimport size_t
from libc.stdint cimport int32_t, int64_t, uint64_t
from libc.string cimport memset
from tickpath.core.records cimport (
    TP_ALGORITHM_NONE,
    TP_ALGORITHM_SHIFT,
    TP_BUY,
    TP_CANCEL,
    TP_INTENTS_MAX,
    TP_LIMIT,
    TP_LINK_CHILD,
    TP_LINK_ENTRY,
    TP_MARKET,
    TP_REDUCE_ONLY,
    TP_REPLACE,
    TP_SELL,
    TP_SET_TIMER,
    TP_STOP,
    TP_SUBMIT,
    tp_intent,
    tp_intents,
    tp_view,
)


cdef inline tp_intent* intent_add(
    tp_intents* out, const tp_view* view, int32_t kind
) noexcept nogil:
    """The next intent, zero but for kind, strategy and instrument; NULL when the buffer is full."""
    cdef tp_intent* intent
    if out.count < 0 or out.count >= TP_INTENTS_MAX:
        out.overflow = 1
        return NULL
    intent = &out.items[out.count]
    out.count += 1
    memset(intent, 0, sizeof(tp_intent))
    intent.kind = kind
    intent.strategy = view.strategy
    intent.instrument = view.instrument
    return intent


cdef inline void intent_submit(
    tp_intents* out, const tp_view* view, int32_t side, int32_t type, int32_t time_in_force,
    int64_t price_ticks, int64_t quantity_lots, int32_t tag
) noexcept nogil:
    """A new order."""
    cdef tp_intent* intent = intent_add(out, view, TP_SUBMIT)
    if intent != NULL:
        intent.side = side
        intent.type = type
        intent.time_in_force = time_in_force
        intent.price_ticks = price_ticks
        intent.quantity_lots = quantity_lots
        intent.tag = tag


cdef inline void intent_bracket(
    tp_intents* out, const tp_view* view, int32_t side, int64_t price_ticks, int64_t quantity_lots,
    int64_t take_ticks, int64_t stop_ticks, int32_t link, int32_t tag, int64_t expire_ns
) noexcept nogil:
    """An entry at a limit, and for what of it fills a limit order that takes the profit and a stop:
    one of the two cancels the other. `link` is unused on the instrument until then."""
    cdef tp_intent* intent = intent_add(out, view, TP_SUBMIT)
    cdef int32_t k
    if intent == NULL:
        return
    intent.side = side
    intent.price_ticks = price_ticks
    intent.quantity_lots = quantity_lots
    intent.tag = tag
    intent.expire_ns = expire_ns
    intent.link = link
    intent.role = TP_LINK_ENTRY
    for k in range(2):
        intent = intent_add(out, view, TP_SUBMIT)
        if intent == NULL:
            return
        intent.side = TP_SELL if side == TP_BUY else TP_BUY
        intent.type = TP_STOP if k == 0 else TP_LIMIT
        intent.trigger_ticks = stop_ticks if k == 0 else 0
        intent.price_ticks = 0 if k == 0 else take_ticks
        intent.quantity_lots = quantity_lots
        intent.flags = TP_REDUCE_ONLY
        intent.tag = tag
        intent.link = link
        intent.role = TP_LINK_CHILD


cdef inline void intent_algorithm(
    tp_intents* out, const tp_view* view, int32_t side, int32_t algorithm, int64_t limit_ticks,
    int64_t quantity_lots, int64_t start_ns, int64_t end_ns, int32_t tag
) noexcept nogil:
    """An order that an algorithm of the configuration works, named by its place there. No limit,
    start or end: 0."""
    cdef tp_intent* intent = intent_add(out, view, TP_SUBMIT)
    if intent != NULL:
        intent.side = side
        intent.type = TP_LIMIT if limit_ticks != 0 else TP_MARKET
        if algorithm < 0 or algorithm >= TP_ALGORITHM_NONE:
            algorithm = TP_ALGORITHM_NONE - 1
        intent.flags = (algorithm + 1) << TP_ALGORITHM_SHIFT
        intent.price_ticks = limit_ticks
        intent.quantity_lots = quantity_lots
        intent.at_ns = start_ns
        intent.expire_ns = end_ns
        intent.tag = tag


cdef inline void intent_cancel(
    tp_intents* out, const tp_view* view, uint64_t client_order_id
) noexcept nogil:
    """Cancel one own order."""
    cdef tp_intent* intent = intent_add(out, view, TP_CANCEL)
    if intent != NULL:
        intent.client_order_id = client_order_id


cdef inline void intent_replace(
    tp_intents* out, const tp_view* view, uint64_t client_order_id, int32_t side, int32_t type,
    int32_t time_in_force, int64_t price_ticks, int64_t quantity_lots, int32_t tag
) noexcept nogil:
    """Cancel an own order and send a new one in its place."""
    cdef tp_intent* intent = intent_add(out, view, TP_REPLACE)
    if intent != NULL:
        intent.client_order_id = client_order_id
        intent.side = side
        intent.type = type
        intent.time_in_force = time_in_force
        intent.price_ticks = price_ticks
        intent.quantity_lots = quantity_lots
        intent.tag = tag


cdef inline void intent_set_timer(
    tp_intents* out, const tp_view* view, int64_t at_ns, int32_t tag
) noexcept nogil:
    """Call on_timer at `at_ns`; the timer of the same tag moves, at 2**63 - 1 it is taken away."""
    cdef tp_intent* intent = intent_add(out, view, TP_SET_TIMER)
    if intent != NULL:
        intent.at_ns = at_ns
        intent.tag = tag
