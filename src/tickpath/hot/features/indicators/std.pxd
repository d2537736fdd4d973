"""std: native step."""

from libc.math cimport NAN
from tickpath.core.records cimport tp_indicator
from tickpath.hot.features.passes cimport band, moments_over
from tickpath.hot.features.windows cimport moments_push, moments_spread


cdef inline void std_step(tp_indicator* s, const double* x) noexcept nogil:
    moments_push(&s.windows[0], x[0])
    if s.count >= s.period:
        s.value = moments_spread(&s.windows[0]) * s.p[0]


cdef inline void std_batch(
    tp_indicator* s, const double** x, Py_ssize_t first, Py_ssize_t last, double* out
) noexcept nogil:
    cdef double whole[2048]
    cdef double radicand[2048]
    cdef Py_ssize_t k
    moments_over(&s.windows[0], x[0], first, last, whole, radicand)
    for k in range(first, last):
        out[k] = 0.0
    band(out + first, radicand, 1.0, s.p[0], last - first)
    for k in range(first, last if last < s.period - 1 else s.period - 1):
        out[k] = NAN
