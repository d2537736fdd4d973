"""median: native step."""

from tickpath.core.records cimport tp_indicator
from tickpath.hot.features.ordered cimport sorted_push, sorted_ranked


cdef inline void median_step(tp_indicator* s, const double* x) noexcept nogil:
    sorted_push(&s.windows[0], x[0])
    if s.count >= s.period:
        s.value = (
            sorted_ranked(&s.windows[0], (s.period - 1) >> 1)
            + sorted_ranked(&s.windows[0], s.period >> 1)
        ) * 0.5
