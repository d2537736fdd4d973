"""The strategy stage in a loop over changing books, for bench_strategy.py."""

from libc.stdint cimport int32_t, int64_t
from libc.stdlib cimport calloc, free
from libc.string cimport memset
from tickpath.core.records cimport (
    TP_BOOK_OK,
    TP_EVENT_DEPTH,
    TP_FEATURES_MAX,
    TP_INSTRUMENTS_MAX,
    TP_ORDER_LIVE,
    TP_STRATEGIES_MAX,
    tp_intents,
    tp_own_orders,
    tp_view,
)
from tickpath.hot.strategy.native cimport Strategies, strategies_evaluate

import time


cdef void book_fill(tp_view* view, int64_t bid, int64_t step) noexcept nogil:
    """Five levels a side around a moving bid."""
    cdef int32_t k
    view.top.bid_ticks = bid
    view.top.ask_ticks = bid + 1
    view.top.bid_lots = 300 + (step & 255)
    view.top.ask_lots = 500 - (step & 127)
    for k in range(5):
        view.top.bids[k].price_ticks = bid - k
        view.top.bids[k].quantity_lots = view.top.bid_lots + k
        view.top.asks[k].price_ticks = bid + 1 + k
        view.top.asks[k].quantity_lots = view.top.ask_lots + k


def call_ns(Strategies stage, int64_t count, bint quoting):
    """Mean ns of one evaluation, and intents per evaluation."""
    cdef tp_view* view = <tp_view*>calloc(1, sizeof(tp_view))
    cdef tp_own_orders* own = <tp_own_orders*>calloc(
        TP_STRATEGIES_MAX * TP_INSTRUMENTS_MAX, sizeof(tp_own_orders))
    cdef tp_intents out
    cdef double[TP_FEATURES_MAX] row
    cdef int64_t k, sent = 0
    cdef int32_t code = 0
    cdef int32_t j
    if view == NULL or own == NULL:
        raise MemoryError
    memset(&out, 0, sizeof(out))
    view.abi = 1
    view.event = TP_EVENT_DEPTH
    view.top.status = TP_BOOK_OK
    view.top.bid_count = 5
    view.top.ask_count = 5
    if quoting:
        for j in range(2):
            own[0].items[j].client_order_id = j + 1
            own[0].items[j].side = j
            own[0].items[j].state = TP_ORDER_LIVE
            own[0].items[j].price_ticks = 6199877 + 248 * j
        own[0].count = 2
    start = time.perf_counter_ns()
    with nogil:
        for k in range(count):
            book_fill(view, 6200000 + (k & 15), k)
            for j in range(TP_FEATURES_MAX):
                row[j] = <double>(((k * <int64_t>0x9E3779B1) >> (j & 15)) & 1023) / 512.0 - 1.0
            view.now_ns = k
            view.seq = k
            code |= strategies_evaluate(stage.state, view, row, TP_FEATURES_MAX, own, -1, &out)
            sent += out.count
    took = time.perf_counter_ns() - start
    free(view)
    free(own)
    if code:
        raise RuntimeError(f"a strategy failed with a code in {code}")
    return took / count, <double>sent / <double>count
