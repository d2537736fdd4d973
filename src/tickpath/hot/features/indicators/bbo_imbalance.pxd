"""bbo_imbalance: native step."""

from tickpath.core.records cimport tp_feature_input, tp_indicator
from tickpath.hot.features.sources cimport Quote, quote_of


cdef inline void bbo_imbalance_step(tp_indicator* s, const tp_feature_input* x) noexcept nogil:
    cdef Quote q = quote_of(s, x)
    s.value = <double>(q.bid_lots - q.ask_lots) / <double>(q.bid_lots + q.ask_lots)
