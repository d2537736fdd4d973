"""cmf: native step."""

from tickpath.core.records cimport tp_indicator
from tickpath.hot.features.oscillators cimport money
from tickpath.hot.features.flows cimport flows_push, flows_ratio


cdef inline void cmf_step(tp_indicator* s, const double* x) noexcept nogil:
    flows_push(&s.windows[0], money(x), x[3])
    if s.count >= s.period:
        s.value = flows_ratio(&s.windows[0])
