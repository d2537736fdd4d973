"""mfi: native step."""

from tickpath.core.records cimport tp_indicator
from tickpath.hot.features.choice cimport when_above
from tickpath.hot.features.oscillators cimport typical
from tickpath.hot.features.flows cimport flows_push


cdef inline void mfi_step(tp_indicator* s, const double* x) noexcept nogil:
    cdef double price = typical(x)
    cdef double flow, up, down
    if s.count > 1:
        flow = price * x[3]
        flows_push(
            &s.windows[0], when_above(price, s.f[0], flow), when_above(s.f[0], price, flow)
        )
        up = s.windows[0].f[0]
        down = s.windows[0].f[1]
        if s.count > s.period:
            s.value = 100.0 * up / (up + down) if up + down > 0.0 else 0.0
    s.f[0] = price
