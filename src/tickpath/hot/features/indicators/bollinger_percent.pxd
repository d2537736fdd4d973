"""bollinger_percent: native step."""

from libc.stdint cimport int64_t
from tickpath.core.records cimport tp_feature_input, tp_indicator
from tickpath.hot.features.sources cimport sample_of
from tickpath.hot.features.windows cimport moments_push, moments_spread


cdef inline void bollinger_percent_step(
    tp_indicator* s, const tp_feature_input* x
) noexcept nogil:
    cdef int64_t sample = sample_of(s, x)
    cdef int64_t total = moments_push(s, sample)
    cdef double width
    if s.count >= s.period:
        width = 2.0 * s.factor * moments_spread(s)
        s.value = 0.5 + <double>(sample * s.period - total) / width if width > 0.0 else 0.5
