"""What several indicators of bars share: twin of bars.py."""

from libc.math cimport fabs
from tickpath.core.records cimport tp_indicator
from tickpath.hot.features.choice cimport times_power

cdef extern from *:
    """
    /* the larger of two movements counts, if it is above 0, in its own sum */
    static inline void tp_moves_push(double *sums, double up, double down, double lost)
    {
        const tp_pair moves = {up, down}, zero = {0.0, 0.0}, held = tp_pair_at(sums);
        const tp_pair_bits more = (moves > tp_pair_of(down, up)) & (moves > zero);
        tp_pair_put(sums, (held + tp_pair_if(more, moves)) - held * lost);
    }
    """
    # Wilder's sums of the movements up and down, which lose so much of themselves
    void moves_push "tp_moves_push" (
        double* sums, double up, double down, double lost
    ) noexcept nogil


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
    """Wilder's directional sums of high, low, close. f: high, low, close, plus, minus, reach;
    p[0]: 1 / n."""
    cdef double lost
    if s.count > 1:
        lost = s.p[0] if s.count > s.period else 0.0
        moves_push(s.f + 3, x[0] - s.f[0], s.f[1] - x[1], lost)
        s.f[5] = (s.f[5] + true_range(s.f[2], x[0], x[1])) - s.f[5] * lost
    s.f[0] = x[0]
    s.f[1] = x[1]
    s.f[2] = x[2]


cdef inline double one_sided(const tp_indicator* s, double before) noexcept nogil:
    """100 * |+DI - -DI| / (+DI + -DI); the value before when nothing moved."""
    cdef double both = s.f[3] + s.f[4]
    cdef double gap = fabs(s.f[3] - s.f[4])
    return 100.0 * gap / both if both > 0.0 else before
