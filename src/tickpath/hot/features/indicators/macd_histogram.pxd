"""macd_histogram: native step."""

from libc.stdint cimport int64_t
from tickpath.core.records cimport tp_indicator
from tickpath.hot.features.across cimport convergence_rows, row_less, tp_across
from tickpath.hot.features.oscillators cimport convergence_push


cdef inline void macd_histogram_step(tp_indicator* s, const double* x) noexcept nogil:
    cdef double line = convergence_push(s, x[0])
    if s.count >= <int64_t>s.p[1] + <int64_t>s.p[2] - 1:
        s.value = line - s.f[2]


cdef inline void macd_histogram_row(const tp_across* a) noexcept nogil:
    convergence_rows(a)
    if a.count >= <int64_t>a.s.p[1] + <int64_t>a.s.p[2] - 1:
        row_less(a.out, a.f[3], a.f[2], a.symbols)
