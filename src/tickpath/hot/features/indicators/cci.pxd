"""cci: native step."""

from tickpath.core.records cimport tp_indicator
from tickpath.hot.features.oscillators cimport typical
from tickpath.hot.features.windows cimport distances, total_push_even


cdef inline void cci_step(tp_indicator* s, const double* x) noexcept nogil:
    cdef double price = typical(x)
    cdef double mean = total_push_even(&s.windows[0], price) / <double>s.period
    cdef double away
    if s.count >= s.period:
        away = distances(s.windows[0].items, s.period, mean)
        s.value = (price - mean) * s.p[0] / away if away > 0.0 else 0.0
