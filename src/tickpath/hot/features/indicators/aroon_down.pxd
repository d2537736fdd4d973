"""aroon_down: native step."""

from tickpath.core.records cimport tp_indicator
from tickpath.hot.features.windows cimport lowest_since


cdef inline void aroon_down_step(tp_indicator* s, const double* x) noexcept nogil:
    cdef double since = lowest_since(&s.windows[0], x[1])
    if s.count > s.period:
        s.value = 100.0 * (<double>s.period - since) / <double>s.period
