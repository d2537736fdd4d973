"""mfi: native step."""

from tickpath.core.records cimport tp_indicator
from tickpath.hot.features.choice cimport when_above
from tickpath.hot.features.oscillators cimport typical
from tickpath.hot.features.windows cimport flow_push


cdef inline void mfi_step(tp_indicator* s, const double* x) noexcept nogil:
    cdef double price = typical(x)
    cdef double flow, up, down
    if s.count > 1:
        flow = price * x[3]
        up = flow_push(&s.windows[0], when_above(price, s.f[0], flow))
        down = flow_push(&s.windows[1], when_above(s.f[0], price, flow))
        if s.count > s.period:
            s.value = 100.0 * up / (up + down) if up + down > 0.0 else 0.0
    s.f[0] = price
