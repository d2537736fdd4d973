"""stochrsi_d: native step."""

from tickpath.core.records cimport tp_indicator, tp_window
from tickpath.hot.features.oscillators cimport relative_strength, stochastic_push, strength_push
from tickpath.hot.features.windows cimport total_push


cdef inline void stochrsi_d_step(tp_indicator* s, const double* x) noexcept nogil:
    cdef tp_window* smooth = &s.windows[2]
    cdef double strong, found
    strength_push(s, x[0])
    if s.count > s.period:
        strong = relative_strength(s)
        found = stochastic_push(s, strong, strong, strong)
        if s.count >= s.period + s.windows[0].capacity:
            found = total_push(smooth, found)
            if smooth.held == smooth.capacity:
                s.value = found / <double>smooth.capacity
