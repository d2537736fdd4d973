"""ofi_levels: native step."""

from tickpath.core.records cimport tp_indicator
from tickpath.hot.features.depth cimport flow_of_levels
from tickpath.hot.features.windows cimport total_push


cdef inline void ofi_levels_step(tp_indicator* s, const double* x) noexcept nogil:
    cdef double flow = flow_of_levels(x, s.period, s.windows[0].items)
    if s.count > 1:
        flow = total_push(&s.windows[1], flow)
        if s.windows[1].held == s.windows[1].capacity:
            s.value = flow
