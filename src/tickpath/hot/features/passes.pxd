"""Passes over arrays that the faster batch forms are made of; the array itself is the ring.

In C, because gcc takes no four square roots at once by itself (the error number of sqrt is in its
way) and packs sums of a recurrence that should stay apart. Loops without a recurrence are compiled
for AVX2 as well, which runs where the CPU has it. Nothing of this changes a bit of a result: no
contraction, no other order.
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

    typedef double tp_four __attribute__((vector_size(32)));
    typedef double tp_four_anywhere __attribute__((vector_size(32), aligned(8)));
    typedef int64_t tp_four_bits __attribute__((vector_size(32)));
    #define TP_FOUR(x) (*(const tp_four_anywhere *)(x))
    #define TP_PUT(x, v) (*(tp_four_anywhere *)(x) = (v))

    #define TP_FOUR_IF(when, yes, no) \\
        ((tp_four)(((when) & (tp_four_bits)(yes)) | (~(when) & (tp_four_bits)(no))))
    #define TP_MORE(a, b) TP_FOUR_IF((a) > (b), a, b)
    #define TP_LESS(a, b) TP_FOUR_IF((a) < (b), a, b)
    #define TP_SIZE(x) ((tp_four)((tp_four_bits)(x) & INT64_MAX))
    #if defined(__x86_64__) && defined(__GNUC__)
    #include <immintrin.h>
    #define TP_WIDE_MORE(a, b) ((tp_four)_mm256_max_pd((__m256d)(a), (__m256d)(b)))
    #define TP_WIDE_LESS(a, b) ((tp_four)_mm256_min_pd((__m256d)(a), (__m256d)(b)))
    #define TP_WIDE_ROOT(x) ((tp_four)_mm256_sqrt_pd((__m256d)(x)))
    #endif
    #define TP_ROOT(x) ((tp_four){sqrt((x)[0]), sqrt((x)[1]), sqrt((x)[2]), sqrt((x)[3])})

    /* n * deviation, of four windows and of one; gcc takes no several roots at once by itself */
    #define TP_DEVIATIONS(root) \\
        tp_four larger = n * TP_FOUR(squares + k); \\
        tp_four gap = larger - TP_FOUR(total + k) * TP_FOUR(total + k); \\
        gap = TP_FOUR_IF(gap > TP_WINDOW_NOISE * larger, gap, (tp_four){0}); \\
        tp_four reach = width * root(gap);
    static inline double tp_deviation(double n, double total, double squares)
    {
        double larger = n * squares, gap = larger - total * total;
        return sqrt(gap > TP_WINDOW_NOISE * larger ? gap : 0.0);
    }

    #define TP_BAND_TAKES (double *restrict out, const double *restrict total, \\
        const double *restrict squares, double n, double width, double share, Py_ssize_t count)
    #define TP_BAND_BODY(root) \\
        Py_ssize_t k = 0; \\
        for (; k + 4 <= count; k += 4) { \\
            TP_DEVIATIONS(root) \\
            TP_PUT(out + k, (TP_FOUR(out + k) + reach) * share); \\
        } \\
        for (; k < count; k++) \\
            out[k] = (out[k] + width * tp_deviation(n, total[k], squares[k])) * share;
    #define TP_BANDS_TAKES (double *restrict upper, double *restrict middle, \\
        double *restrict lower, const double *restrict total, const double *restrict squares, \\
        double n, double width, double share, Py_ssize_t count)
    #define TP_BANDS_BODY(root) \\
        Py_ssize_t k = 0; \\
        for (; k + 4 <= count; k += 4) { \\
            TP_DEVIATIONS(root) \\
            tp_four whole = TP_FOUR(middle + k); \\
            TP_PUT(upper + k, (whole + reach) * share); \\
            TP_PUT(lower + k, (whole - reach) * share); \\
            TP_PUT(middle + k, whole * share); \\
        } \\
        for (; k < count; k++) { \\
            double whole = middle[k], reach = width * tp_deviation(n, total[k], squares[k]); \\
            upper[k] = (whole + reach) * share; \\
            lower[k] = (whole - reach) * share; \\
            middle[k] = whole * share; \\
        }
    static __attribute__((noinline)) void plain_band TP_BAND_TAKES { TP_BAND_BODY(TP_ROOT) }
    static __attribute__((noinline)) void plain_bands TP_BANDS_TAKES { TP_BANDS_BODY(TP_ROOT) }
    #if defined(__x86_64__) && defined(__GNUC__)
    static TP_WIDE void wide_band TP_BAND_TAKES { TP_BAND_BODY(TP_WIDE_ROOT) }
    static TP_WIDE void wide_bands TP_BANDS_TAKES { TP_BANDS_BODY(TP_WIDE_ROOT) }
    #endif

    /* a loop over `count` items, for every CPU and for AVX2 */
    #define TP_LOOP(name, parameters, ...) \\
        static __attribute__((noinline)) void plain_##name parameters \\
        { for (Py_ssize_t k = 0; k < count; k++) { __VA_ARGS__ } } \\
        static TP_WIDE void wide_##name parameters \\
        { for (Py_ssize_t k = 0; k < count; k++) { __VA_ARGS__ } }

    TP_LOOP(count_good, (const double *x, double most, int64_t *restrict good, Py_ssize_t count),
        *good += fabs(x[k]) <= most;)

    static inline void tp_band(
        double *out, const double *total, const double *squares, double n, double width,
        double share, Py_ssize_t count)
    { TP_TWICE(band(out, total, squares, n, width, share, count)); }
    static inline void tp_bands(double *upper, double *middle, double *lower,
        const double *total, const double *squares, double n, double width, double share,
        Py_ssize_t count)
    { TP_TWICE(bands(upper, middle, lower, total, squares, n, width, share, count)); }
    static inline int tp_all_within(const double *x, double most, Py_ssize_t count)
    { int64_t good = 0; TP_TWICE(count_good(x, most, &good, count)); return good == count; }

    typedef double tp_two __attribute__((vector_size(16)));
    typedef double tp_two_anywhere __attribute__((vector_size(16), aligned(8)));
    typedef int64_t tp_two_bits __attribute__((vector_size(16)));

    /* two sums are divided at once, while the next ones add up */
    #define TP_MEANS(leaving_0, leaving_1) \\
        for (; k + 2 <= stop; k += 2) { \\
            double one = total + (x[k] - leaving_0); \\
            total = one + (x[k + 1] - leaving_1); \\
            fresh += x[k]; \\
            fresh += x[k + 1]; \\
            *(tp_two_anywhere *)(out + k) = (tp_two){one, total} / n; \\
        } \\
        if (k < stop) { \\
            total += x[k] - leaving_0; \\
            fresh += x[k]; \\
            out[k++] = total / n; \\
        }
    static void tp_means_over(
        tp_window *w, const double *x, Py_ssize_t first, Py_ssize_t last, double *restrict out)
    {
        const Py_ssize_t size = w->capacity;
        const double n = (double)size;
        double total = w->f[0], fresh = w->f[1];
        Py_ssize_t wrap = first + size - w->position;
        for (Py_ssize_t k = first; k < last; ) {
            const Py_ssize_t stop = wrap < last ? wrap : last;
            if (k < size) {
                TP_MEANS(0.0, 0.0)
            } else {
                TP_MEANS(x[k - size], x[k + 1 - size])
            }
            if (k == wrap) {
                total = fresh;
                out[k - 1] = total / n;
                fresh = 0.0;
                wrap += size;
            }
        }
        w->position = last % size;
        w->f[0] = total;
        w->f[1] = fresh;
    }

    /* the sums of this window and of the next go side by side in one register */
    #define TP_MOMENTS(leaving) \\
        tp_two gone = {leaving, 0.0}, away = (tp_two){x[k], x[k]} - anchors; \\
        totals += away - gone; \\
        squares += away * away - gone * gone; \\
        whole[k - first] = totals[0] + base; \\
        all_totals[k - first] = totals[0]; \\
        all_squares[k - first] = squares[0];
    static void tp_moments_over(
        tp_window *w, const double *x, Py_ssize_t first, Py_ssize_t last, double *restrict whole,
        double *restrict all_totals, double *restrict all_squares)
    {
        const Py_ssize_t size = w->capacity;
        const double n = (double)size;
        tp_two anchors = {w->f[0], w->f[1]};
        tp_two totals = {w->f[2], w->f[4]}, squares = {w->f[3], w->f[5]};
        if (first == 0)
            anchors = (tp_two){x[0], x[0]};
        double base = n * anchors[0];
        Py_ssize_t wrap = first + size - w->position;
        for (Py_ssize_t k = first; k < last; ) {
            const Py_ssize_t stop = wrap < last ? wrap : last;
            const double anchor = anchors[0];
            if (k < size)
                for (; k < stop; k++) {
                    TP_MOMENTS(0.0)
                }
            else
                for (; k < stop; k++) {
                    TP_MOMENTS(x[k - size] - anchor)
                }
            if (k == wrap) {
                wrap += size;
                anchors = (tp_two){anchors[1], x[k - 1]};
                totals = (tp_two){totals[1], 0.0};
                squares = (tp_two){squares[1], 0.0};
                base = n * anchors[0];
                whole[k - 1 - first] = totals[0] + base;
                all_totals[k - 1 - first] = totals[0];
                all_squares[k - 1 - first] = squares[0];
            }
        }
        w->position = last % size;
        w->f[0] = anchors[0];
        w->f[1] = anchors[1];
        w->f[2] = totals[0];
        w->f[3] = squares[0];
        w->f[4] = totals[1];
        w->f[5] = squares[1];
    }
    #pragma GCC pop_options
    """

    # the means of windows that end at first .. last - 1, with the bits of total_push
    void means_over "tp_means_over" (
        tp_window* w, const double* x, Py_ssize_t first, Py_ssize_t last, double* out
    ) noexcept nogil

    # n * mean of the same, and both sums about the anchor, with the bits of moments_push
    void moments_over "tp_moments_over" (
        tp_window* w, const double* x, Py_ssize_t first, Py_ssize_t last, double* whole,
        double* total, double* squares
    ) noexcept nogil

    # numbers beyond are not stepped over, see spec.py
    const double INPUT_MAX "TP_INDICATOR_INPUT_MAX"

    # (out + width * n * deviation) * share in place
    void band "tp_band" (
        double* out, const double* total, const double* squares, double n, double width,
        double share, Py_ssize_t count
    ) noexcept nogil

    # upper, middle and lower band; middle comes in as n * mean
    void bands "tp_bands" (
        double* upper, double* middle, double* lower, const double* total,
        const double* squares, double n, double width, double share, Py_ssize_t count
    ) noexcept nogil

    # whether no number is NaN or larger than `most`
    bint all_within "tp_all_within" (const double* x, double most, Py_ssize_t count) noexcept nogil
