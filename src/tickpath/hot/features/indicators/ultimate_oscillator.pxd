"""ultimate_oscillator: native step."""

from libc.stdint cimport int64_t
from tickpath.core.records cimport tp_indicator
from tickpath.hot.features.flows cimport flows_push_thrice, flows_ratio


cdef inline void ultimate_oscillator_step(tp_indicator* s, const double* x) noexcept nogil:
    cdef double high, low, found
    if s.count > 1:
        low = x[1] if x[1] < s.f[0] else s.f[0]
        high = x[0] if x[0] > s.f[0] else s.f[0]
        flows_push_thrice(s.windows, x[2] - low, high - low)
        found = 4.0 * flows_ratio(&s.windows[0])
        found += 2.0 * flows_ratio(&s.windows[1])
        found += flows_ratio(&s.windows[2])
        if s.count > <int64_t>s.p[0]:
            s.value = 100.0 * found / 7.0
    s.f[0] = x[2]
