"""quantile: native step."""

from libc.stdint cimport int64_t
from tickpath.core.records cimport tp_indicator
from tickpath.hot.features.ordered cimport sorted_push, sorted_ranked


cdef inline void quantile_step(tp_indicator* s, const double* x) noexcept nogil:
    cdef int64_t place = <int64_t>s.p[0]
    cdef double lower, upper
    sorted_push(&s.windows[0], x[0])
    if s.count >= s.period:
        lower = sorted_ranked(&s.windows[0], place)
        upper = sorted_ranked(&s.windows[0], place + 1) if place + 1 < s.period else lower
        s.value = lower + s.p[1] * (upper - lower)
