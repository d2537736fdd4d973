"""rsi: native step."""

from libc.stdint cimport int64_t
from tickpath.core.records cimport tp_feature_input, tp_indicator
from tickpath.hot.features.sources cimport sample_of


cdef inline void rsi_step(tp_indicator* s, const tp_feature_input* x) noexcept nogil:
    cdef int64_t sample = sample_of(s, x)
    cdef int64_t change = sample - s.i[0]
    cdef int64_t up = change if change > 0 else 0
    cdef int64_t down = up - change
    cdef double total
    s.i[0] = sample
    if s.count == 1:
        return
    if s.count <= s.period + 1:
        s.i[1] += up
        s.i[2] += down
        s.f[0] = <double>s.i[1] * s.factor
        s.f[1] = <double>s.i[2] * s.factor
    else:
        s.f[0] += (<double>up - s.f[0]) * s.factor
        s.f[1] += (<double>down - s.f[1]) * s.factor
    if s.count > s.period:
        total = s.f[0] + s.f[1]
        s.value = 100.0 * s.f[0] / total if total > 0.0 else 50.0
