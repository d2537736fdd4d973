"""atr: native step."""

from libc.stdint cimport int64_t
from tickpath.core.records cimport tp_feature_input, tp_indicator
from tickpath.hot.features.sources cimport sample_of, scale_of


cdef inline void atr_step(tp_indicator* s, const tp_feature_input* x) noexcept nogil:
    cdef int64_t sample = sample_of(s, x)
    cdef int64_t high = sample
    cdef int64_t low = sample
    if s.i[3] > 0:
        high = s.i[0] if s.i[0] > sample else sample
        low = s.i[1] if s.i[1] < sample else sample
    s.i[0] = high
    s.i[1] = low
    s.i[3] += 1
    if s.i[3] < <int64_t>s.factor:
        return
    s.i[3] = 0
    s.i[4] += 1
    if s.i[4] > 1:
        high = s.i[2] if s.i[2] > high else high
        low = s.i[2] if s.i[2] < low else low
        if s.i[4] <= s.period + 1:
            s.i[5] += high - low
            s.f[0] = <double>s.i[5] * scale_of(s) / <double>s.period
        else:
            s.f[0] += (<double>(high - low) * scale_of(s) - s.f[0]) / <double>s.period
        if s.i[4] > s.period:
            s.value = s.f[0]
    s.i[2] = sample
