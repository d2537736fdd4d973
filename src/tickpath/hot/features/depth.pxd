"""What indicators of several book levels share: twin of depth.py."""

from libc.stdint cimport int64_t
from tickpath.hot.features.functions cimport own_log

cdef extern from *:
    """
    #define TP_ASK_ABSENT 0x1p200
    """
    const double ASK_ABSENT "TP_ASK_ABSENT"


cdef inline double side_slope(
    double middle, const double* prices, const double* quantities, int64_t n
) noexcept nogil:
    """Slope of one side of the book, see book_slope; 0 of an empty one."""
    cdef double total = 0.0
    cdef double found = 0.0
    cdef double deep = 0.0
    cdef double levels = 0.0
    cdef double near = middle
    cdef double level, step
    cdef int64_t k
    for k in range(n):
        if quantities[k] <= 0.0 or near == 0.0:
            continue
        total += quantities[k]
        level = own_log(total)
        step = prices[k] / near - 1.0
        step = step if step >= 0.0 else -step
        if levels == 0.0:
            found += level / step if step > 0.0 else 0.0
        elif deep != 0.0:
            found += (level / deep - 1.0) / step if step > 0.0 else 0.0
        deep = level
        near = prices[k]
        levels += 1.0
    return found / levels if levels > 0.0 else 0.0
