"""rma: native step."""

from tickpath.core.records cimport tp_indicator
from tickpath.hot.features.averages cimport seeded


cdef inline void rma_step(tp_indicator* s, const double* x) noexcept nogil:
    s.f[0] = seeded(s.f[0], s.count, s.period, s.p[0], x[0])
    if s.count >= s.period:
        s.value = s.f[0]
