"""wma: native step."""

from tickpath.core.records cimport tp_indicator
from tickpath.hot.features.across cimport row_quotient, weighted_rows, tp_across
from tickpath.hot.features.windows cimport weighted_push


cdef inline void wma_step(tp_indicator* s, const double* x) noexcept nogil:
    cdef double weighted = weighted_push(&s.windows[0], x[0])
    if s.count >= s.period:
        s.value = weighted / s.p[0]


cdef inline void wma_row(const tp_across* a) noexcept nogil:
    weighted_rows(a, a.s.period)
    if a.count >= a.s.period:
        row_quotient(a.out, a.f[2], a.s.p[0], a.symbols)
