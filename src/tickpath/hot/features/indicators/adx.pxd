"""adx: native step."""

from libc.stdint cimport int64_t
from tickpath.core.records cimport tp_indicator
from tickpath.hot.features.averages cimport seeded
from tickpath.hot.features.bars cimport directional_push, one_sided


cdef inline void adx_step(tp_indicator* s, const double* x) noexcept nogil:
    cdef int64_t n = s.period
    directional_push(s, x)
    if s.count > n:
        s.f[6] = one_sided(s, s.f[6])
        s.f[7] = seeded(s.f[7], s.count - n, n, s.p[0], s.f[6])
    if s.count >= 2 * n:
        s.value = s.f[7]
