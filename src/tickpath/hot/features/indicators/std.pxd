"""std: native step."""

from tickpath.core.records cimport tp_feature_input, tp_indicator
from tickpath.hot.features.sources cimport sample_of, scale_of
from tickpath.hot.features.windows cimport moments_push, moments_spread


cdef inline void std_step(tp_indicator* s, const tp_feature_input* x) noexcept nogil:
    moments_push(s, sample_of(s, x))
    if s.count >= s.period:
        s.value = moments_spread(s) * scale_of(s) / <double>s.period
