"""dema: native step."""

from libc.stdint cimport int64_t
from tickpath.core.records cimport tp_indicator
from tickpath.hot.features.averages cimport seeded


cdef inline void dema_step(tp_indicator* s, const double* x) noexcept nogil:
    cdef int64_t n = s.period
    s.f[0] = seeded(s.f[0], s.count, n, s.p[0], x[0])
    if s.count >= n:
        s.f[1] = seeded(s.f[1], s.count - n + 1, n, s.p[0], s.f[0])
    if s.count >= 2 * n - 1:
        s.value = 2.0 * s.f[0] - s.f[1]
