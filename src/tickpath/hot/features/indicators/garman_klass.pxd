"""garman_klass: native step."""

from libc.math cimport sqrt
from tickpath.core.records cimport tp_indicator
from tickpath.hot.features.functions cimport own_log_squares
from tickpath.hot.features.windows cimport total_push


cdef inline void garman_klass_step(tp_indicator* s, const double* x) noexcept nogil:
    cdef double bar = own_log_squares(x[1], x[2], 0.5, x[3], x[0], 0.3862943611198906)
    cdef double total = total_push(&s.windows[0], bar)
    if s.count >= s.period:
        s.value = sqrt(total * s.p[0]) if total > 0.0 else 0.0
