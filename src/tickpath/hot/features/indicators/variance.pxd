"""variance: native step."""

from tickpath.core.records cimport tp_indicator
from tickpath.hot.features.windows cimport moments_push, moments_radicand


cdef inline void variance_step(tp_indicator* s, const double* x) noexcept nogil:
    moments_push(&s.windows[0], x[0])
    if s.count >= s.period:
        s.value = moments_radicand(&s.windows[0]) * s.p[0]
