"""tema: native step."""

from libc.stdint cimport int64_t
from tickpath.core.records cimport tp_indicator
from tickpath.hot.features.across cimport row_thrice, seeded_rows, tp_across
from tickpath.hot.features.averages cimport seeded
from tickpath.hot.features.passes cimport INPUT_MAX, all_within
from tickpath.hot.features.scans cimport scan


cdef inline void tema_step(tp_indicator* s, const double* x) noexcept nogil:
    cdef int64_t n = s.period
    s.f[0] = seeded(s.f[0], s.count, n, s.p[0], x[0])
    if s.count >= n:
        s.f[1] = seeded(s.f[1], s.count - n + 1, n, s.p[0], s.f[0])
    if s.count >= 2 * n - 1:
        s.f[2] = seeded(s.f[2], s.count - 2 * n + 2, n, s.p[0], s.f[1])
    if s.count >= 3 * n - 2:
        s.value = 3.0 * s.f[0] - 3.0 * s.f[1] + s.f[2]


cdef inline bint tema_blocks(
    tp_indicator* s, const double** x, Py_ssize_t first, Py_ssize_t last, double* out
) noexcept nogil:
    cdef const double* price = x[0]
    cdef double near[2048]
    cdef double far[2048]
    cdef Py_ssize_t k = first
    cdef Py_ssize_t n, j
    while k < last and k < 3 * s.period - 2:
        s.count += 1
        tema_step(s, &price[k])
        out[k] = s.value
        k += 1
    n = last - k
    s.f[0] = scan(s.f[0], s.p[0], price + k, n, near)
    s.f[1] = scan(s.f[1], s.p[0], near, n, far)
    s.f[2] = scan(s.f[2], s.p[0], far, n, out + k)
    for j in range(n):
        out[k + j] = 3.0 * near[j] - 3.0 * far[j] + out[k + j]
    return all_within(price + first, INPUT_MAX, last - first)


cdef inline void tema_row(const tp_across* a) noexcept nogil:
    cdef int64_t n = a.s.period
    seeded_rows(a, a.f[0], a.count, n, a.s.p[0], a.x[0])
    if a.count >= n:
        seeded_rows(a, a.f[1], a.count - n + 1, n, a.s.p[0], a.f[0])
    if a.count >= 2 * n - 1:
        seeded_rows(a, a.f[2], a.count - 2 * n + 2, n, a.s.p[0], a.f[1])
    if a.count >= 3 * n - 2:
        row_thrice(a.out, a.f[0], a.f[1], a.f[2], a.symbols)
