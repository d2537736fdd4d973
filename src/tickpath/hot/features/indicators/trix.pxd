"""trix: native step."""

from libc.stdint cimport int64_t
from tickpath.core.records cimport tp_indicator
from tickpath.hot.features.across cimport row_copy, row_growth, seeded_rows, tp_across
from tickpath.hot.features.averages cimport seeded


cdef inline void trix_step(tp_indicator* s, const double* x) noexcept nogil:
    cdef int64_t n = s.period
    cdef double before = s.f[2]
    s.f[0] = seeded(s.f[0], s.count, n, s.p[0], x[0])
    if s.count >= n:
        s.f[1] = seeded(s.f[1], s.count - n + 1, n, s.p[0], s.f[0])
    if s.count >= 2 * n - 1:
        s.f[2] = seeded(s.f[2], s.count - 2 * n + 2, n, s.p[0], s.f[1])
    if s.count >= 3 * n - 1:
        s.value = 100.0 * (s.f[2] / before - 1.0) if before != 0.0 else 0.0


cdef inline void trix_row(const tp_across* a) noexcept nogil:
    cdef int64_t n = a.s.period
    seeded_rows(a, a.f[0], a.count, n, a.s.p[0], a.x[0])
    if a.count >= n:
        seeded_rows(a, a.f[1], a.count - n + 1, n, a.s.p[0], a.f[0])
    if a.count >= 2 * n - 1:
        row_copy(a.f[3], a.f[2], a.symbols)
        seeded_rows(a, a.f[2], a.count - 2 * n + 2, n, a.s.p[0], a.f[1])
    if a.count >= 3 * n - 1:
        row_growth(a.out, a.f[2], a.f[3], a.symbols)
