"""Many symbols side by side: what the row forms of indicators are made of.

A row holds one number of each symbol at one time, the rows before it lie before it in memory, and
the state is an array by symbol. Symbols do not wait for each other, so every loop takes as many at
once as a register holds, in the order of the steps: the bits are theirs. Worst case: few symbols,
for which a call a row costs more than its loop.
"""

from libc.stdint cimport int64_t
from libc.string cimport memcpy
from tickpath.core.records cimport tp_indicator
from tickpath.hot.features.passes cimport all_within

cdef extern from *:
    """
    #include <string.h>
    typedef struct tp_across {
        const tp_indicator *s;        /* period and constants */
        Py_ssize_t symbols;
        int64_t count;                /* rows taken, this one included */
        const double *x[4];           /* this row of each input */
        double *out;                  /* written once warm */
        double *f[12];                /* state by symbol, zeros at first */
    } tp_across;

    #define TP_ROW(name, parameters, arguments, ...) \\
        TP_LOOP(name, parameters, __VA_ARGS__) \\
        static inline void tp_##name parameters { TP_TWICE(name arguments); }
    #define TP_IN const double *restrict
    #define TP_OUT double *restrict
    #define TP_N Py_ssize_t count

    TP_ROW(row_average, (TP_OUT e, TP_IN x, double alpha, TP_N), (e, x, alpha, count),
        e[k] += alpha * (x[k] - e[k]);)
    TP_ROW(row_add, (TP_OUT e, TP_IN x, TP_N), (e, x, count), e[k] += x[k];)
    TP_ROW(row_mean, (TP_OUT e, TP_IN x, double n, TP_N), (e, x, n, count),
        e[k] = (e[k] + x[k]) / n;)
    TP_ROW(row_total, (TP_OUT total, TP_OUT fresh, TP_IN x, TP_IN old, TP_N),
        (total, fresh, x, old, count),
        total[k] += x[k] - old[k]; fresh[k] += x[k];)
    TP_ROW(row_turn, (TP_OUT total, TP_OUT fresh, TP_N), (total, fresh, count),
        total[k] = fresh[k]; fresh[k] = 0.0;)
    TP_ROW(row_quotient, (TP_OUT out, TP_IN x, double n, TP_N), (out, x, n, count),
        out[k] = x[k] / n;)
    TP_ROW(row_less, (TP_OUT out, TP_IN x, TP_IN y, TP_N), (out, x, y, count),
        out[k] = x[k] - y[k];)
    TP_ROW(row_growth, (TP_OUT out, TP_IN x, TP_IN old, TP_N), (out, x, old, count),
        double rate = 100.0 * (x[k] / old[k] - 1.0); out[k] = old[k] != 0.0 ? rate : 0.0;)
    TP_ROW(row_part, (TP_OUT out, TP_IN x, TP_IN y, TP_N), (out, x, y, count),
        double part = 100.0 * x[k] / y[k]; out[k] = y[k] != 0.0 ? part : 0.0;)
    TP_ROW(row_twice, (TP_OUT out, TP_IN x, TP_IN y, TP_N), (out, x, y, count),
        out[k] = 2.0 * x[k] - y[k];)
    TP_ROW(row_thrice, (TP_OUT out, TP_IN x, TP_IN y, TP_IN z, TP_N), (out, x, y, z, count),
        out[k] = 3.0 * x[k] - 3.0 * y[k] + z[k];)

    TP_ROW(row_weigh_first,
        (TP_OUT weighted, TP_OUT fresh, TP_IN x, double place, TP_N),
        (weighted, fresh, x, place, count),
        weighted[k] += place * x[k]; fresh[k] += place * x[k];)
    TP_ROW(row_weigh,
        (TP_OUT weighted, TP_OUT fresh, TP_IN total, TP_IN x, double n, double place, TP_N),
        (weighted, fresh, total, x, n, place, count),
        weighted[k] += n * x[k] - total[k]; fresh[k] += place * x[k];)

    #define TP_SUMS TP_OUT anchor, TP_OUT next, TP_OUT total, TP_OUT squares, TP_OUT fresh, \\
        TP_OUT fresh_squares
    #define TP_SUMS_OF anchor, next, total, squares, fresh, fresh_squares
    #define TP_COME(leaving) \\
        double gone = leaving, coming = x[k] - anchor[k], after = x[k] - next[k]; \\
        total[k] += coming - gone; \\
        squares[k] += coming * coming - gone * gone; \\
        fresh[k] += after; \\
        fresh_squares[k] += after * after;
    TP_ROW(row_moments_first, (TP_SUMS, TP_IN x, TP_N), (TP_SUMS_OF, x, count), TP_COME(0.0))
    TP_ROW(row_moments, (TP_SUMS, TP_IN x, TP_IN old, TP_N), (TP_SUMS_OF, x, old, count),
        TP_COME(old[k] - anchor[k]))
    TP_ROW(row_moments_turn, (TP_SUMS, TP_IN x, TP_N), (TP_SUMS_OF, x, count),
        anchor[k] = next[k];
        next[k] = x[k];
        total[k] = fresh[k];
        squares[k] = fresh_squares[k];
        fresh[k] = 0.0;
        fresh_squares[k] = 0.0;)
    #define TP_RADICAND \\
        double larger = n * squares[k], gap = larger - total[k] * total[k]; \\
        double radicand = gap > TP_WINDOW_NOISE * larger ? gap : 0.0;
    TP_ROW(row_variance, (TP_OUT out, TP_IN total, TP_IN squares, double n, double share, TP_N),
        (out, total, squares, n, share, count), TP_RADICAND out[k] = radicand * share;)
    TP_ROW(row_root, (TP_OUT x, TP_N), (x, count), x[k] = sqrt(x[k]);)
    TP_ROW(row_times, (TP_OUT x, double share, TP_N), (x, share, count), x[k] = x[k] * share;)
    TP_ROW(row_band,
        (TP_OUT out, TP_IN anchor, TP_IN total, double n, double width, double share, TP_N),
        (out, anchor, total, n, width, share, count),
        out[k] = (total[k] + n * anchor[k] + width * out[k]) * share;)
    TP_ROW(row_above,
        (TP_OUT out, TP_IN anchor, TP_IN total, TP_IN x, double n, double width, double middle,
         TP_N),
        (out, anchor, total, x, n, width, middle, count),
        double reach = width * out[k];
        double above = middle + (n * (x[k] - anchor[k]) - total[k]) / reach;
        out[k] = reach > 0.0 ? above : middle;)

    #define TP_MOVES \\
        double change = x[k] - last[k], up = change > 0.0 ? change : 0.0, down = up - change; \\
        last[k] = x[k];
    TP_ROW(row_moves_first,
        (TP_OUT last, TP_OUT ups, TP_OUT downs, TP_OUT gain, TP_OUT loss, TP_IN x, double alpha,
         TP_N),
        (last, ups, downs, gain, loss, x, alpha, count),
        TP_MOVES
        ups[k] += up;
        downs[k] += down;
        gain[k] = ups[k] * alpha;
        loss[k] = downs[k] * alpha;)
    TP_ROW(row_moves, (TP_OUT last, TP_OUT gain, TP_OUT loss, TP_IN x, double alpha, TP_N),
        (last, gain, loss, x, alpha, count),
        TP_MOVES
        gain[k] += (up - gain[k]) * alpha;
        loss[k] += (down - loss[k]) * alpha;)
    TP_ROW(row_strength, (TP_OUT out, TP_IN gain, TP_IN loss, TP_N), (out, gain, loss, count),
        double total = gain[k] + loss[k], share = 100.0 * gain[k] / total;
        out[k] = total > 0.0 ? share : 50.0;)
    TP_ROW(row_balance, (TP_OUT out, TP_IN gain, TP_IN loss, TP_N), (out, gain, loss, count),
        double total = gain[k] + loss[k], share = 100.0 * (gain[k] - loss[k]) / total;
        out[k] = total > 0.0 ? share : 0.0;)

    TP_ROW(row_reach, (TP_OUT out, TP_IN high, TP_IN low, TP_IN old, TP_N),
        (out, high, low, old, count),
        double upper = high[k] > old[k] ? high[k] : old[k];
        double lower = low[k] < old[k] ? low[k] : old[k];
        out[k] = upper - lower;)
    """
    ctypedef struct tp_across:
        const tp_indicator* s
        Py_ssize_t symbols
        int64_t count
        const double* x[4]
        double* out
        double* f[12]

    void row_average "tp_row_average" (
        double* e, const double* x, double alpha, Py_ssize_t n) noexcept nogil
    void row_add "tp_row_add" (double* e, const double* x, Py_ssize_t n) noexcept nogil
    void row_mean "tp_row_mean" (
        double* e, const double* x, double n, Py_ssize_t count) noexcept nogil
    void row_total "tp_row_total" (
        double* total, double* fresh, const double* x, const double* old, Py_ssize_t n
    ) noexcept nogil
    void row_turn "tp_row_turn" (double* total, double* fresh, Py_ssize_t n) noexcept nogil
    void row_quotient "tp_row_quotient" (
        double* out, const double* x, double n, Py_ssize_t count) noexcept nogil
    void row_less "tp_row_less" (
        double* out, const double* x, const double* y, Py_ssize_t n) noexcept nogil
    void row_growth "tp_row_growth" (
        double* out, const double* x, const double* old, Py_ssize_t n) noexcept nogil
    void row_part "tp_row_part" (
        double* out, const double* x, const double* y, Py_ssize_t n) noexcept nogil
    void row_twice "tp_row_twice" (
        double* out, const double* x, const double* y, Py_ssize_t n) noexcept nogil
    void row_thrice "tp_row_thrice" (
        double* out, const double* x, const double* y, const double* z, Py_ssize_t n
    ) noexcept nogil
    void row_weigh_first "tp_row_weigh_first" (
        double* weighted, double* fresh, const double* x, double place, Py_ssize_t n
    ) noexcept nogil
    void row_weigh "tp_row_weigh" (
        double* weighted, double* fresh, const double* total, const double* x, double n,
        double place, Py_ssize_t count
    ) noexcept nogil
    void row_moments_first "tp_row_moments_first" (
        double* anchor, double* next, double* total, double* squares, double* fresh,
        double* fresh_squares, const double* x, Py_ssize_t n
    ) noexcept nogil
    void row_moments "tp_row_moments" (
        double* anchor, double* next, double* total, double* squares, double* fresh,
        double* fresh_squares, const double* x, const double* old, Py_ssize_t n
    ) noexcept nogil
    void row_moments_turn "tp_row_moments_turn" (
        double* anchor, double* next, double* total, double* squares, double* fresh,
        double* fresh_squares, const double* x, Py_ssize_t n
    ) noexcept nogil
    void row_variance "tp_row_variance" (
        double* out, const double* total, const double* squares, double n, double share,
        Py_ssize_t count
    ) noexcept nogil
    void row_root "tp_row_root" (double* x, Py_ssize_t n) noexcept nogil
    void row_times "tp_row_times" (double* x, double share, Py_ssize_t n) noexcept nogil
    void row_band "tp_row_band" (
        double* out, const double* anchor, const double* total, double n, double width,
        double share, Py_ssize_t count
    ) noexcept nogil
    void row_above "tp_row_above" (
        double* out, const double* anchor, const double* total, const double* x, double n,
        double width, double middle, Py_ssize_t count
    ) noexcept nogil
    void row_moves_first "tp_row_moves_first" (
        double* last, double* ups, double* downs, double* gain, double* loss, const double* x,
        double alpha, Py_ssize_t n
    ) noexcept nogil
    void row_moves "tp_row_moves" (
        double* last, double* gain, double* loss, const double* x, double alpha, Py_ssize_t n
    ) noexcept nogil
    void row_strength "tp_row_strength" (
        double* out, const double* gain, const double* loss, Py_ssize_t n) noexcept nogil
    void row_balance "tp_row_balance" (
        double* out, const double* gain, const double* loss, Py_ssize_t n) noexcept nogil
    void row_reach "tp_row_reach" (
        double* out, const double* high, const double* low, const double* old, Py_ssize_t n
    ) noexcept nogil


