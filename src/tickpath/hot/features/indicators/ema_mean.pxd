"""ema_mean: native step."""

from tickpath.core.records cimport tp_indicator
from tickpath.hot.features.across cimport row_copy, seeded_rows, tp_across
from tickpath.hot.features.scans cimport seeded_blocks, seeded_step


cdef inline void ema_mean_step(tp_indicator* s, const double* x) noexcept nogil:
    seeded_step(s, x[0])


cdef inline bint ema_mean_blocks(
    tp_indicator* s, const double** x, Py_ssize_t first, Py_ssize_t last, double* out
) noexcept nogil:
    return seeded_blocks(s, x[0], first, last, out)


cdef inline void ema_mean_row(const tp_across* a) noexcept nogil:
    seeded_rows(a, a.f[0], a.count, a.s.period, a.s.p[0], a.x[0])
    if a.count >= a.s.period:
        row_copy(a.out, a.f[0], a.symbols)
