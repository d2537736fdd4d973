"""ad: native step."""

from tickpath.core.records cimport tp_indicator
from tickpath.hot.features.oscillators cimport money


cdef inline void ad_step(tp_indicator* s, const double* x) noexcept nogil:
    s.f[0] += money(x)
    s.value = s.f[0]
