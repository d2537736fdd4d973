"""roc: native step."""

from tickpath.core.records cimport tp_indicator
from tickpath.hot.features.across cimport row_before, row_growth, tp_across
from tickpath.hot.features.windows cimport ring_push


cdef inline void roc_step(tp_indicator* s, const double* x) noexcept nogil:
    cdef double old = ring_push(&s.windows[0], x[0])
    if s.count > s.period:
        s.value = 100.0 * (x[0] / old - 1.0) if old != 0.0 else 0.0


cdef inline void roc_row(const tp_across* a) noexcept nogil:
    if a.count > a.s.period:
        row_growth(a.out, a.x[0], row_before(a, 0, a.s.period), a.symbols)
