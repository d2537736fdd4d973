"""hurst: native step."""

from tickpath.core.records cimport tp_indicator
from tickpath.hot.features.functions cimport own_log
from tickpath.hot.features.windows cimport flow_push, ring_push


cdef inline void hurst_step(tp_indicator* s, const double* x) noexcept nogil:
    cdef bint full = s.windows[0].held == s.windows[0].capacity
    cdef double step = x[0] - s.f[0]
    cdef double reach = x[0] - ring_push(&s.windows[0], x[0])
    cdef double near, far
    s.f[0] = x[0]
    if full:
        near = flow_push(&s.windows[1], step * step)
        far = flow_push(&s.windows[2], reach * reach)
        if s.windows[2].held == s.windows[2].capacity:
            s.value = own_log(far / near) * s.p[0] if near > 0.0 and far > 0.0 else 0.5
