"""linreg: native step."""

from tickpath.core.records cimport tp_indicator
from tickpath.hot.features.windows cimport weighted_push


cdef inline void linreg_step(tp_indicator* s, const double* x) noexcept nogil:
    cdef double weighted = weighted_push(&s.windows[0], x[0])
    cdef double slope
    if s.count >= s.period:
        slope = (weighted - s.p[1] * s.windows[0].f[0]) * s.p[0]
        s.value = s.windows[0].f[0] / <double>s.period + slope * s.p[2]