cdef inline void row_copy(double* to, const double* x, Py_ssize_t n) noexcept nogil:
    """The same numbers."""
    memcpy(to, x, n * sizeof(double))


cdef inline const double* row_before(const tp_across* a, int j, int64_t rows) noexcept nogil:
    """An input so many rows ago."""
    return a.x[j] - rows * a.symbols


cdef inline void seeded_rows(
    const tp_across* a, double* e, int64_t count, int64_t n, double alpha, const double* x
) noexcept nogil:
    """`seeded` of averages.pxd for each symbol."""
    if count > n:
        row_average(e, x, alpha, a.symbols)
    elif count == n:
        row_mean(e, x, <double>n, a.symbols)
    else:
        row_add(e, x, a.symbols)


cdef inline void total_rows(const tp_across* a, int64_t n) noexcept nogil:
    """`total_push` of the first input. f: total, fresh."""
    if a.count > n:
        row_total(a.f[0], a.f[1], a.x[0], row_before(a, 0, n), a.symbols)
    else:
        row_add(a.f[0], a.x[0], a.symbols)
        row_add(a.f[1], a.x[0], a.symbols)
    if a.count % n == 0:
        row_turn(a.f[0], a.f[1], a.symbols)


cdef inline void weighted_rows(const tp_across* a, int64_t n) noexcept nogil:
    """`weighted_push` of the first input. f: total, fresh, weighted, fresh weighted."""
    cdef double place = <double>((a.count - 1) % n + 1)
    if a.count > n:
        row_weigh(a.f[2], a.f[3], a.f[0], a.x[0], <double>n, place, a.symbols)
    else:
        row_weigh_first(a.f[2], a.f[3], a.x[0], place, a.symbols)
    if a.count % n == 0:
        row_turn(a.f[2], a.f[3], a.symbols)
    total_rows(a, n)


