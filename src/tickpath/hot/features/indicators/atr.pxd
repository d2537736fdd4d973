"""atr: native step."""

from libc.math cimport fabs
from tickpath.core.records cimport tp_indicator
from tickpath.hot.features.across cimport range_rows, row_copy, tp_across
from tickpath.hot.features.bars cimport average_range
from tickpath.hot.features.passes cimport INPUT_MAX
from tickpath.hot.features.scans cimport scan_ranges


cdef inline void atr_step(tp_indicator* s, const double* x) noexcept nogil:
    average_range(s, x, s.p[0])
    if s.count > s.period:
        s.value = s.f[2]


cdef inline bint atr_blocks(
    tp_indicator* s, const double** x, Py_ssize_t first, Py_ssize_t last, double* out
) noexcept nogil:
    cdef double numbers[3]
    cdef const double* high = x[0]
    cdef const double* low = x[1]
    cdef const double* close = x[2]
    cdef Py_ssize_t k = first
    while k < last and k <= s.period:
        numbers[0] = high[k]
        numbers[1] = low[k]
        numbers[2] = close[k]
        if not (
            fabs(high[k]) <= INPUT_MAX and fabs(low[k]) <= INPUT_MAX
            and fabs(close[k]) <= INPUT_MAX
        ):
            return False
        s.count += 1
        atr_step(s, numbers)
        out[k] = s.value
        k += 1
    return scan_ranges(
        &s.f[2], s.p[0], high + k, low + k, close + k, INPUT_MAX, last - k, out + k
    )


cdef inline void atr_row(const tp_across* a) noexcept nogil:
    range_rows(a)
    if a.count > a.s.period:
        row_copy(a.out, a.f[2], a.symbols)
