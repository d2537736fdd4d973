"""momentum: native step."""

from libc.stdint cimport int64_t
from tickpath.core.records cimport tp_feature_input, tp_indicator
from tickpath.hot.features.sources cimport sample_of, scale_of
from tickpath.hot.features.windows cimport window_push


cdef inline void momentum_step(tp_indicator* s, const tp_feature_input* x) noexcept nogil:
    cdef int64_t sample = sample_of(s, x)
    cdef int64_t old = window_push(s, sample)
    if s.count > s.period:
        s.value = <double>(sample - old) * scale_of(s)
