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
    #define TP_INDICATOR_INPUT_MAX 0x1p200
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
    #define TP_ROOT(n, total, squares) \\
        double larger = n * squares, gap = larger - total * total; \\
        double root = sqrt(gap > TP_WINDOW_NOISE * larger ? gap : 0.0);

    TP_LOOP(band, (double *restrict out, const double *restrict total,
                   const double *restrict squares, double n, double width, double share,
                   Py_ssize_t count),
        TP_ROOT(n, total[k], squares[k])
        out[k] = (out[k] + width * root) * share;)
    TP_LOOP(ranges, (const double *high, const double *low, const double *close, double most,
                     double *restrict out, int64_t *restrict good, Py_ssize_t count),
        double upper = high[k] > close[k - 1] ? high[k] : close[k - 1];
        double lower = low[k] < close[k - 1] ? low[k] : close[k - 1];
        out[k] = upper - lower;
        *good += fabs(high[k]) + fabs(low[k]) + fabs(close[k]) <= most;)
    TP_LOOP(bands, (double *restrict upper, double *restrict middle, double *restrict lower,
                    const double *restrict total, const double *restrict squares, double n,
                    double width, double share, Py_ssize_t count),
        TP_ROOT(n, total[k], squares[k])
        double whole = middle[k];
        double reach = width * root;
        upper[k] = (whole + reach) * share;
        lower[k] = (whole - reach) * share;
        middle[k] = whole * share;)
    TP_LOOP(count_good, (const double *x, double most, int64_t *restrict good, Py_ssize_t count),
        *good += fabs(x[k]) <= most;)

    static inline void tp_divide(double *out, double n, Py_ssize_t count)
    { TP_TWICE(divide(out, n, count)); }
    static inline void tp_band(
        double *out, const double *total, const double *squares, double n, double width,
        double share, Py_ssize_t count)
    { TP_TWICE(band(out, total, squares, n, width, share, count)); }
    static inline int tp_ranges(const double *high, const double *low, const double *close,
        double most, double *out, Py_ssize_t count)
    {
        int64_t good = 0;
        TP_TWICE(ranges(high, low, close, most, out, &good, count));
        return good == count;
    }
    static inline void tp_bands(double *upper, double *middle, double *lower,
        const double *total, const double *squares, double n, double width, double share,
        Py_ssize_t count)
    { TP_TWICE(bands(upper, middle, lower, total, squares, n, width, share, count)); }
    static inline int tp_all_within(const double *x, double most, Py_ssize_t count)
    { int64_t good = 0; TP_TWICE(count_good(x, most, &good, count)); return good == count; }

    /* the items at first .. of so many arrays, those of one place behind each other */
    static void tp_interleave(
        const double **x, Py_ssize_t first, Py_ssize_t count, int width, double *restrict to)
    {
        const double *a = x[0] + first, *b = x[1] + first;
        if (width == 2)
            for (Py_ssize_t k = 0; k < count; k++, to += 2)
                to[0] = a[k], to[1] = b[k];
        else if (width == 3)
            for (const double *c = x[2] + first, *end = a + count; a < end; to += 3)
                to[0] = *a++, to[1] = *b++, to[2] = *c++;
        else
            for (int j = 0; j < width; j += 2) {
                const double *odd = x[j + 1 < width ? j + 1 : j] + first;
                double *place = to + j;
                a = x[j] + first;
                if (j + 1 == width)
                    for (Py_ssize_t k = 0; k < count; k++)
                        place[k * width] = a[k];
                else
                    for (Py_ssize_t k = 0; k < count; k++)
                        place[k * width] = a[k], place[k * width + 1] = odd[k];
            }
    }

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
        tp_window *w, const double *x, Py_ssize_t first, Py_ssize_t last, double *restrict whole,
        double *restrict totals, double *restrict all_squares)
    {
        const Py_ssize_t size = w->capacity;
        const double n = (double)size;
        double anchor = w->f[0], next = w->f[1], total = w->f[2], squares = w->f[3];
        double fresh = w->f[4], fresh_squares = w->f[5];
        if (first == 0)
            anchor = next = x[0];
        double base = n * anchor;
        Py_ssize_t wrap = first + size - w->position;
        for (Py_ssize_t k = first; k < last; ) {
            const Py_ssize_t stop = wrap < last ? wrap : last;
            for (; k < stop; k++) {
                double leaving = k >= size ? x[k - size] - anchor : 0.0;
                double coming = x[k] - anchor, after = x[k] - next;
                total += coming - leaving;
                squares += coming * coming - leaving * leaving;
                fresh += after;
                fresh_squares += after * after;
                whole[k - first] = total + base;
                totals[k - first] = total;
                all_squares[k - first] = squares;
            }
            if (k == wrap) {
                wrap += size;
                anchor = next;
                next = x[k - 1];
                base = n * anchor;
                total = fresh;
                squares = fresh_squares;
                fresh = 0.0;
                fresh_squares = 0.0;
                whole[k - 1 - first] = total + base;
                totals[k - 1 - first] = total;
                all_squares[k - 1 - first] = squares;
            }
        }
        w->position = last % size;
        w->f[0] = anchor;
        w->f[1] = next;
        w->f[2] = total;
        w->f[3] = squares;
        w->f[4] = fresh;
        w->f[5] = fresh_squares;
    }

    typedef double tp_two __attribute__((vector_size(16)));
    typedef double tp_two_anywhere __attribute__((vector_size(16), aligned(8)));
    typedef int64_t tp_two_bits __attribute__((vector_size(16)));

    static inline __attribute__((always_inline)) double tp_scan_body(
        double e, double alpha, const double *x, Py_ssize_t n, double *out,
        const double *const *ahead, int streams)
    {
        const double b = 1.0 - alpha, b2 = b * b;
        const tp_two near = {b, b2}, far = {b2 * b, b2 * b2};
        Py_ssize_t k = 0;
        for (; k + 4 <= n; k += 4) {
            for (int j = 0; j < streams; j++)
                __builtin_prefetch(ahead[j] + k);
            tp_two x01 = alpha * *(const tp_two_anywhere *)(x + k);
            tp_two x23 = alpha * *(const tp_two_anywhere *)(x + k + 2);
            tp_two even = {x01[0], x23[0]}, odd = {x01[1], x23[1]};
            odd += b * even;
            tp_two y01 = {even[0], odd[0]}, y23 = {even[1], odd[1]};
            y23 += near * odd[0];
            y01 += near * e;
            y23 += far * e;
            *(tp_two_anywhere *)(out + k) = y01;
            *(tp_two_anywhere *)(out + k + 2) = y23;
            e = y23[1];
        }
        for (; k < n; k++)
            out[k] = e = b * e + alpha * x[k];
        return e;
    }

    static double tp_scan(double e, double alpha, const double *x, Py_ssize_t n, double *out)
    {
        return tp_scan_body(e, alpha, x, n, out, 0, 0);
    }

    /* while the sums wait, the next chunk of three arrays comes in */
    static double tp_scan_ahead(double e, double alpha, const double *x, Py_ssize_t n, double *out,
        const double *a, const double *b, const double *c)
    {
        const double *const ahead[3] = {a, b, c};
        return tp_scan_body(e, alpha, x, n, out, ahead, 3);
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

    # the sums of windows that end at first .. last - 1, with the bits of total_push
    void total_over "tp_total_over" (
        tp_window* w, const double* x, Py_ssize_t first, Py_ssize_t last, double* out
    ) noexcept nogil

    # n * mean of the same, and both sums about the anchor, with the bits of moments_push
    void moments_over "tp_moments_over" (
        tp_window* w, const double* x, Py_ssize_t first, Py_ssize_t last, double* whole,
        double* total, double* squares
    ) noexcept nogil

    # numbers beyond are not stepped over, see spec.py
    const double INPUT_MAX "TP_INDICATOR_INPUT_MAX"

    # out / n in place
    void divide "tp_divide" (double* out, double n, Py_ssize_t count) noexcept nogil

    # (out + width * n * deviation) * share in place
    void band "tp_band" (
        double* out, const double* total, const double* squares, double n, double width,
        double share, Py_ssize_t count
    ) noexcept nogil

    # true ranges, with the closes from close[-1] on; whether no three together exceed `most`
    bint ranges "tp_ranges" (
        const double* high, const double* low, const double* close, double most, double* out,
        Py_ssize_t count
    ) noexcept nogil

    # upper, middle and lower band; middle comes in as n * mean
    void bands "tp_bands" (
        double* upper, double* middle, double* lower, const double* total,
        const double* squares, double n, double width, double share, Py_ssize_t count
    ) noexcept nogil

    # whether no number is NaN or larger than `most`
    bint all_within "tp_all_within" (const double* x, double most, Py_ssize_t count) noexcept nogil

    # items first .. first + count of `width` arrays, those of one place behind each other
    void interleave "tp_interleave" (
        const double** x, Py_ssize_t first, Py_ssize_t count, int width, double* to
    ) noexcept nogil

    # e += alpha * (x - e), four samples at a time: only one product and one sum of the four wait
    # for each other. Differs from the steps in rounding. Returns the last e; out may be x
    double scan "tp_scan" (
        double e, double alpha, const double* x, Py_ssize_t n, double* out
    ) noexcept nogil

    # `scan`, while what lies at three places is brought into the cache; they need not be readable
    double scan_ahead "tp_scan_ahead" (
        double e, double alpha, const double* x, Py_ssize_t n, double* out, const double* a,
        const double* b, const double* c
    ) noexcept nogil

    # 100 * up / (up + down) of the averages of gains and losses from x[-1] on, as `scan` makes
    # them; held: the two averages
    void strength_over "tp_strength_over" (
        double* held, double alpha, const double* x, Py_ssize_t n, double* out
    ) noexcept nogil
