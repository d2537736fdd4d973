"""macd_signal: native step."""

from libc.stdint cimport int64_t
from tickpath.core.records cimport tp_indicator
from tickpath.hot.features.oscillators cimport convergence_push


cdef inline void macd_signal_step(tp_indicator* s, const double* x) noexcept nogil:
    convergence_push(s, x[0])
    if s.count >= <int64_t>s.p[1] + <int64_t>s.p[2] - 1:
        s.value = s.f[2]
