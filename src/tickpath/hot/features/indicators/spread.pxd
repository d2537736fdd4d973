"""spread: native step."""

from tickpath.core.records cimport tp_indicator


cdef inline void spread_step(tp_indicator* s, const double* x) noexcept nogil:
    s.value = x[2] - x[0]
