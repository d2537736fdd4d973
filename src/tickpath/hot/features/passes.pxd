"""Passes over arrays that the faster batch forms are made of; the array itself is the ring.

In C, because gcc must leave two things alone: packing the independent sums of a recurrence into
one register, which makes each wait for the other, and the error number of sqrt, which keeps it
from taking several roots at once. Loops without a recurrence are compiled for AVX2 as well, which
runs where the CPU has it. Nothing of this changes a bit of a result: no contraction, no other
order.
"""

from tickpath.core.records cimport tp_window

cdef extern from *:
    """
    #include <math.h>
    #ifndef TP_WINDOW_NOISE
    #define TP_WINDOW_NOISE 0x1p-44
    #endif
    #include <stdint.h>
    #pragma GCC push_options
    #pragma GCC optimize ("no-math-errno", "no-tree-slp-vectorize")

    #if defined(__x86_64__) && defined(__GNUC__)
    #define TP_WIDE __attribute__((target("avx2"), noinline))
    #define TP_TWICE(call) if (__builtin_cpu_supports("avx2")) wide_##call; else plain_##call
    #else
    #define TP_WIDE __attribute__((noinline))
    #define TP_TWICE(call) plain_##call
    #endif

    /* a loop over `count` items, for every CPU and for AVX2 */
    #define TP_LOOP(name, parameters, body) \\
        static __attribute__((noinline)) void plain_##name parameters \\
        { for (Py_ssize_t k = 0; k < count; k++) { body } } \\
        static TP_WIDE void wide_##name parameters \\
        { for (Py_ssize_t k = 0; k < count; k++) { body } }

    TP_LOOP(divide, (double *restrict out, double n, Py_ssize_t count), out[k] = out[k] / n;)
    TP_LOOP(band, (double *restrict out, const double *restrict radicand, double width,
                   double share, Py_ssize_t count),
        out[k] = (out[k] + width * sqrt(radicand[k])) * share;)
    TP_LOOP(ranges, (const double *high, const double *low, const double *before,
                     double *restrict out, Py_ssize_t count),
        double upper = high[k] > before[k] ? high[k] : before[k];
        double lower = low[k] < before[k] ? low[k] : before[k];
        out[k] = upper - lower;)
    TP_LOOP(moves, (const double *x, double *restrict up, double *restrict down, Py_ssize_t count),
        double change = x[k] - x[k - 1];
        double gain = change > 0.0 ? change : 0.0;
        up[k] = gain;
        down[k] = gain - change;)
    TP_LOOP(shares, (const double *restrict up, const double *restrict down, double *restrict out,
                     Py_ssize_t count),
        double total = up[k] + down[k];
        double share = 100.0 * up[k] / total;
        out[k] = total > 0.0 ? share : 50.0;)
    TP_LOOP(count_good, (const double *x, double most, int64_t *restrict good, Py_ssize_t count),
        *good += fabs(x[k]) <= most;)

    static inline void tp_divide(double *out, double n, Py_ssize_t count)
    { TP_TWICE(divide(out, n, count)); }
    static inline void tp_band(
        double *out, const double *radicand, double width, double share, Py_ssize_t count)
    { TP_TWICE(band(out, radicand, width, share, count)); }
    static inline void tp_ranges(const double *high, const double *low, const double *before,
        double *out, Py_ssize_t count)
    { TP_TWICE(ranges(high, low, before, out, count)); }
    static inline void tp_moves(const double *x, double *up, double *down, Py_ssize_t count)
    { TP_TWICE(moves(x, up, down, count)); }
    static inline void tp_shares(
        const double *up, const double *down, double *out, Py_ssize_t count)
    { TP_TWICE(shares(up, down, out, count)); }
    static inline int tp_all_within(const double *x, double most, Py_ssize_t count)
    { int64_t good = 0; TP_TWICE(count_good(x, most, &good, count)); return good == count; }

    static void tp_total_over(
        tp_window *w, const double *x, Py_ssize_t first, Py_ssize_t last, double *restrict out)
    {
        const Py_ssize_t n = w->capacity;
        double total = w->f[0], fresh = w->f[1];
        Py_ssize_t wrap = first + n - w->position;
        for (Py_ssize_t k = first; k < last; ) {
            Py_ssize_t stop = wrap < last ? wrap : last;
            for (; k < stop && k < n; k++) {
                total += x[k];
                fresh += x[k];
                out[k] = total;
            }
            for (; k < stop; k++) {
                total += x[k] - x[k - n];
                fresh += x[k];
                out[k] = total;
            }
            if (k == wrap) {
                total = out[k - 1] = fresh;
                fresh = 0.0;
                wrap += n;
            }
        }
        w->position = last % n;
        w->f[0] = total;
        w->f[1] = fresh;
    }

    static void tp_moments_over(
        tp_window *w, const double *x, Py_ssize_t first, Py_ssize_t last,
        double *restrict whole, double *restrict radicand)
    {
        const Py_ssize_t size = w->capacity;
        const double n = (double)size;
        double anchor = w->f[0], next = w->f[1], total = w->f[2], squares = w->f[3];
        double fresh = w->f[4], fresh_squares = w->f[5];
        Py_ssize_t wrap = first + size - w->position;
        if (first == 0)
            anchor = next = x[0];
        for (Py_ssize_t k = first; k < last; k++) {
            double leaving = k >= size ? x[k - size] - anchor : 0.0;
            double coming = x[k] - anchor, after = x[k] - next;
            total += coming - leaving;
            squares += coming * coming - leaving * leaving;
            fresh += after;
            fresh_squares += after * after;
            if (k + 1 == wrap) {
                wrap += size;
                anchor = next;
                next = x[k];
                total = fresh;
                squares = fresh_squares;
                fresh = 0.0;
                fresh_squares = 0.0;
            }
            whole[k - first] = total + n * anchor;
            double larger = n * squares, gap = larger - total * total;
            radicand[k - first] = gap > TP_WINDOW_NOISE * larger ? gap : 0.0;
        }
        w->position = last % size;
        w->f[0] = anchor;
        w->f[1] = next;
        w->f[2] = total;
        w->f[3] = squares;
        w->f[4] = fresh;
        w->f[5] = fresh_squares;
    }

    static double tp_scan(double e, double alpha, const double *x, Py_ssize_t n, double *out)
    {
        const double b = 1.0 - alpha, b2 = b * b, b3 = b2 * b, b4 = b2 * b2;
        Py_ssize_t k = 0;
        for (; k + 4 <= n; k += 4) {
            double y0 = alpha * x[k];
            double y1 = b * y0 + alpha * x[k + 1];
            double y2 = b * y1 + alpha * x[k + 2];
            double y3 = b * y2 + alpha * x[k + 3];
            out[k] = b * e + y0;
            out[k + 1] = b2 * e + y1;
            out[k + 2] = b3 * e + y2;
            e = b4 * e + y3;
            out[k + 3] = e;
        }
        for (; k < n; k++)
            out[k] = e = b * e + alpha * x[k];
        return e;
    }
    #pragma GCC pop_options
    """

    # the sums of windows that end at first .. last - 1, with the bits of total_push
    void total_over "tp_total_over" (
        tp_window* w, const double* x, Py_ssize_t first, Py_ssize_t last, double* out
    ) noexcept nogil

    # n * mean and (n * deviation) ** 2 of the same, with the bits of moments_push
    void moments_over "tp_moments_over" (
        tp_window* w, const double* x, Py_ssize_t first, Py_ssize_t last, double* whole,
        double* radicand
    ) noexcept nogil

    # out / n in place
    void divide "tp_divide" (double* out, double n, Py_ssize_t count) noexcept nogil

    # (out + width * sqrt(radicand)) * share in place
    void band "tp_band" (
        double* out, const double* radicand, double width, double share, Py_ssize_t count
    ) noexcept nogil

    # true ranges, `before` the closes of the bars before
    void ranges "tp_ranges" (
        const double* high, const double* low, const double* before, double* out, Py_ssize_t count
    ) noexcept nogil

    # gains and losses from x[-1] on
    void moves "tp_moves" (
        const double* x, double* up, double* down, Py_ssize_t count
    ) noexcept nogil

    # 100 * up / (up + down), 50 of nothing
    void shares "tp_shares" (
        const double* up, const double* down, double* out, Py_ssize_t count
    ) noexcept nogil

    # whether no number is NaN or larger than `most`
    bint all_within "tp_all_within" (const double* x, double most, Py_ssize_t count) noexcept nogil

    # e += alpha * (x - e), four samples at a time: only one product and one sum of the four wait
    # for each other. Differs from the steps in rounding. Returns the last e; out may be x
    double scan "tp_scan" (
        double e, double alpha, const double* x, Py_ssize_t n, double* out
    ) noexcept nogil
