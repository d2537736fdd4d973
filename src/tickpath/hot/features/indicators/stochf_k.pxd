"""stochf_k: native step."""

from tickpath.core.records cimport tp_indicator
from tickpath.hot.features.oscillators cimport stochastic_push


cdef inline void stochf_k_step(tp_indicator* s, const double* x) noexcept nogil:
    cdef double found = stochastic_push(s, x[0], x[1], x[2])
    if s.count >= s.period:
        s.value = found
