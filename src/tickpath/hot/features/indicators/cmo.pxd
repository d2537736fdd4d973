"""cmo: native step."""

from tickpath.core.records cimport tp_indicator
from tickpath.hot.features.across cimport row_balance, strength_rows, tp_across
from tickpath.hot.features.oscillators cimport strength_push


cdef inline void cmo_step(tp_indicator* s, const double* x) noexcept nogil:
    cdef double total
    strength_push(s, x[0])
    if s.count > s.period:
        total = s.f[3] + s.f[4]
        s.value = 100.0 * (s.f[3] - s.f[4]) / total if total > 0.0 else 0.0


cdef inline void cmo_row(const tp_across* a) noexcept nogil:
    strength_rows(a)
    if a.count > a.s.period:
        row_balance(a.out, a.f[3], a.f[4], a.symbols)
