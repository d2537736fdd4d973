"""vortex_plus: native step."""

from libc.math cimport fabs
from tickpath.core.records cimport tp_indicator
from tickpath.hot.features.bars cimport true_range
from tickpath.hot.features.flows cimport flows_push, flows_ratio


cdef inline void vortex_plus_step(tp_indicator* s, const double* x) noexcept nogil:
    cdef double move
    if s.count > 1:
        move = x[0] - s.f[0]
        flows_push(&s.windows[0], fabs(move), true_range(s.f[1], x[0], x[1]))
        if s.count > s.period:
            s.value = flows_ratio(&s.windows[0])
    s.f[0] = x[1]
    s.f[1] = x[2]
