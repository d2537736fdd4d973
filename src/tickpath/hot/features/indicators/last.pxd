"""last: native step."""

from tickpath.core.records cimport tp_indicator


cdef inline void last_step(tp_indicator* s, const double* x) noexcept nogil:
    s.value = x[0]
