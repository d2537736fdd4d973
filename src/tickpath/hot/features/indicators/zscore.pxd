"""zscore: native step."""

from tickpath.core.records cimport tp_indicator
from tickpath.hot.features.windows cimport moments_above, moments_push, moments_spread


cdef inline void zscore_step(tp_indicator* s, const double* x) noexcept nogil:
    cdef double spread
    moments_push(&s.windows[0], x[0])
    if s.count >= s.period:
        spread = moments_spread(&s.windows[0])
        s.value = moments_above(&s.windows[0], x[0]) / spread if spread > 0.0 else 0.0
