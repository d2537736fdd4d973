"""Exponential averages over arrays, eight samples at a time, in another order than the steps.

Of an average that remembers b = 1 - alpha of itself, eight values follow from the one before them
side by side, so that one product and one sum of the eight wait for each other. That rounds
differently: it agrees with the steps to 1e-10. The bits are the same on every CPU.
"""

from tickpath.core.records cimport tp_indicator
from tickpath.hot.features.averages cimport seeded
from tickpath.hot.features.passes cimport INPUT_MAX, all_within

cdef extern from *:
    """
    #pragma GCC push_options
    #pragma GCC optimize ("no-math-errno", "no-tree-slp-vectorize")

    /* eight averages from the one before them, `before` in all places: y[k] += b y[k - 1] +
       b**2 y[k - 2] ... side by side, so that one product and one sum of the eight wait */
    #define TP_SCAN_POWERS \\
        const double b = 1.0 - alpha, b2 = b * b, b4 = b2 * b2, b8 = b4 * b4; \\
        const tp_four powers = {b, b2, b2 * b, b4}, later = b4 * powers, zero = {0}; \\
        const tp_four_bits one_up = {0, 4, 5, 6}, two_up = {0, 0, 4, 5}, third = {3, 3, 3, 3}; \\
        double e = *held; \\
        tp_four before = {e, e, e, e};
    #define TP_SCAN_EIGHT(to) \\
        lo += b * __builtin_shuffle(zero, lo, one_up); \\
        hi += b * __builtin_shuffle(zero, hi, one_up); \\
        lo += b2 * __builtin_shuffle(zero, lo, two_up); \\
        hi += b2 * __builtin_shuffle(zero, hi, two_up); \\
        hi += powers * __builtin_shuffle(lo, third); \\
        TP_PUT(to, lo + powers * before); \\
        TP_PUT((to) + 4, hi + later * before); \\
        before = __builtin_shuffle(hi, third) + b8 * before;

    #define TP_SCAN_TAKES \\
        (double *held, double alpha, const double *x, Py_ssize_t count, double *out)
    #define TP_SCAN_BODY \\
        TP_SCAN_POWERS \\
        Py_ssize_t k = 0; \\
        for (; k + 8 <= count; k += 8) { \\
            tp_four lo = alpha * TP_FOUR(x + k), hi = alpha * TP_FOUR(x + k + 4); \\
            TP_SCAN_EIGHT(out + k) \\
        } \\
        e = before[0]; \\
        for (; k < count; k++) \\
            out[k] = e = b * e + alpha * x[k]; \\
        *held = e;
    static __attribute__((noinline)) void plain_scan TP_SCAN_TAKES { TP_SCAN_BODY }
    static TP_WIDE void wide_scan TP_SCAN_TAKES { TP_SCAN_BODY }
    static inline double tp_scan(
        double e, double alpha, const double *x, Py_ssize_t count, double *out)
    { TP_TWICE(scan(&e, alpha, x, count, out)); return e; }

    /* the same of true ranges, made on the way: memory and sums wait for each other's time */
    #define TP_REACH(more, less, of, k) \\
        tp_four of##_high = TP_FOUR(high + (k)), of##_low = TP_FOUR(low + (k)); \\
        tp_four of##_close = TP_FOUR(close + (k)), of##_old = TP_FOUR(close + (k) - 1); \\
        tp_four of = alpha * (more(of##_high, of##_old) - less(of##_low, of##_old)); \\
        bad |= ~(TP_SIZE(of##_high) + TP_SIZE(of##_low) + TP_SIZE(of##_close) <= limit);
    #define TP_RANGES_TAKES \\
        (double *held, double alpha, const double *high, const double *low, \\
         const double *close, double most, Py_ssize_t count, double *out, int *good)
    #define TP_RANGES_BODY(more, less) \\
        TP_SCAN_POWERS \\
        const tp_four limit = {most, most, most, most}; \\
        tp_four_bits bad = {0}; \\
        Py_ssize_t k = 0; \\
        for (; k + 8 <= count; k += 8) { \\
            __builtin_prefetch(high + k + 128); \\
            __builtin_prefetch(low + k + 128); \\
            __builtin_prefetch(close + k + 128); \\
            TP_REACH(more, less, lo, k) \\
            TP_REACH(more, less, hi, k + 4) \\
            TP_SCAN_EIGHT(out + k) \\
        } \\
        *good = !(bad[0] | bad[1] | bad[2] | bad[3]); \\
        e = before[0]; \\
        for (; k < count; k++) { \\
            double upper = high[k] > close[k - 1] ? high[k] : close[k - 1]; \\
            double lower = low[k] < close[k - 1] ? low[k] : close[k - 1]; \\
            out[k] = e = b * e + alpha * (upper - lower); \\
            *good &= fabs(high[k]) + fabs(low[k]) + fabs(close[k]) <= most; \\
        } \\
        *held = e;
    static __attribute__((noinline)) void plain_scan_ranges TP_RANGES_TAKES
    { TP_RANGES_BODY(TP_MORE, TP_LESS) }
    #if defined(__x86_64__) && defined(__GNUC__)
    static TP_WIDE void wide_scan_ranges TP_RANGES_TAKES
    { TP_RANGES_BODY(TP_WIDE_MORE, TP_WIDE_LESS) }
    #endif
    static inline int tp_scan_ranges(double *held, double alpha, const double *high,
        const double *low, const double *close, double most, Py_ssize_t count, double *out)
    {
        int good;
        TP_TWICE(scan_ranges(held, alpha, high, low, close, most, count, out, &good));
        return good;
    }

    static inline tp_two tp_move(double change)
    {
        tp_two both = {change, -change};
        return (tp_two)((tp_two_bits)both & (both > 0.0));
    }

    /* 100 * up / (up + down), 50 of nothing */
    static inline tp_two tp_share(tp_two up, tp_two down)
    {
        const tp_two fifty = {50.0, 50.0};
        tp_two total = up + down, share = 100.0 * up / total;
        tp_two_bits moved = total > 0.0;
        return (tp_two)(((tp_two_bits)share & moved) | ((tp_two_bits)fifty & ~moved));
    }

    /* gains and losses side by side in one register, both over alpha: only their ratio counts */
    static void tp_strength_over(
        double *held, double alpha, const double *x, Py_ssize_t n, double *restrict out)
    {
        const double b = 1.0 - alpha, b2 = b * b, b3 = b2 * b, b4 = b2 * b2;
        tp_two e = {held[0], held[1]};
        Py_ssize_t k = 0;
        e = e / alpha;
        for (; k + 4 <= n; k += 4) {
            tp_two y0 = tp_move(x[k] - x[k - 1]);
            tp_two y1 = b * y0 + tp_move(x[k + 1] - x[k]);
            tp_two y2 = b * y1 + tp_move(x[k + 2] - x[k + 1]);
            tp_two y3 = b * y2 + tp_move(x[k + 3] - x[k + 2]);
            tp_two e0 = b * e + y0, e1 = b2 * e + y1, e2 = b3 * e + y2;
            e = b4 * e + y3;
            tp_two up = {e0[0], e1[0]}, down = {e0[1], e1[1]};
            tp_two up_next = {e2[0], e[0]}, down_next = {e2[1], e[1]};
            *(tp_two_anywhere *)(out + k) = tp_share(up, down);
            *(tp_two_anywhere *)(out + k + 2) = tp_share(up_next, down_next);
        }
        for (; k < n; k++) {
            e = b * e + tp_move(x[k] - x[k - 1]);
            tp_two up = {e[0], e[0]}, down = {e[1], e[1]};
            out[k] = tp_share(up, down)[0];
        }
        e = e * alpha;
        held[0] = e[0];
        held[1] = e[1];
    }
    #pragma GCC pop_options
    """

    # e += alpha * (x - e), eight samples at a time: only one product and one sum of the eight wait
    # for each other. Differs from the steps in rounding. Returns the last e; out may be x
    double scan "tp_scan" (
        double e, double alpha, const double* x, Py_ssize_t n, double* out
    ) noexcept nogil

    # `scan` of true ranges, with the closes from close[-1] on, from *held on; whether no three
    # numbers of a step together exceed `most`
    bint scan_ranges "tp_scan_ranges" (
        double* held, double alpha, const double* high, const double* low, const double* close,
        double most, Py_ssize_t count, double* out
    ) noexcept nogil

    # 100 * up / (up + down) of the averages of gains and losses from x[-1] on, as `scan` makes
    # them; held: the two averages
    void strength_over "tp_strength_over" (
        double* held, double alpha, const double* x, Py_ssize_t n, double* out
    ) noexcept nogil


