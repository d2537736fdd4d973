"""zlema: native step."""

from libc.stdint cimport int64_t
from tickpath.core.records cimport tp_indicator
from tickpath.hot.features.windows cimport ring_push


cdef inline void zlema_step(tp_indicator* s, const double* x) noexcept nogil:
    cdef int64_t lag = s.windows[0].capacity
    cdef double lagged = ring_push(&s.windows[0], x[0])
    cdef double number = x[0] + (x[0] - lagged)
    if s.count == lag + 1:
        s.f[0] = number
    elif s.count > lag:
        s.f[0] += s.p[0] * (number - s.f[0])
    if s.count >= s.period:
        s.value = s.f[0]
