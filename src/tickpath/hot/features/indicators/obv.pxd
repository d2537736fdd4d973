"""obv: native step."""

from tickpath.core.records cimport tp_indicator


cdef inline void obv_step(tp_indicator* s, const double* x) noexcept nogil:
    if s.count == 1 or x[0] > s.f[0]:
        s.f[1] += x[1]
    elif x[0] < s.f[0]:
        s.f[1] -= x[1]
    s.f[0] = x[0]
    s.value = s.f[1]
