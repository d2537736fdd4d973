"""vpin: native step."""

from libc.stdint cimport int64_t
from tickpath.core.records cimport tp_indicator
from tickpath.hot.features.windows cimport total_push


cdef inline void vpin_step(tp_indicator* s, const double* x) noexcept nogil:
    cdef double bucket = s.p[0]
    cdef double left = x[0] if x[0] > 0.0 else 0.0
    cdef double missing = bucket - (s.f[0] + s.f[1])
    cdef double gap, total
    cdef int64_t closed = 0
    while left >= missing and closed <= s.period:
        s.f[0] += missing if x[1] > 0.0 else 0.0
        s.f[1] += missing if x[1] <= 0.0 else 0.0
        gap = s.f[0] - s.f[1]
        total = total_push(&s.windows[0], gap if gap >= 0.0 else -gap)
        left -= missing
        missing = bucket
        s.f[0] = s.f[1] = 0.0
        closed += 1
        if s.windows[0].held == s.windows[0].capacity:
            s.value = total * s.p[1]
    if closed > s.period:
        left = 0.0
    s.f[0] += left if x[1] > 0.0 else 0.0
    s.f[1] += left if x[1] <= 0.0 else 0.0
