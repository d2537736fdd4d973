"""hma: native step."""

from tickpath.core.records cimport tp_indicator
from tickpath.hot.features.windows cimport weighted_push


cdef inline void hma_step(tp_indicator* s, const double* x) noexcept nogil:
    cdef double near = weighted_push(&s.windows[0], x[0])
    cdef double far = weighted_push(&s.windows[1], x[0])
    cdef double total
    if s.count >= s.period:
        total = weighted_push(&s.windows[2], 2.0 * (near / s.p[0]) - far / s.p[1])
        if s.windows[2].held == s.windows[2].capacity:
            s.value = total / s.p[2]
