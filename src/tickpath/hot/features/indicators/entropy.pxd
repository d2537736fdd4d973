"""entropy: native step."""

from libc.stdint cimport int64_t
from tickpath.core.records cimport tp_indicator
from tickpath.hot.features.functions cimport own_log
from tickpath.hot.features.windows cimport ring_push


cdef inline void entropy_step(tp_indicator* s, const double* x) noexcept nogil:
    cdef double way, old, share
    cdef double found = 0.0
    cdef double numbers[3]
    cdef int64_t k
    if s.count > 1:
        way = 1.0 if x[0] > s.f[0] else (-1.0 if x[0] < s.f[0] else 0.0)
        old = ring_push(&s.windows[0], way)
        s.f[1] += <double>(way > 0.0) - <double>(old > 0.0)
        s.f[2] += <double>(way < 0.0) - <double>(old < 0.0)
        if s.count > s.period:
            numbers[0] = s.f[1]
            numbers[1] = s.f[2]
            numbers[2] = <double>s.period - s.f[1] - s.f[2]
            for k in range(3):
                share = numbers[k] * s.p[0]
                found -= share * own_log(share) * 1.4426950408889634
            s.value = found if found > 0.0 else 0.0
    s.f[0] = x[0]
