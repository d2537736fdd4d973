"""beta: native step."""

from tickpath.core.records cimport tp_indicator
from tickpath.hot.features.pairs cimport pair_slope, returns_push


cdef inline void beta_step(tp_indicator* s, const double* x) noexcept nogil:
    returns_push(&s.windows[0], x, s.f, s.count > 1)
    if s.count > s.period:
        s.value = pair_slope(&s.windows[0])
