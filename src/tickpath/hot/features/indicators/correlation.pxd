"""correlation: native step."""

from tickpath.core.records cimport tp_indicator
from tickpath.hot.features.pairs cimport pair_correlation, pair_push


cdef inline void correlation_step(tp_indicator* s, const double* x) noexcept nogil:
    pair_push(&s.windows[0], x[0], x[1])
    if s.count >= s.period:
        s.value = pair_correlation(&s.windows[0])
