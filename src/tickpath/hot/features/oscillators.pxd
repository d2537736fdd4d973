"""What several oscillators share: twin of oscillators.py."""

from libc.stdint cimport int64_t
from tickpath.core.records cimport tp_indicator
from tickpath.hot.features.averages cimport seeded
from tickpath.hot.features.windows cimport highest_push, lowest_push


cdef inline void strength_push(tp_indicator* s, double price) noexcept nogil:
    """Wilder's averages of gains and losses. f: last, totals of both, averages of both."""
    cdef double change = price - s.f[0]
    cdef double up = change if change > 0.0 else 0.0
    cdef double down = up - change
    s.f[0] = price
    if s.count == 1:
        return
    if s.count <= s.period + 1:
        s.f[1] += up
        s.f[2] += down
        s.f[3] = s.f[1] * s.p[0]
        s.f[4] = s.f[2] * s.p[0]
    else:
        s.f[3] += (up - s.f[3]) * s.p[0]
        s.f[4] += (down - s.f[4]) * s.p[0]


cdef inline double stochastic_push(
    tp_indicator* s, double high, double low, double close
) noexcept nogil:
    """Where the close lies between the lowest low (0) and the highest high (100)."""
    cdef double top = highest_push(&s.windows[0], high)
    cdef double bottom = lowest_push(&s.windows[1], low)
    return 100.0 * (close - bottom) / (top - bottom) if top > bottom else 0.0


cdef inline double relative_strength(const tp_indicator* s) noexcept nogil:
    """100 * gain / (gain + loss); 50 when nothing moved."""
    cdef double total = s.f[3] + s.f[4]
    return 100.0 * s.f[3] / total if total > 0.0 else 50.0


cdef inline double convergence_push(tp_indicator* s, double price) noexcept nogil:
    """The MACD line. f: fast, slow, signal; p: their n and their alphas."""
    cdef int64_t fast = <int64_t>s.p[0]
    cdef int64_t slow = <int64_t>s.p[1]
    cdef double line
    if s.count > slow - fast:
        s.f[0] = seeded(s.f[0], s.count - (slow - fast), fast, s.p[3], price)
    s.f[1] = seeded(s.f[1], s.count, slow, s.p[4], price)
    line = s.f[0] - s.f[1]
    if s.count >= slow:
        s.f[2] = seeded(s.f[2], s.count - slow + 1, <int64_t>s.p[2], s.p[5], line)
    return line


cdef inline double typical(const double* x) noexcept nogil:
    """The typical price of high, low, close."""
    return (x[0] + x[1] + x[2]) / 3.0


cdef inline double money(const double* x) noexcept nogil:
    """Money flow volume of high, low, close, volume."""
    return ((x[2] - x[1]) - (x[0] - x[2])) / (x[0] - x[1]) * x[3] if x[0] > x[1] else 0.0
