"""parkinson: native step."""

from libc.math cimport sqrt
from tickpath.core.records cimport tp_indicator
from tickpath.hot.features.functions cimport own_log_square
from tickpath.hot.features.flows cimport flow_push


cdef inline void parkinson_step(tp_indicator* s, const double* x) noexcept nogil:
    cdef double total = flow_push(&s.windows[0], own_log_square(x[0], x[1]))
    if s.count >= s.period:
        s.value = sqrt(total * s.p[0]) if total > 0.0 else 0.0
