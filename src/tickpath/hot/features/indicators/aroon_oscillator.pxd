"""aroon_oscillator: native step."""

from tickpath.core.records cimport tp_indicator
from tickpath.hot.features.windows cimport extreme_since, highest_push, lowest_push


cdef inline void aroon_oscillator_step(tp_indicator* s, const double* x) noexcept nogil:
    highest_push(&s.windows[0], x[0])
    lowest_push(&s.windows[1], x[1])
    if s.count > s.period:
        s.value = (
            100.0 * (extreme_since(&s.windows[1]) - extreme_since(&s.windows[0]))
            / <double>s.period
        )
