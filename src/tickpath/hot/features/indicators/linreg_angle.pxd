"""linreg_angle: native step."""

from tickpath.core.records cimport tp_indicator
from tickpath.hot.features.functions cimport own_atan
from tickpath.hot.features.windows cimport weighted_push


cdef inline void linreg_angle_step(tp_indicator* s, const double* x) noexcept nogil:
    cdef double weighted = weighted_push(&s.windows[0], x[0])
    cdef double slope
    if s.count >= s.period:
        slope = (weighted - s.p[1] * s.windows[0].f[0]) * s.p[0]
        s.value = own_atan(slope) * 57.29577951308232
