"""macd_histogram: native step."""

from libc.stdint cimport int64_t
from tickpath.core.records cimport tp_indicator
from tickpath.hot.features.oscillators cimport convergence_push


cdef inline void macd_histogram_step(tp_indicator* s, const double* x) noexcept nogil:
    cdef double line = convergence_push(s, x[0])
    if s.count >= <int64_t>s.p[1] + <int64_t>s.p[2] - 1:
        s.value = line - s.f[2]
