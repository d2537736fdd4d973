"""tsi: native step."""

from libc.math cimport fabs
from libc.stdint cimport int64_t
from tickpath.core.records cimport tp_indicator
from tickpath.hot.features.averages cimport seeded


cdef inline void tsi_step(tp_indicator* s, const double* x) noexcept nogil:
    cdef int64_t long_n = <int64_t>s.p[0]
    cdef int64_t short_n = <int64_t>s.p[1]
    cdef double change = x[0] - s.f[0]
    cdef double size = fabs(change)
    cdef int64_t k = s.count - 1
    s.f[0] = x[0]
    if k > 0:
        s.f[1] = seeded(s.f[1], k, long_n, s.p[2], change)
        s.f[2] = seeded(s.f[2], k, long_n, s.p[2], size)
    k -= long_n - 1
    if k > 0:
        s.f[3] = seeded(s.f[3], k, short_n, s.p[3], s.f[1])
        s.f[4] = seeded(s.f[4], k, short_n, s.p[3], s.f[2])
    if k >= short_n:
        s.value = 100.0 * s.f[3] / s.f[4] if s.f[4] > 0.0 else 0.0
