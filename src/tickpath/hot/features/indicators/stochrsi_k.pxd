"""stochrsi_k: native step."""

from tickpath.core.records cimport tp_indicator
from tickpath.hot.features.oscillators cimport relative_strength, stochastic_push, strength_push


cdef inline void stochrsi_k_step(tp_indicator* s, const double* x) noexcept nogil:
    cdef double strong, found
    strength_push(s, x[0])
    if s.count > s.period:
        strong = relative_strength(s)
        found = stochastic_push(s, strong, strong, strong)
        if s.count >= s.period + s.windows[0].capacity:
            s.value = found
