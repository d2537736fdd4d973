"""natr: native step."""

from tickpath.core.records cimport tp_indicator
from tickpath.hot.features.across cimport range_rows, row_part, tp_across
from tickpath.hot.features.bars cimport average_range


cdef inline void natr_step(tp_indicator* s, const double* x) noexcept nogil:
    average_range(s, x, s.p[0])
    if s.count > s.period:
        s.value = 100.0 * s.f[2] / x[2] if x[2] != 0.0 else 0.0


cdef inline void natr_row(const tp_across* a) noexcept nogil:
    range_rows(a)
    if a.count > a.s.period:
        row_part(a.out, a.f[2], a.x[2], a.symbols)
