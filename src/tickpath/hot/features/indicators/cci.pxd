"""cci: native step."""

from libc.math cimport fabs
from libc.stdint cimport int64_t
from tickpath.core.records cimport tp_indicator
from tickpath.hot.features.oscillators cimport typical
from tickpath.hot.features.windows cimport total_push


cdef inline void cci_step(tp_indicator* s, const double* x) noexcept nogil:
    cdef double price = typical(x)
    cdef double mean = total_push(&s.windows[0], price) / <double>s.period
    cdef double away = 0.0
    cdef int64_t k
    if s.count >= s.period:
        for k in range(s.period):
            away += fabs(s.windows[0].items[k] - mean)
        away = 0.015 * (away / <double>s.period)
        s.value = (price - mean) / away if away > 0.0 else 0.0
