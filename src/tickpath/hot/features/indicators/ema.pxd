"""ema: native step."""

from tickpath.core.records cimport tp_indicator


cdef inline void ema_step(tp_indicator* s, const double* x) noexcept nogil:
    if s.count == 1:
        s.f[0] = x[0]
    else:
        s.f[0] += s.p[0] * (x[0] - s.f[0])
    if s.count >= s.period:
        s.value = s.f[0]
