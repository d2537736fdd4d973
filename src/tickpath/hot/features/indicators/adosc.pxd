"""adosc: native step."""

from libc.stdint cimport int64_t
from tickpath.core.records cimport tp_indicator
from tickpath.hot.features.oscillators cimport money


cdef inline void adosc_step(tp_indicator* s, const double* x) noexcept nogil:
    s.f[0] += money(x)
    if s.count == 1:
        s.f[1] = s.f[2] = s.f[0]
    else:
        s.f[1] += s.p[0] * (s.f[0] - s.f[1])
        s.f[2] += s.p[1] * (s.f[0] - s.f[2])
    if s.count >= <int64_t>s.p[2]:
        s.value = s.f[1] - s.f[2]
