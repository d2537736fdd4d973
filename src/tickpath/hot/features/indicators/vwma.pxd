"""vwma: native step."""

from tickpath.core.records cimport tp_indicator
from tickpath.hot.features.flows cimport flows_push


cdef inline void vwma_step(tp_indicator* s, const double* x) noexcept nogil:
    flows_push(&s.windows[0], x[0] * x[1], x[1])
    if s.count >= s.period and s.windows[0].f[1] > 0.0:
        s.value = s.windows[0].f[0] / s.windows[0].f[1]
