"""trade_sign: native step."""

from tickpath.core.records cimport tp_indicator


cdef inline void trade_sign_step(tp_indicator* s, const double* x) noexcept nogil:
    cdef double middle = (x[1] + x[2]) * 0.5
    if s.count > 1 and x[0] != s.f[0]:
        s.f[1] = 1.0 if x[0] > s.f[0] else -1.0
    s.f[0] = x[0]
    s.value = 1.0 if x[0] > middle else (-1.0 if x[0] < middle else s.f[1])
