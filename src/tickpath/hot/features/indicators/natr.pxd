"""natr: native step."""

from tickpath.core.records cimport tp_indicator
from tickpath.hot.features.bars cimport average_range


cdef inline void natr_step(tp_indicator* s, const double* x) noexcept nogil:
    average_range(s, x)
    if s.count > s.period:
        s.value = 100.0 * s.f[2] / x[2] if x[2] != 0.0 else 0.0
