"""bollinger_upper: native step."""

from libc.stdint cimport int64_t
from tickpath.core.records cimport tp_feature_input, tp_indicator
from tickpath.hot.features.sources cimport sample_of, scale_of
from tickpath.hot.features.windows cimport moments_push, moments_spread


cdef inline void bollinger_upper_step(tp_indicator* s, const tp_feature_input* x) noexcept nogil:
    cdef int64_t total = moments_push(s, sample_of(s, x))
    if s.count >= s.period:
        s.value = (
            (<double>total + s.factor * moments_spread(s)) * scale_of(s) / <double>s.period
        )
