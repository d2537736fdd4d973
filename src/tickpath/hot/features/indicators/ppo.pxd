"""ppo: native step."""

from libc.stdint cimport int64_t
from tickpath.core.records cimport tp_indicator
from tickpath.hot.features.across cimport row_less, row_part, seeded_rows, tp_across
from tickpath.hot.features.averages cimport seeded


cdef inline void ppo_step(tp_indicator* s, const double* x) noexcept nogil:
    s.f[0] = seeded(s.f[0], s.count, <int64_t>s.p[0], s.p[2], x[0])
    s.f[1] = seeded(s.f[1], s.count, <int64_t>s.p[1], s.p[3], x[0])
    if s.count >= <int64_t>s.p[1]:
        s.value = 100.0 * (s.f[0] - s.f[1]) / s.f[1] if s.f[1] != 0.0 else 0.0


cdef inline void ppo_row(const tp_across* a) noexcept nogil:
    seeded_rows(a, a.f[0], a.count, <int64_t>a.s.p[0], a.s.p[2], a.x[0])
    seeded_rows(a, a.f[1], a.count, <int64_t>a.s.p[1], a.s.p[3], a.x[0])
    if a.count >= <int64_t>a.s.p[1]:
        row_less(a.f[2], a.f[0], a.f[1], a.symbols)
        row_part(a.out, a.f[2], a.f[1], a.symbols)
