"""imbalance: native step."""

from tickpath.core.records cimport tp_indicator
from tickpath.hot.features.depth cimport excess


cdef inline void imbalance_step(tp_indicator* s, const double* x) noexcept nogil:
    s.value = excess(x, s.period, s.value)
