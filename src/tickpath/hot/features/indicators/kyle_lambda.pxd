"""kyle_lambda: native step."""

from tickpath.core.records cimport tp_indicator
from tickpath.hot.features.pairs cimport pair_push, pair_slope


cdef inline void kyle_lambda_step(tp_indicator* s, const double* x) noexcept nogil:
    if s.count > 1:
        pair_push(&s.windows[0], x[1] * x[2], x[0] - s.f[0])
        if s.count > s.period:
            s.value = pair_slope(&s.windows[0])
    s.f[0] = x[0]
