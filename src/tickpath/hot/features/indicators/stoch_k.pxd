"""stoch_k: native step."""

from tickpath.core.records cimport tp_indicator, tp_window
from tickpath.hot.features.oscillators cimport stochastic_push
from tickpath.hot.features.windows cimport total_push


cdef inline void stoch_k_step(tp_indicator* s, const double* x) noexcept nogil:
    cdef tp_window* slow = &s.windows[2]
    cdef double found = stochastic_push(s, x[0], x[1], x[2])
    if s.count >= s.period:
        found = total_push(slow, found)
        if slow.held == slow.capacity:
            s.value = found / <double>slow.capacity
