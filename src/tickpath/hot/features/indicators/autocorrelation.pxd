"""autocorrelation: native step."""

from tickpath.core.records cimport tp_indicator
from tickpath.hot.features.pairs cimport pair_correlation, pair_push
from tickpath.hot.features.windows cimport ring_push


cdef inline void autocorrelation_step(tp_indicator* s, const double* x) noexcept nogil:
    cdef bint full = s.windows[0].held == s.windows[0].capacity
    cdef double before = ring_push(&s.windows[0], x[0])
    if full:
        pair_push(&s.windows[1], x[0], before)
        if s.windows[1].held == s.windows[1].capacity:
            s.value = pair_correlation(&s.windows[1])
