"""macd: native step."""

from libc.stdint cimport int64_t
from tickpath.core.records cimport tp_indicator
from tickpath.hot.features.across cimport convergence_rows, row_copy, tp_across
from tickpath.hot.features.oscillators cimport convergence_push
from tickpath.hot.features.passes cimport INPUT_MAX, all_within
from tickpath.hot.features.scans cimport scan_less


cdef inline void macd_step(tp_indicator* s, const double* x) noexcept nogil:
    cdef double line = convergence_push(s, x[0])
    if s.count >= <int64_t>s.p[1]:
        s.value = line


cdef inline bint macd_blocks(
    tp_indicator* s, const double** x, Py_ssize_t first, Py_ssize_t last, double* out
) noexcept nogil:
    cdef const double* price = x[0]
    cdef Py_ssize_t k = first
    while k < last and k < <Py_ssize_t>s.p[1]:
        s.count += 1
        macd_step(s, &price[k])
        out[k] = s.value
        k += 1
    scan_less(&s.f[0], s.p[3], s.p[4], price + k, last - k, out + k)
    return all_within(price + first, INPUT_MAX, last - first)


cdef inline void macd_row(const tp_across* a) noexcept nogil:
    convergence_rows(a)
    if a.count >= <int64_t>a.s.p[1]:
        row_copy(a.out, a.f[3], a.symbols)
