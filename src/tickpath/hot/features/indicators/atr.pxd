"""atr: native step."""

from tickpath.core.records cimport tp_indicator


cdef inline void atr_step(tp_indicator* s, const double* x) noexcept nogil:
    cdef double high, low, reach
    if s.count > 1:
        high = x[0] if x[0] > s.f[0] else s.f[0]
        low = x[1] if x[1] < s.f[0] else s.f[0]
        reach = high - low
        if s.count <= s.period + 1:
            s.f[1] += reach
            s.f[2] = s.f[1] / <double>s.period
        else:
            s.f[2] += (reach - s.f[2]) / <double>s.period
        if s.count > s.period:
            s.value = s.f[2]
    s.f[0] = x[2]