cdef inline void moments_rows(const tp_across* a, int64_t n) noexcept nogil:
    """`moments_push` of the first input, f as there."""
    if a.count == 1:
        row_copy(a.f[0], a.x[0], a.symbols)
        row_copy(a.f[1], a.x[0], a.symbols)
    if a.count > n:
        row_moments(
            a.f[0], a.f[1], a.f[2], a.f[3], a.f[4], a.f[5], a.x[0], row_before(a, 0, n), a.symbols
        )
    else:
        row_moments_first(
            a.f[0], a.f[1], a.f[2], a.f[3], a.f[4], a.f[5], a.x[0], a.symbols
        )
    if a.count % n == 0:
        row_moments_turn(
            a.f[0], a.f[1], a.f[2], a.f[3], a.f[4], a.f[5], a.x[0], a.symbols
        )


cdef inline void spread_rows(const tp_across* a) noexcept nogil:
    """`moments_spread` into the row that goes out."""
    row_variance(a.out, a.f[2], a.f[3], <double>a.s.period, 1.0, a.symbols)
    row_root(a.out, a.symbols)


cdef inline void strength_rows(const tp_across* a) noexcept nogil:
    """`strength_push` of the first input, f as there."""
    if a.count == 1:
        row_copy(a.f[0], a.x[0], a.symbols)
    elif a.count <= a.s.period + 1:
        row_moves_first(
            a.f[0], a.f[1], a.f[2], a.f[3], a.f[4], a.x[0], a.s.p[0], a.symbols
        )
    else:
        row_moves(a.f[0], a.f[3], a.f[4], a.x[0], a.s.p[0], a.symbols)


