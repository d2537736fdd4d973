"""Native body of imbalance_maker: the twin of imbalance_maker.py, same decisions, no GIL."""

from cpython.pycapsule cimport PyCapsule_New
from libc.stdint cimport int32_t, int64_t
from tickpath.core.fixed cimport wide_divide
from tickpath.core.records cimport (
    TP_BOOK_OK,
    TP_BUY,
    TP_EVENT_ORDER,
    TP_EVENT_STATUS,
    TP_GTC,
    TP_ORDER_LIVE,
    TP_ORDER_PENDING_NEW,
    TP_POST_ONLY,
    TP_SELL,
    int128,
    tp_book_top,
    tp_intents,
    tp_level,
    tp_open_order,
    tp_view,
)
from tickpath.hot.strategy.intents cimport intent_cancel, intent_replace, intent_submit
from tickpath.hot.strategy.sizing cimport (
    SIZE_END,
    floor_divide,
    order_lots_at,
    position_lots_at,
)

cdef enum:
    HALF_SPREAD_PPM = SIZE_END
    IMBALANCE_SHIFT_PPM = SIZE_END + 1
    LEAN_PPM = SIZE_END + 2
    REPLACE_PPM = SIZE_END + 3
    IMBALANCE_LEVELS = SIZE_END + 4
    PPM = 1000000


cdef int64_t lots_of(const tp_level* levels, int32_t count, int64_t most) noexcept nogil:
    cdef int64_t sum = 0
    cdef int32_t k
    for k in range(count if count < most else <int32_t>most):
        sum += levels[k].quantity_lots
    return sum


cdef int64_t centre2_of(const tp_view* view, int64_t mid2, int64_t most) noexcept nogil:
    """Twice the price the quotes stand around."""
    cdef const tp_book_top* top = &view.top
    cdef const int64_t* p = &view.params_i[0]
    cdef int64_t bids = lots_of(top.bids, top.bid_count, p[IMBALANCE_LEVELS])
    cdef int64_t asks = lots_of(top.asks, top.ask_count, p[IMBALANCE_LEVELS])
    cdef int64_t held = view.position_lots
    cdef int128 found
    found = floor_divide(
        2 * (<int128>top.bid_ticks * top.ask_lots + <int128>top.ask_ticks * top.bid_lots),
        <int128>top.bid_lots + top.ask_lots)
    if bids + asks > 0:
        found += floor_divide(
            <int128>mid2 * p[IMBALANCE_SHIFT_PPM] * (bids - asks), <int128>PPM * (bids + asks))
    if most > 0:
        held = -most if held < -most else (most if held > most else held)
        found -= floor_divide(<int128>mid2 * p[LEAN_PPM] * held, <int128>PPM * most)
    return <int64_t>found


cdef void quote_side(
    const tp_view* view, tp_intents* out, int32_t side, int64_t price_ticks, int64_t lots,
    int64_t threshold
) noexcept nogil:
    """One side: price 0 means no quote. An order in flight is waited for."""
    cdef const tp_open_order* mine = NULL
    cdef int32_t k
    cdef int64_t away
    for k in range(view.order_count):
        if view.orders[k].side == side and view.orders[k].state != TP_ORDER_LIVE:
            return
    for k in range(view.order_count):
        if view.orders[k].side != side:
            continue
        if mine == NULL:
            mine = &view.orders[k]
        else:
            intent_cancel(out, view, view.orders[k].client_order_id)
    if mine == NULL:
        if price_ticks > 0:
            intent_submit(out, view, side, TP_POST_ONLY, TP_GTC, price_ticks, lots, 0)
        return
    if price_ticks == 0:
        intent_cancel(out, view, mine.client_order_id)
        return
    away = mine.price_ticks - price_ticks
    if away >= threshold or -away >= threshold:
        intent_replace(
            out, view, mine.client_order_id, side, TP_POST_ONLY, TP_GTC, price_ticks, lots, 0)


cdef void quote(const tp_view* view, tp_intents* out) noexcept nogil:
    """Bring both sides to where they should be."""
    cdef const tp_book_top* top = &view.top
    cdef const int64_t* p = &view.params_i[0]
    cdef int64_t mid2, lots, most, centre2, half, threshold, bid, ask
    if (top.bid_ticks <= 0 or top.bid_ticks >= top.ask_ticks or top.bid_lots <= 0
            or top.ask_lots <= 0):
        return
    mid2 = top.bid_ticks + top.ask_ticks
    lots = order_lots_at(p, top.ask_ticks)
    most = position_lots_at(p, top.ask_ticks)
    centre2 = centre2_of(view, mid2, most)
    half = <int64_t>wide_divide(<int128>mid2 * p[HALF_SPREAD_PPM], 2 * PPM)
    half = half if half > 1 else 1
    threshold = <int64_t>wide_divide(<int128>mid2 * p[REPLACE_PPM], 2 * PPM)
    threshold = threshold if threshold > 1 else 1
    bid = (centre2 >> 1) - half
    bid = bid if bid < top.ask_ticks - 1 else top.ask_ticks - 1
    ask = -(-centre2 >> 1) + half
    ask = ask if ask > top.bid_ticks + 1 else top.bid_ticks + 1
    if bid < 0 or <int128>view.position_lots + lots > most:
        bid = 0
    if <int128>view.position_lots - lots < -<int128>most:
        ask = 0
    quote_side(view, out, TP_BUY, bid, lots, threshold)
    quote_side(view, out, TP_SELL, ask, lots, threshold)


cdef void imbalance_maker(const tp_view* view, void* state, tp_intents* out) noexcept nogil:
    cdef int32_t k
    if view.event == TP_EVENT_STATUS:
        if view.top.status != TP_BOOK_OK:
            for k in range(view.order_count):
                if (view.orders[k].state == TP_ORDER_LIVE
                        or view.orders[k].state == TP_ORDER_PENDING_NEW):
                    intent_cancel(out, view, view.orders[k].client_order_id)
    elif view.event != TP_EVENT_ORDER:
        quote(view, out)
    elif view.fill_lots > 0 and view.top.status == TP_BOOK_OK:
        quote(view, out)


BODY = PyCapsule_New(<void*>imbalance_maker, "tickpath.strategy.v2", NULL)
