"""aroon_oscillator: native step."""

from tickpath.core.records cimport tp_indicator
from tickpath.hot.features.windows cimport highest_since, lowest_since


cdef inline void aroon_oscillator_step(tp_indicator* s, const double* x) noexcept nogil:
    cdef double high = highest_since(&s.windows[0], x[0])
    cdef double low = lowest_since(&s.windows[1], x[1])
    if s.count > s.period:
        s.value = 100.0 * (low - high) / <double>s.period
