"""alma: native step."""

from tickpath.core.records cimport tp_indicator
from tickpath.hot.features.windows cimport kernel_product, ring_push


cdef inline void alma_step(tp_indicator* s, const double* x) noexcept nogil:
    ring_push(&s.windows[0], x[0])
    if s.count >= s.period:
        s.value = kernel_product(&s.windows[0])
