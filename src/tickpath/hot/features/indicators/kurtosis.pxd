"""kurtosis: native step."""

from tickpath.core.records cimport tp_indicator
from tickpath.hot.features.windows cimport powers_central, powers_push


cdef inline void kurtosis_step(tp_indicator* s, const double* x) noexcept nogil:
    cdef double c[3]
    powers_push(&s.windows[0], x[0])
    if s.count >= s.period:
        powers_central(&s.windows[0], s.p[0], c)
        s.value = c[2] / (c[0] * c[0]) - 3.0 if c[0] > 0.0 else 0.0
