"""ofi: native step."""

from tickpath.core.records cimport tp_indicator
from tickpath.hot.features.windows cimport total_push


cdef inline void ofi_step(tp_indicator* s, const double* x) noexcept nogil:
    cdef double flow, total
    if s.count > 1:
        # products instead of branches: which way a quote moves cannot be predicted
        flow = x[1] * <double>(x[0] >= s.f[0])
        flow -= s.f[1] * <double>(x[0] <= s.f[0])
        flow -= x[3] * <double>(x[2] <= s.f[2])
        flow += s.f[3] * <double>(x[2] >= s.f[2])
        total = total_push(&s.windows[0], flow)
        if s.count > s.period:
            s.value = total
    s.f[0] = x[0]
    s.f[1] = x[1]
    s.f[2] = x[2]
    s.f[3] = x[3]
