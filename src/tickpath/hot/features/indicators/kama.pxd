"""kama: native step."""

from libc.math cimport fabs
from tickpath.core.records cimport tp_indicator
from tickpath.hot.features.flows cimport flow_push
from tickpath.hot.features.windows cimport ring_push


cdef inline void kama_step(tp_indicator* s, const double* x) noexcept nogil:
    cdef double change = x[0] - s.f[0]
    cdef double old = ring_push(&s.windows[0], x[0])
    cdef double path, way, share, pace
    s.f[0] = x[0]
    if s.count > 1:
        path = flow_push(&s.windows[1], fabs(change))
        way = fabs(x[0] - old)
        if s.count > s.period:
            share = way / path if path > way else 1.0
            pace = share * (2.0 / 3.0 - 2.0 / 31.0) + 2.0 / 31.0
            s.f[1] += pace * pace * (x[0] - s.f[1])
            s.value = s.f[1]
            return
    s.f[1] = x[0]
