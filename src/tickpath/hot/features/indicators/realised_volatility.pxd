"""realised_volatility: native step."""

from libc.math cimport sqrt
from tickpath.core.records cimport tp_indicator
from tickpath.hot.features.flows cimport flow_push


cdef inline void realised_volatility_step(tp_indicator* s, const double* x) noexcept nogil:
    cdef double change, total
    if s.count > 1:
        change = x[0] - s.f[0]
        total = flow_push(&s.windows[0], change * change)
        if s.count > s.period:
            s.value = sqrt(total) if total > 0.0 else 0.0
    s.f[0] = x[0]
