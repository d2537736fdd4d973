"""force_index: native step."""

from tickpath.core.records cimport tp_indicator
from tickpath.hot.features.averages cimport seeded


cdef inline void force_index_step(tp_indicator* s, const double* x) noexcept nogil:
    if s.count > 1:
        s.f[1] = seeded(s.f[1], s.count - 1, s.period, s.p[0], (x[0] - s.f[0]) * x[1])
        if s.count > s.period:
            s.value = s.f[1]
    s.f[0] = x[0]
