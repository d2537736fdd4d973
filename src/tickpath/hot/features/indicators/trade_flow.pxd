"""trade_flow: native step."""

from libc.stdint cimport int64_t
from tickpath.core.records cimport TP_BUY, tp_feature_input, tp_indicator
from tickpath.hot.features.windows cimport window_push


cdef inline void trade_flow_step(tp_indicator* s, const tp_feature_input* x) noexcept nogil:
    cdef int64_t lots = x.trade.quantity_lots
    if x.trade.aggressor != TP_BUY:
        lots = -lots
    s.i[0] += lots - window_push(s, lots)
    if s.count >= s.period:
        s.value = <double>s.i[0]
