"""ofi_levels: native step."""

from libc.stdint cimport int64_t
from tickpath.core.records cimport tp_indicator
from tickpath.hot.features.depth cimport ASK_ABSENT
from tickpath.hot.features.choice cimport above_else, when_at_least
from tickpath.hot.features.windows cimport total_push


cdef inline void ofi_levels_step(tp_indicator* s, const double* x) noexcept nogil:
    cdef int64_t n = s.period
    cdef double* old = s.windows[0].items
    cdef double flow = 0.0
    cdef double ask, change
    cdef int64_t k
    for k in range(n):
        ask = above_else(x[3 * n + k], 0.0, x[2 * n + k], ASK_ABSENT)
        change = when_at_least(x[k], old[0], x[n + k])
        change -= when_at_least(old[0], x[k], old[1])
        change -= when_at_least(old[2], ask, x[3 * n + k])
        change += when_at_least(ask, old[2], old[3])
        flow += change
        old[0] = x[k]
        old[1] = x[n + k]
        old[2] = ask
        old[3] = x[3 * n + k]
        old += 4
    if s.count > 1:
        flow = total_push(&s.windows[1], flow)
        if s.windows[1].held == s.windows[1].capacity:
            s.value = flow
