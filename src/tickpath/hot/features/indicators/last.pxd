"""last: native step."""

from tickpath.core.records cimport tp_feature_input, tp_indicator
from tickpath.hot.features.sources cimport sample_of, scale_of


cdef inline void last_step(tp_indicator* s, const tp_feature_input* x) noexcept nogil:
    s.value = <double>sample_of(s, x) * scale_of(s)
