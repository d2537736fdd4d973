"""beta: native step."""

from tickpath.core.records cimport tp_indicator
from tickpath.hot.features.pairs cimport pair_push, pair_slope


cdef inline void beta_step(tp_indicator* s, const double* x) noexcept nogil:
    cdef double along, across
    if s.count > 1:
        along = (x[0] - s.f[0]) / s.f[0] if s.f[0] != 0.0 else 0.0
        across = (x[1] - s.f[1]) / s.f[1] if s.f[1] != 0.0 else 0.0
        pair_push(&s.windows[0], along, across)
        if s.count > s.period:
            s.value = pair_slope(&s.windows[0])
    s.f[0] = x[0]
    s.f[1] = x[1]
