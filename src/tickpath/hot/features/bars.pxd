"""What several indicators of bars share: twin of bars.py."""

from libc.math cimport fabs
from tickpath.core.records cimport tp_indicator
from tickpath.hot.features.choice cimport when_above


cdef inline double true_range(double close, double high, double low) noexcept nogil:
    """How far a bar reaches, the close before it included."""
    return (high if high > close else close) - (low if low < close else close)


cdef inline void average_range(
    tp_indicator* s, const double* x, double alpha
) noexcept nogil:
    """Wilder's average true range of high, low, close. f: close, sum of the first, average."""
    cdef double reach
    if s.count > 1:
        reach = true_range(s.f[0], x[0], x[1])
        if s.count <= s.period + 1:
            s.f[1] += reach
            s.f[2] = s.f[1] / <double>s.period
        else:
            s.f[2] += alpha * (reach - s.f[2])
    s.f[0] = x[2]


cdef inline void directional_push(tp_indicator* s, const double* x) noexcept nogil:
    """Wilder's directional sums of high, low, close. f: high, low, close, plus, minus, reach."""
    cdef double up, down, plus, minus, reach, n
    if s.count > 1:
        up = x[0] - s.f[0]
        down = s.f[1] - x[1]
        plus = when_above(up, down if down > 0.0 else 0.0, up)
        minus = when_above(down, up if up > 0.0 else 0.0, down)
        reach = true_range(s.f[2], x[0], x[1])
        if s.count > s.period:
            n = <double>s.period
            s.f[3] -= s.f[3] / n
            s.f[4] -= s.f[4] / n
            s.f[5] -= s.f[5] / n
        s.f[3] += plus
        s.f[4] += minus
        s.f[5] += reach
    s.f[0] = x[0]
    s.f[1] = x[1]
    s.f[2] = x[2]


cdef inline double one_sided(const tp_indicator* s, double before) noexcept nogil:
    """100 * |+DI - -DI| / (+DI + -DI); the value before when nothing moved."""
    cdef double both = s.f[3] + s.f[4]
    cdef double gap = fabs(s.f[3] - s.f[4])
    return 100.0 * gap / both if both > 0.0 else before
