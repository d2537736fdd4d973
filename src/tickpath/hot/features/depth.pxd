"""What indicators of several book levels share: twin of depth.py.

Both sides of the book go side by side in one register. Worst case: 10 levels, for the slope each a
logarithm and two divisions for the two sides together.
"""

from libc.stdint cimport int64_t
from tickpath.hot.features.functions cimport own_log_ratio
from tickpath.hot.features.passes cimport INPUT_MAX

cdef extern from *:
    """
    typedef uint64_t tp_four_counts __attribute__((vector_size(32)));

    static inline double tp_excess(const double *x, int64_t n, double before)
    {
        tp_pair total = {0.0, 0.0};
        for (int64_t k = 0; k < n; k++)
            total += tp_pair_of(x[k], x[n + k]);
        const double all = total[0] + total[1], gap = total[0] - total[1];
        return all > 0.0 ? gap / all : before;
    }

    /* `before`: bid, opposite of the ask, and both quantities of each level, one event ago */
    static inline double tp_flow_of_levels(const double *x, int64_t n, double *before)
    {
        const tp_pair_bits sign = {0, INT64_MIN};
        tp_pair total = {0.0, 0.0};
        for (int64_t k = 0; k < n; k++, before += 4) {
            const tp_pair quantity = {x[n + k], x[3 * n + k]};
            const tp_pair_bits there = (quantity > 0.0) | (tp_pair_bits){-1, 0};
            tp_pair price = tp_pair_of(x[k], x[2 * n + k]);
            price = tp_pair_else(
                there, (tp_pair)((tp_pair_bits)price ^ sign),
                tp_pair_of(0.0, -TP_INDICATOR_INPUT_MAX));
            const tp_pair old = tp_pair_at(before);
            total += tp_pair_if(price >= old, quantity)
                - tp_pair_if(price <= old, tp_pair_at(before + 2));
            tp_pair_put(before, price);
            tp_pair_put(before + 2, quantity);
        }
        return total[0] - total[1];
    }

    /* two levels of both sides a register for the logarithms; `near` and `deep` of a level that is
       not there stay as they were */
    #define TP_SLOPE_LEVEL(level, k) { \\
        const tp_pair gap = tp_pair_size(price[k] - near); \\
        const tp_pair bottom = deep * gap, top = (level - less) * tp_pair_size(near); \\
        found += tp_pair_if(there[k] & (bottom != 0.0), top / bottom); \\
        deep = tp_pair_else(there[k], level, deep); \\
        less = tp_pair_else(there[k], level, less); \\
        near = tp_pair_else(there[k], price[k], near); }
    #define TP_SLOPES_TAKES (const double *x, int64_t n, double *restrict slope)
    #define TP_SLOPES_BODY \\
        const tp_pair one = {1.0, 1.0}, middle = one * ((x[0] + x[2 * n]) * 0.5); \\
        const tp_four unit = {1.0, 1.0, 1.0, 1.0}; \\
        tp_pair near = middle, total = {0.0, 0.0}, found = total, less = total, deep = one; \\
        tp_pair levels = total, last = middle; \\
        for (int64_t j = 0; j < n; j += 2) { \\
            tp_pair price[2], sum[2]; \\
            tp_pair_bits there[2]; \\
            for (int64_t k = 0; k < 2; k++) { \\
                const int64_t at = j + k < n ? j + k : j; \\
                const tp_pair quantity = {x[n + at], x[3 * n + at]}; \\
                price[k] = tp_pair_of(x[at], x[2 * n + at]); \\
                there[k] = (quantity > 0.0) & (last != 0.0); \\
                if (j + k == n) \\
                    there[k] ^= there[k]; \\
                total += tp_pair_if(there[k], quantity); \\
                last = tp_pair_else(there[k], price[k], last); \\
                levels += tp_pair_if(there[k], one); \\
                sum[k] = total; \\
            } \\
            const tp_four sums = {sum[0][0], sum[0][1], sum[1][0], sum[1][1]}; \\
            TP_LOG_RATIO(tp_four, tp_four_counts, sums, unit) \\
            TP_SLOPE_LEVEL(tp_pair_of(r[0], r[1]), 0) \\
            TP_SLOPE_LEVEL(tp_pair_of(r[2], r[3]), 1) \\
        } \\
        found = tp_pair_if(levels > 0.0, found / levels); \\
        *slope = (found[0] + found[1]) * 0.5;
    static __attribute__((noinline)) void plain_slopes TP_SLOPES_TAKES { TP_SLOPES_BODY }
    static TP_WIDE void wide_slopes TP_SLOPES_TAKES { TP_SLOPES_BODY }
    static inline double tp_slopes(const double *x, int64_t n)
    { double slope = 0.0; TP_TWICE(slopes(x, n, &slope)); return slope; }
    """
    # (B - A) / (B + A) of the quantities of n bids and n asks; `before` where there are none
    double excess "tp_excess" (const double* x, int64_t n, double before) noexcept nogil

    # the order flow into n levels since the book in `before`, which becomes this one
    double flow_of_levels "tp_flow_of_levels" (
        const double* x, int64_t n, double* before
    ) noexcept nogil

    # the mean of side_slope of both sides of n levels: bids, their quantities, asks, theirs
    double slopes "tp_slopes" (const double* x, int64_t n) noexcept nogil
