"""Sums of two series and of their products: `Pair` of windows.py.

Both numbers of a pair go side by side in one register. Worst case: none, a step is O(1); when the
ring wraps, five sums are taken over.
"""

from libc.math cimport sqrt
from tickpath.core.records cimport tp_window
from tickpath.hot.features.windows cimport apart

cdef extern from *:
    """
    static inline void tp_pair_push(tp_window *w, double x, double y)
    {
        double *f = w->f, *place = w->items + 2 * w->position;
        const tp_pair now = {x, y};
        if (w->held == 0) {
            tp_pair_put(f, now);
            tp_pair_put(f + 2, now);
        }
        const tp_pair in = now - tp_pair_at(f), fresh = now - tp_pair_at(f + 2);
        tp_pair out = {0.0, 0.0};
        if (w->held == w->capacity)
            out = tp_pair_at(place) - tp_pair_at(f);
        else
            w->held += 1;
        tp_pair_put(place, now);
        tp_pair_put(f + 4, tp_pair_at(f + 4) + (in - out));
        tp_pair_put(f + 6, tp_pair_at(f + 6) + (in * in - out * out));
        f[8] += in[0] * in[1] - out[0] * out[1];
        tp_pair_put(f + 9, tp_pair_at(f + 9) + fresh);
        tp_pair_put(f + 11, tp_pair_at(f + 11) + fresh * fresh);
        f[13] += fresh[0] * fresh[1];
        w->position += 1;
        if (w->position == w->capacity) {
            w->position = 0;
            memcpy(f, f + 2, 2 * sizeof(double));
            tp_pair_put(f + 2, now);
            memcpy(f + 4, f + 9, 5 * sizeof(double));
            memset(f + 9, 0, 5 * sizeof(double));
        }
    }
    /* the changes of two numbers as parts of those before, which are replaced; 0 of 0 */
    static inline void tp_returns_push(tp_window *w, const double *x, double *last, int take)
    {
        const tp_pair now = tp_pair_at(x), old = tp_pair_at(last);
        const tp_pair parts = tp_pair_if(old != tp_pair_of(0.0, 0.0), (now - old) / old);
        if (take)
            tp_pair_push(w, parts[0], parts[1]);
        tp_pair_put(last, now);
    }
    /* n**2 * variance of both */
    static inline tp_pair tp_pair_spreads(const tp_window *w)
    {
        const tp_pair sums = tp_pair_at(w->f + 4);
        const tp_pair larger = (double)w->capacity * tp_pair_at(w->f + 6);
        const tp_pair gap = larger - sums * sums;
        return tp_pair_if(gap > TP_WINDOW_NOISE * larger, gap);
    }
    static inline double tp_pair_both(const tp_window *w)
    { const tp_pair spreads = tp_pair_spreads(w); return spreads[0] * spreads[1]; }
    """
    # take a pair; f: anchors, next anchors, sums of x, y, xx, yy, xy, and the fresh ones
    void pair_push "tp_pair_push" (tp_window* w, double x, double y) noexcept nogil

    # take, if at all, the returns of x[0] and x[1] since the numbers in `last`, which they replace
    void returns_push "tp_returns_push" (
        tp_window* w, const double* x, double* last, bint take
    ) noexcept nogil

    # n**2 * variance of x, times that of y
    double pair_both "tp_pair_both" (const tp_window* w) noexcept nogil


cdef inline double pair_cross(const tp_window* w) noexcept nogil:
    """n**2 * covariance."""
    return <double>w.capacity * w.f[8] - w.f[4] * w.f[5]


cdef inline double pair_correlation(const tp_window* w) noexcept nogil:
    """Pearson's; 0 when one of them does not move."""
    cdef double both = pair_both(w)
    return pair_cross(w) / sqrt(both) if both > 0.0 else 0.0


cdef inline double pair_slope(const tp_window* w) noexcept nogil:
    """Of y on x by least squares; 0 when x does not move."""
    cdef double spread = apart(<double>w.capacity * w.f[6], w.f[4] * w.f[4])
    return pair_cross(w) / spread if spread > 0.0 else 0.0
