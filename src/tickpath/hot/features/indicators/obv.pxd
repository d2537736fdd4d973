"""obv: native step."""

from tickpath.core.records cimport tp_indicator
from tickpath.hot.features.choice cimport when_above


cdef inline void obv_step(tp_indicator* s, const double* x) noexcept nogil:
    if s.count == 1:
        s.f[1] += x[1]
    else:
        s.f[1] += when_above(x[0], s.f[0], x[1]) - when_above(s.f[0], x[0], x[1])
    s.f[0] = x[0]
    s.value = s.f[1]
