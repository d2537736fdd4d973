"""One taker order toward a target position: the twin of target.py."""

from libc.stdint cimport int64_t
from tickpath.core.fixed cimport wide_divide
from tickpath.core.records cimport (
    TP_BUY,
    TP_IOC,
    TP_LIMIT,
    TP_SELL,
    int128,
    tp_intents,
    tp_view,
)
from tickpath.hot.strategy.intents cimport intent_submit
from tickpath.hot.strategy.sizing cimport order_lots_at


cdef inline bint toward(
    const tp_view* view, int64_t target_lots, int64_t slip_ppm, tp_intents* out
) noexcept nogil:
    """Whether an order was sent. The declaration has the parameters of sizing.pxd."""
    cdef int64_t missing = target_lots - view.position_lots
    cdef int64_t best = view.top.ask_ticks if missing > 0 else view.top.bid_ticks
    cdef int64_t lots, slip, price
    if view.order_count > 0 or best <= 0:
        return 0
    lots = order_lots_at(view.params_i, best)
    if missing < lots and -missing < lots:
        return 0
    slip = <int64_t>wide_divide(<int128>best * <int128>slip_ppm, 1000000)
    if missing > 0:
        intent_submit(out, view, TP_BUY, TP_LIMIT, TP_IOC, best + slip, lots, 0)
    else:
        price = best - slip
        intent_submit(
            out, view, TP_SELL, TP_LIMIT, TP_IOC, price if price > 1 else 1, lots, 0)
    return 1
