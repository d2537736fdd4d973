"""apo: native step."""

from libc.stdint cimport int64_t
from tickpath.core.records cimport tp_indicator
from tickpath.hot.features.averages cimport seeded


cdef inline void apo_step(tp_indicator* s, const double* x) noexcept nogil:
    s.f[0] = seeded(s.f[0], s.count, <int64_t>s.p[0], s.p[2], x[0])
    s.f[1] = seeded(s.f[1], s.count, <int64_t>s.p[1], s.p[3], x[0])
    if s.count >= <int64_t>s.p[1]:
        s.value = s.f[0] - s.f[1]
