"""bbo_imbalance: native step."""

from tickpath.core.records cimport tp_indicator


cdef inline void bbo_imbalance_step(tp_indicator* s, const double* x) noexcept nogil:
    cdef double total = x[1] + x[3]
    s.value = (x[1] - x[3]) / total if total > 0.0 else 0.0
