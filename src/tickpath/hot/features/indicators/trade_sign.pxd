"""trade_sign: native step."""

from tickpath.core.records cimport tp_indicator
from tickpath.hot.features.choice cimport sign_else


cdef inline void trade_sign_step(tp_indicator* s, const double* x) noexcept nogil:
    cdef double middle = (x[1] + x[2]) * 0.5
    if s.count > 1:
        s.f[1] = sign_else(x[0], s.f[0], s.f[1])
    s.f[0] = x[0]
    s.value = sign_else(x[0], middle, s.f[1])
