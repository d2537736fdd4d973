"""ema: native step."""

from tickpath.core.records cimport tp_feature_input, tp_indicator
from tickpath.hot.features.sources cimport sample_of, scale_of


cdef inline void ema_step(tp_indicator* s, const tp_feature_input* x) noexcept nogil:
    cdef double price = <double>sample_of(s, x) * scale_of(s)
    if s.count == 1:
        s.f[0] = price
    else:
        s.f[0] += s.factor * (price - s.f[0])
    if s.count >= s.period:
        s.value = s.f[0]
