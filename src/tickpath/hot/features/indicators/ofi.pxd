"""ofi: native step."""

from libc.stdint cimport int64_t
from tickpath.core.records cimport tp_feature_input, tp_indicator
from tickpath.hot.features.sources cimport Quote, quote_of
from tickpath.hot.features.windows cimport window_push


cdef inline void ofi_step(tp_indicator* s, const tp_feature_input* x) noexcept nogil:
    cdef Quote q = quote_of(s, x)
    cdef int64_t flow = 0
    if s.count > 1:
        if q.bid_ticks >= s.i[1]:
            flow += q.bid_lots
        if q.bid_ticks <= s.i[1]:
            flow -= s.i[2]
        if q.ask_ticks <= s.i[3]:
            flow -= q.ask_lots
        if q.ask_ticks >= s.i[3]:
            flow += s.i[4]
        s.i[0] += flow - window_push(s, flow)
        if s.count > s.period:
            s.value = <double>s.i[0]
    s.i[1] = q.bid_ticks
    s.i[2] = q.bid_lots
    s.i[3] = q.ask_ticks
    s.i[4] = q.ask_lots
