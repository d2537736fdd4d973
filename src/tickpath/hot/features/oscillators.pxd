"""What several oscillators share: twin of oscillators.py."""

from tickpath.core.records cimport tp_indicator


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
