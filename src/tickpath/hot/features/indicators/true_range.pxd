"""true_range: native step."""

from tickpath.core.records cimport tp_indicator
from tickpath.hot.features.across cimport row_before, row_reach, tp_across
from tickpath.hot.features.bars cimport true_range


cdef inline void true_range_step(tp_indicator* s, const double* x) noexcept nogil:
    if s.count > 1:
        s.value = true_range(s.f[0], x[0], x[1])
    s.f[0] = x[2]


cdef inline void true_range_row(const tp_across* a) noexcept nogil:
    if a.count > 1:
        row_reach(a.out, a.x[0], a.x[1], row_before(a, 2, 1), a.symbols)
