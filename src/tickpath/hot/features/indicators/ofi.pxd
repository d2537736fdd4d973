"""ofi: native step."""

from libc.stdint cimport int64_t
from tickpath.core.records cimport tp_feature_input, tp_indicator
from tickpath.hot.features.sources cimport Quote, quote_of
from tickpath.hot.features.windows cimport window_push


cdef inline void ofi_step(tp_indicator* s, const tp_feature_input* x) noexcept nogil:
    cdef Quote q = quote_of(s, x)
    cdef int64_t flow
    if s.count > 1:
        # products instead of branches: which way a quote moves cannot be predicted
        flow = q.bid_lots * <int64_t>(q.bid_ticks >= s.i[1])
        flow -= s.i[2] * <int64_t>(q.bid_ticks <= s.i[1])
        flow -= q.ask_lots * <int64_t>(q.ask_ticks <= s.i[3])
        flow += s.i[4] * <int64_t>(q.ask_ticks >= s.i[3])
        s.i[0] += flow - window_push(s, flow)
        if s.count > s.period:
            s.value = <double>s.i[0]
    s.i[1] = q.bid_ticks
    s.i[2] = q.bid_lots
    s.i[3] = q.ask_ticks
    s.i[4] = q.ask_lots
