"""apo: native step."""

from libc.stdint cimport int64_t
from tickpath.core.records cimport tp_indicator
from tickpath.hot.features.across cimport row_less, seeded_rows, tp_across
from tickpath.hot.features.averages cimport seeded
from tickpath.hot.features.passes cimport INPUT_MAX, all_within
from tickpath.hot.features.scans cimport scan_less


cdef inline void apo_step(tp_indicator* s, const double* x) noexcept nogil:
    s.f[0] = seeded(s.f[0], s.count, <int64_t>s.p[0], s.p[2], x[0])
    s.f[1] = seeded(s.f[1], s.count, <int64_t>s.p[1], s.p[3], x[0])
    if s.count >= <int64_t>s.p[1]:
        s.value = s.f[0] - s.f[1]


cdef inline bint apo_blocks(
    tp_indicator* s, const double** x, Py_ssize_t first, Py_ssize_t last, double* out
) noexcept nogil:
    cdef const double* price = x[0]
    cdef Py_ssize_t k = first
    while k < last and k < <Py_ssize_t>s.p[1]:
        s.count += 1
        apo_step(s, &price[k])
        out[k] = s.value
        k += 1
    scan_less(&s.f[0], s.p[2], s.p[3], price + k, last - k, out + k)
    return all_within(price + first, INPUT_MAX, last - first)


cdef inline void apo_row(const tp_across* a) noexcept nogil:
    seeded_rows(a, a.f[0], a.count, <int64_t>a.s.p[0], a.s.p[2], a.x[0])
    seeded_rows(a, a.f[1], a.count, <int64_t>a.s.p[1], a.s.p[3], a.x[0])
    if a.count >= <int64_t>a.s.p[1]:
        row_less(a.out, a.f[0], a.f[1], a.symbols)
