"""hawkes_intensity: native step."""

from tickpath.core.records cimport tp_indicator
from tickpath.hot.features.functions cimport own_exp


cdef inline void hawkes_intensity_step(tp_indicator* s, const double* x) noexcept nogil:
    cdef double elapsed = x[0] if x[0] > 0.0 else 0.0
    s.f[0] = s.f[0] * own_exp(-s.p[2] * elapsed) + s.p[1]
    s.value = s.p[0] + s.f[0]
