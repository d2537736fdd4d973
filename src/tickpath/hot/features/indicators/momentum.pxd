"""momentum: native step."""

from tickpath.core.records cimport tp_indicator
from tickpath.hot.features.across cimport row_before, row_less, tp_across
from tickpath.hot.features.windows cimport ring_push


cdef inline void momentum_step(tp_indicator* s, const double* x) noexcept nogil:
    cdef double old = ring_push(&s.windows[0], x[0])
    if s.count > s.period:
        s.value = x[0] - old


cdef inline void momentum_row(const tp_across* a) noexcept nogil:
    if a.count > a.s.period:
        row_less(a.out, a.x[0], row_before(a, 0, a.s.period), a.symbols)
