"""cmo: native step."""

from tickpath.core.records cimport tp_indicator
from tickpath.hot.features.oscillators cimport strength_push


cdef inline void cmo_step(tp_indicator* s, const double* x) noexcept nogil:
    cdef double total
    strength_push(s, x[0])
    if s.count > s.period:
        total = s.f[3] + s.f[4]
        s.value = 100.0 * (s.f[3] - s.f[4]) / total if total > 0.0 else 0.0
