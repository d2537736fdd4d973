"""bollinger_percent: native step."""

from tickpath.core.records cimport tp_indicator
from tickpath.hot.features.windows cimport moments_above, moments_push, moments_spread


cdef inline void bollinger_percent_step(tp_indicator* s, const double* x) noexcept nogil:
    cdef double reach
    moments_push(&s.windows[0], x[0])
    if s.count >= s.period:
        reach = 2.0 * s.p[0] * moments_spread(&s.windows[0])
        s.value = 0.5 + moments_above(&s.windows[0], x[0]) / reach if reach > 0.0 else 0.5
