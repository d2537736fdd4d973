"""keltner_lower: native step."""

from tickpath.core.records cimport tp_indicator
from tickpath.hot.features.averages cimport seeded
from tickpath.hot.features.bars cimport average_range


cdef inline void keltner_lower_step(tp_indicator* s, const double* x) noexcept nogil:
    average_range(s, x, s.p[2])
    s.f[3] = seeded(s.f[3], s.count, s.period, s.p[1], x[2])
    if s.count > s.period:
        s.value = s.f[3] - s.p[0] * s.f[2]
