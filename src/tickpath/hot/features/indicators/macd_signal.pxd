"""macd_signal: native step."""

from libc.stdint cimport int64_t
from tickpath.core.records cimport tp_indicator
from tickpath.hot.features.across cimport convergence_rows, row_copy, tp_across
from tickpath.hot.features.oscillators cimport convergence_push


cdef inline void macd_signal_step(tp_indicator* s, const double* x) noexcept nogil:
    convergence_push(s, x[0])
    if s.count >= <int64_t>s.p[1] + <int64_t>s.p[2] - 1:
        s.value = s.f[2]


cdef inline void macd_signal_row(const tp_across* a) noexcept nogil:
    convergence_rows(a)
    if a.count >= <int64_t>a.s.p[1] + <int64_t>a.s.p[2] - 1:
        row_copy(a.out, a.f[2], a.symbols)
