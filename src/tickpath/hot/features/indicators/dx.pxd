"""dx: native step."""

from tickpath.core.records cimport tp_indicator
from tickpath.hot.features.bars cimport directional_push, one_sided


cdef inline void dx_step(tp_indicator* s, const double* x) noexcept nogil:
    directional_push(s, x)
    if s.count > s.period:
        s.f[6] = one_sided(s, s.f[6])
        s.value = s.f[6]
