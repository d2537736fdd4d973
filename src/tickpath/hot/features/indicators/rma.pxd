"""rma: native step."""

from tickpath.core.records cimport tp_indicator
from tickpath.hot.features.across cimport row_copy, seeded_rows, tp_across
from tickpath.hot.features.averages cimport seeded


cdef inline void rma_step(tp_indicator* s, const double* x) noexcept nogil:
    s.f[0] = seeded(s.f[0], s.count, s.period, s.p[0], x[0])
    if s.count >= s.period:
        s.value = s.f[0]


cdef inline void rma_row(const tp_across* a) noexcept nogil:
    seeded_rows(a, a.f[0], a.count, a.s.period, a.s.p[0], a.x[0])
    if a.count >= a.s.period:
        row_copy(a.out, a.f[0], a.symbols)