cdef inline void scan_less(
    double* e, double alpha, double beta, const double* x, Py_ssize_t n, double* out
) noexcept nogil:
    """The average with `alpha` less that with `beta`, from e[0] and e[1] on, of at most 2 048."""
    cdef double fast[2048]
    cdef Py_ssize_t k
    e[0] = scan(e[0], alpha, x, n, fast)
    e[1] = scan(e[1], beta, x, n, out)
    for k in range(n):
        out[k] = fast[k] - out[k]


cdef inline void seeded_step(tp_indicator* s, double x) noexcept nogil:
    """An average with the constant p[0] that begins with the mean of its period."""
    s.f[0] = seeded(s.f[0], s.count, s.period, s.p[0], x)
    if s.count >= s.period:
        s.value = s.f[0]


cdef inline bint seeded_blocks(
    tp_indicator* s, const double* x, Py_ssize_t first, Py_ssize_t last, double* out
) noexcept nogil:
    """The same over an array; whether all of it is within bounds."""
    cdef Py_ssize_t k = first
    while k < last and k < s.period:
        s.count += 1
        seeded_step(s, x[k])
        out[k] = s.value
        k += 1
    s.f[0] = scan(s.f[0], s.p[0], x + k, last - k, out + k)
    return all_within(x + first, INPUT_MAX, last - first)
