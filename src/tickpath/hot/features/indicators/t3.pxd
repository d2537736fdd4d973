"""t3: native step."""

from libc.stdint cimport int64_t
from tickpath.core.records cimport tp_indicator
from tickpath.hot.features.averages cimport seeded


cdef inline void t3_step(tp_indicator* s, const double* x) noexcept nogil:
    cdef int64_t lag = s.period - 1
    cdef double number = x[0]
    cdef int64_t j
    if s.count > 6 * lag:
        for j in range(6):
            s.f[j] = number = seeded(s.f[j], s.count - j * lag, s.period, s.p[0], number)
        s.value = s.p[1] * s.f[5] + s.p[2] * s.f[4] + s.p[3] * s.f[3] + s.p[4] * s.f[2]
        return
    for j in range(6):
        if s.count <= j * lag:
            return
        s.f[j] = number = seeded(s.f[j], s.count - j * lag, s.period, s.p[0], number)
