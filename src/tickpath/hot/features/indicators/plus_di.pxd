"""plus_di: native step."""

from tickpath.core.records cimport tp_indicator
from tickpath.hot.features.bars cimport directional_push


cdef inline void plus_di_step(tp_indicator* s, const double* x) noexcept nogil:
    directional_push(s, x)
    if s.count > s.period:
        s.value = 100.0 * (s.f[3] / s.f[5]) if s.f[5] > 0.0 else 0.0
