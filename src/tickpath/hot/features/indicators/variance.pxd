"""variance: native step."""

from tickpath.core.records cimport tp_indicator
from tickpath.hot.features.across cimport moments_rows, row_variance, tp_across
from tickpath.hot.features.windows cimport moments_push, moments_radicand


cdef inline void variance_step(tp_indicator* s, const double* x) noexcept nogil:
    moments_push(&s.windows[0], x[0])
    if s.count >= s.period:
        s.value = moments_radicand(&s.windows[0]) * s.p[0]


cdef inline void variance_row(const tp_across* a) noexcept nogil:
    moments_rows(a, a.s.period)
    if a.count >= a.s.period:
        row_variance(a.out, a.f[2], a.f[3], <double>a.s.period, a.s.p[0], a.symbols)
