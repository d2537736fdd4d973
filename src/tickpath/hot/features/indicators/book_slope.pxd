"""book_slope: native step."""

from libc.stdint cimport int64_t
from tickpath.core.records cimport tp_indicator
from tickpath.hot.features.depth cimport side_slope


cdef inline void book_slope_step(tp_indicator* s, const double* x) noexcept nogil:
    cdef int64_t n = s.period
    cdef double middle = (x[0] + x[2 * n]) * 0.5
    s.value = (side_slope(middle, x, x + n, n) + side_slope(middle, x + 2 * n, x + 3 * n, n)) * 0.5
