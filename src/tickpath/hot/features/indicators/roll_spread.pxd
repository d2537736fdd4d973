"""roll_spread: native step."""

from libc.math cimport sqrt
from tickpath.core.records cimport tp_indicator
from tickpath.hot.features.pairs cimport pair_cross, pair_push


cdef inline void roll_spread_step(tp_indicator* s, const double* x) noexcept nogil:
    cdef double change = x[0] - s.f[0]
    cdef double bounce
    if s.count > 2:
        pair_push(&s.windows[0], change, s.f[1])
        if s.count > s.period + 1:
            bounce = -pair_cross(&s.windows[0]) * s.p[0]
            s.value = 2.0 * sqrt(bounce) if bounce > 0.0 else 0.0
    s.f[0] = x[0]
    s.f[1] = change
