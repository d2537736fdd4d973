"""adxr: native step."""

from libc.stdint cimport int64_t
from tickpath.core.records cimport tp_indicator
from tickpath.hot.features.averages cimport seeded
from tickpath.hot.features.bars cimport directional_push, one_sided
from tickpath.hot.features.windows cimport ring_push


cdef inline void adxr_step(tp_indicator* s, const double* x) noexcept nogil:
    cdef int64_t n = s.period
    cdef double before
    directional_push(s, x)
    if s.count > n:
        s.f[6] = one_sided(s, s.f[6])
        s.f[7] = seeded(s.f[7], s.count - n, n, s.p[0], s.f[6])
    if s.count >= 2 * n:
        before = ring_push(&s.windows[0], s.f[7])
        if s.count >= 3 * n - 1:
            s.value = (s.f[7] + before) * 0.5
