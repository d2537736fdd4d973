"""aroon_up: native step."""

from tickpath.core.records cimport tp_indicator
from tickpath.hot.features.windows cimport highest_since


cdef inline void aroon_up_step(tp_indicator* s, const double* x) noexcept nogil:
    cdef double since = highest_since(&s.windows[0], x[0])
    if s.count > s.period:
        s.value = 100.0 * (<double>s.period - since) / <double>s.period
