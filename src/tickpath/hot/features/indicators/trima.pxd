"""trima: native step."""

from tickpath.core.records cimport tp_indicator
from tickpath.hot.features.windows cimport total_push


cdef inline void trima_step(tp_indicator* s, const double* x) noexcept nogil:
    cdef double total = total_push(&s.windows[0], x[0])
    if s.count >= s.windows[0].capacity:
        total = total_push(&s.windows[1], total / s.p[0])
        if s.count >= s.period:
            s.value = total / s.p[1]
