"""bollinger_percent: native step."""

from tickpath.core.records cimport tp_indicator
from tickpath.hot.features.across cimport moments_rows, row_above, spread_rows, tp_across
from tickpath.hot.features.windows cimport moments_above, moments_push, moments_spread


cdef inline void bollinger_percent_step(tp_indicator* s, const double* x) noexcept nogil:
    cdef double reach
    moments_push(&s.windows[0], x[0])
    if s.count >= s.period:
        reach = 2.0 * s.p[0] * moments_spread(&s.windows[0])
        s.value = 0.5 + moments_above(&s.windows[0], x[0]) / reach if reach > 0.0 else 0.5


cdef inline void bollinger_percent_row(const tp_across* a) noexcept nogil:
    moments_rows(a, a.s.period)
    if a.count >= a.s.period:
        spread_rows(a)
        row_above(
            a.out, a.f[0], a.f[2], a.x[0], <double>a.s.period, 2.0 * a.s.p[0], 0.5, a.symbols
        )
