"""mid: native step."""

from tickpath.core.records cimport tp_indicator


cdef inline void mid_step(tp_indicator* s, const double* x) noexcept nogil:
    s.value = (x[0] + x[2]) * 0.5
