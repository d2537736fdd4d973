"""ofi: native step."""

from tickpath.core.records cimport tp_indicator
from tickpath.hot.features.choice cimport when_at_least
from tickpath.hot.features.windows cimport total_push


cdef inline void ofi_step(tp_indicator* s, const double* x) noexcept nogil:
    cdef double flow, total
    if s.count > 1:
        flow = when_at_least(x[0], s.f[0], x[1])
        flow -= when_at_least(s.f[0], x[0], s.f[1])
        flow -= when_at_least(s.f[2], x[2], x[3])
        flow += when_at_least(x[2], s.f[2], s.f[3])
        total = total_push(&s.windows[0], flow)
        if s.count > s.period:
            s.value = total
    s.f[0] = x[0]
    s.f[1] = x[1]
    s.f[2] = x[2]
    s.f[3] = x[3]
