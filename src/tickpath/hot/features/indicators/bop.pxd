"""bop: native step."""

from tickpath.core.records cimport tp_indicator


cdef inline void bop_step(tp_indicator* s, const double* x) noexcept nogil:
    s.value = (x[3] - x[0]) / (x[1] - x[2]) if x[1] > x[2] else 0.0