cdef inline void range_rows(const tp_across* a) noexcept nogil:
    """`average_range` of high, low, close. f: the range, sum of the first, average."""
    cdef double n = <double>a.s.period
    if a.count > 1:
        row_reach(a.f[0], a.x[0], a.x[1], row_before(a, 2, 1), a.symbols)
        if a.count <= a.s.period + 1:
            row_add(a.f[1], a.f[0], a.symbols)
            row_quotient(a.f[2], a.f[1], n, a.symbols)
        else:
            row_average(a.f[2], a.f[0], a.s.p[0], a.symbols)


cdef inline void convergence_rows(const tp_across* a) noexcept nogil:
    """`convergence_push` of the first input. f: fast, slow, signal, line."""
    cdef int64_t fast = <int64_t>a.s.p[0]
    cdef int64_t slow = <int64_t>a.s.p[1]
    if a.count > slow - fast:
        seeded_rows(a, a.f[0], a.count - (slow - fast), fast, a.s.p[3], a.x[0])
    seeded_rows(a, a.f[1], a.count, slow, a.s.p[4], a.x[0])
    row_less(a.f[3], a.f[0], a.f[1], a.symbols)
    if a.count >= slow:
        seeded_rows(a, a.f[2], a.count - slow + 1, <int64_t>a.s.p[2], a.s.p[5], a.f[3])
