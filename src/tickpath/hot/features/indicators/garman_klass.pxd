"""garman_klass: native step."""

from libc.math cimport sqrt
from tickpath.core.records cimport tp_indicator
from tickpath.hot.features.functions cimport own_log
from tickpath.hot.features.windows cimport total_push


cdef inline void garman_klass_step(tp_indicator* s, const double* x) noexcept nogil:
    cdef double reach = 0.0
    cdef double move = 0.0
    cdef double total
    if x[2] > 0.0 and x[0] > 0.0:
        reach = own_log(x[1] / x[2])
        move = own_log(x[3] / x[0])
    total = total_push(&s.windows[0], 0.5 * reach * reach - 0.3862943611198906 * move * move)
    if s.count >= s.period:
        s.value = sqrt(total * s.p[0]) if total > 0.0 else 0.0
