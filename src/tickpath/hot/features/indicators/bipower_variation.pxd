"""bipower_variation: native step."""

from libc.math cimport fabs
from tickpath.core.records cimport tp_indicator
from tickpath.hot.features.flows cimport flow_push


cdef inline void bipower_variation_step(tp_indicator* s, const double* x) noexcept nogil:
    cdef double change = x[0] - s.f[0]
    cdef double size = fabs(change)
    cdef double total
    if s.count > 2:
        total = flow_push(&s.windows[0], size * s.f[1])
        if s.count > s.period + 1:
            s.value = 1.5707963267948966 * total if total > 0.0 else 0.0
    s.f[0] = x[0]
    s.f[1] = size
