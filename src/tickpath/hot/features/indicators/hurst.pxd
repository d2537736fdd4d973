"""hurst: native step."""

from tickpath.core.records cimport tp_indicator
from tickpath.hot.features.flows cimport flows_push
from tickpath.hot.features.functions cimport own_log_ratio
from tickpath.hot.features.windows cimport ring_push


cdef inline void hurst_step(tp_indicator* s, const double* x) noexcept nogil:
    cdef bint full = s.windows[0].held == s.windows[0].capacity
    cdef double step = x[0] - s.f[0]
    cdef double reach = x[0] - ring_push(&s.windows[0], x[0])
    cdef double near, far
    s.f[0] = x[0]
    if full:
        flows_push(&s.windows[1], step * step, reach * reach)
        if s.windows[1].held == s.windows[1].capacity:
            near = s.windows[1].f[0]
            far = s.windows[1].f[1]
            s.value = own_log_ratio(far, near) * s.p[0] if near > 0.0 and far > 0.0 else 0.5
