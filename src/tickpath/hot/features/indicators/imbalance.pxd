"""imbalance: native step."""

from libc.stdint cimport int64_t
from tickpath.core.records cimport tp_indicator


cdef inline void imbalance_step(tp_indicator* s, const double* x) noexcept nogil:
    cdef int64_t levels = s.period
    cdef double bid = 0.0
    cdef double ask = 0.0
    cdef int64_t k
    for k in range(levels):
        bid += x[k]
        ask += x[levels + k]
    if bid + ask > 0.0:
        s.value = (bid - ask) / (bid + ask)
