"""microprice: native step."""

from tickpath.core.records cimport tp_indicator


cdef inline void microprice_step(tp_indicator* s, const double* x) noexcept nogil:
    cdef double total = x[1] + x[3]
    cdef double above = (x[2] - x[0]) * x[1] / total if total > 0.0 else 0.5 * (x[2] - x[0])
    s.value = x[0] + above
