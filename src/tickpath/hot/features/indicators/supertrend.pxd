"""supertrend: native step."""

from tickpath.core.records cimport tp_indicator
from tickpath.hot.features.bars cimport average_range


cdef inline void supertrend_step(tp_indicator* s, const double* x) noexcept nogil:
    cdef double before = s.f[0]
    cdef double upper, lower
    average_range(s, x, s.p[1])
    if s.count > s.period:
        upper = (x[0] + x[1]) * 0.5 + s.p[0] * s.f[2]
        lower = (x[0] + x[1]) * 0.5 - s.p[0] * s.f[2]
        if s.f[5] == 0.0:
            s.f[5] = 1.0 if x[2] > upper else -1.0
        else:
            upper = upper if upper < s.f[3] or before > s.f[3] else s.f[3]
            lower = lower if lower > s.f[4] or before < s.f[4] else s.f[4]
            if s.f[5] < 0.0:
                s.f[5] = 1.0 if x[2] > upper else -1.0
            else:
                s.f[5] = -1.0 if x[2] < lower else 1.0
        s.f[3] = upper
        s.f[4] = lower
        s.value = lower if s.f[5] > 0.0 else upper
