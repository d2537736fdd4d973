"""What indicators of several book levels share: twin of depth.py.

Two levels, or both sides of one, go side by side in a register. Worst case: 10 levels, for the
slope each a logarithm and two divisions for the two sides together.
"""

from libc.stdint cimport int64_t
from tickpath.hot.features.functions cimport own_log_ratio
from tickpath.hot.features.passes cimport INPUT_MAX

cdef extern from *:
    """
    typedef uint64_t tp_four_counts __attribute__((vector_size(32)));

    static inline double tp_excess(const double *x, int64_t n, double before)
    {
        tp_pair bids = {0.0, 0.0}, asks = bids;
        int64_t k = 0;
        for (; k + 2 <= n; k += 2) {
            bids += tp_pair_at(x + k);
            asks += tp_pair_at(x + n + k);
        }
        if (k < n) {
            bids += tp_pair_of(x[k], 0.0);
            asks += tp_pair_of(x[n + k], 0.0);
        }
        const double bid = bids[0] + bids[1], ask = asks[0] + asks[1];
        return bid + ask > 0.0 ? (bid - ask) / (bid + ask) : before;
    }

    /* two levels of a side: what comes less what goes */
    static inline tp_pair tp_change(tp_pair price, tp_pair old, tp_pair quantity, tp_pair gone)
    { return tp_pair_if(price >= old, quantity) - tp_pair_if(price <= old, gone); }
    static inline tp_pair tp_asks(tp_pair price, tp_pair quantity)
    {
        const tp_pair none = {-TP_INDICATOR_INPUT_MAX, -TP_INDICATOR_INPUT_MAX};
        return tp_pair_else(quantity > 0.0, -price, none);
    }

    /* `before`: n bids, opposites of the asks, and the quantities of both, one event ago */
    static inline double tp_flow_of_levels(const double *x, int64_t n, double *before)
    {
        tp_pair total = {0.0, 0.0};
        int64_t k = 0;
        for (; k + 2 <= n; k += 2, x += 2, before += 2) {
            const tp_pair bid = tp_pair_at(x), bid_quantity = tp_pair_at(x + n);
            const tp_pair ask_quantity = tp_pair_at(x + 3 * n);
            const tp_pair ask = tp_asks(tp_pair_at(x + 2 * n), ask_quantity);
            total += tp_change(
                    bid, tp_pair_at(before), bid_quantity, tp_pair_at(before + 2 * n))
                - tp_change(
                    ask, tp_pair_at(before + n), ask_quantity, tp_pair_at(before + 3 * n));
            tp_pair_put(before, bid);
            tp_pair_put(before + n, ask);
            tp_pair_put(before + 2 * n, bid_quantity);
            tp_pair_put(before + 3 * n, ask_quantity);
        }
        if (k < n) {
            const tp_pair bid = {*x, 0.0}, bid_quantity = {x[n], 0.0};
            const tp_pair ask_quantity = {x[3 * n], 0.0};
            const tp_pair ask = tp_asks(tp_pair_of(x[2 * n], 0.0), ask_quantity);
            total += tp_change(
                    bid, tp_pair_of(*before, 0.0), bid_quantity, tp_pair_of(before[2 * n], 0.0))
                - tp_change(
                    ask, tp_pair_of(before[n], 0.0), ask_quantity,
                    tp_pair_of(before[3 * n], 0.0));
            *before = bid[0];
            before[n] = ask[0];
            before[2 * n] = bid_quantity[0];
            before[3 * n] = ask_quantity[0];
        }
        return total[0] + total[1];
    }

    /* ln of a register of numbers above 0, as tp_log_ratio(a, 1) */
    #define TP_LOG(wide, counts, to, a) { \\
        TP_LOG_REDUCE(wide, counts, a, (wide){0} + 1.0) \\
        to = TP_LOG_PUT(k, s, z, w); }

    /* side_slope of both sides, a level after the other: `near` and `deep` of one that is not
       there stay as they were */
    static __attribute__((noinline)) double tp_slopes_of_holes(const double *x, int64_t n)
    {
        const tp_pair one = {1.0, 1.0}, zero = {0.0, 0.0};
        tp_pair near = one * ((x[0] + x[2 * n]) * 0.5), found[2] = {zero, zero};
        tp_pair total = zero, less = zero, deep = one, levels = zero;
        for (int64_t k = 0; k < n; k++) {
            const tp_pair price = {x[k], x[2 * n + k]}, quantity = {x[n + k], x[3 * n + k]};
            const tp_pair_bits there = (quantity > 0.0) & (near != 0.0);
            tp_pair level;
            total += tp_pair_if(there, quantity);
            TP_LOG(tp_pair, tp_pair_counts, level, total)
            const tp_pair bottom = deep * tp_pair_size(price - near);
            const tp_pair top = (level - less) * tp_pair_size(near);
            found[k & 1] += tp_pair_if(there & (bottom != 0.0), top / bottom);
            deep = tp_pair_else(there, level, deep);
            less = tp_pair_else(there, level, less);
            near = tp_pair_else(there, price, near);
            levels += tp_pair_if(there, one);
        }
        const tp_pair slopes = tp_pair_if(levels > 0.0, (found[0] + found[1]) / levels);
        return (slopes[0] + slopes[1]) * 0.5;
    }

    /* Where none is missing before another, two levels of both sides are in a register: bid and
       ask of a level, bid and ask of the next. `behind` are prices and `deep` logarithms of the
       level nearer the mid; a bit of `held` says whether a level is there. */
    #define TP_JOIN(a, b) ((tp_four){(a)[0], (a)[1], (b)[0], (b)[1]})
    #define TP_BITS(m) (((m)[0] & 1) | ((m)[1] & 2) | ((m)[2] & 4) | ((m)[3] & 8))
    #define TP_UPPER_LOWER(a, b) __builtin_shuffle(a, b, (tp_four_bits){2, 3, 4, 5})
    #define TP_SLOPES_TAKES (const double *x, int64_t n, double *restrict slope)
    #define TP_SLOPES_BODY(join, bits) \\
        const tp_pair none = {0.0, 0.0}; \\
        const tp_four zero = {0.0, 0.0, 0.0, 0.0}, one = zero + 1.0; \\
        tp_four price = zero + (x[0] + x[2 * n]) * 0.5, level = one, found = zero; \\
        tp_four first = {1.0, 1.0, 0.0, 0.0}; \\
        tp_pair total = none; \\
        uint64_t held = 0, bad = 0; \\
        for (int64_t j = 0; j < n; j += 2) { \\
            const int64_t l = j + 1 < n ? j + 1 : j; \\
            const tp_pair near_one = {x[j], x[2 * n + j]}, far_one = {x[l], x[2 * n + l]}; \\
            const tp_pair some = {x[n + j], x[3 * n + j]}; \\
            const tp_pair more = l > j ? tp_pair_of(x[n + l], x[3 * n + l]) : none; \\
            const tp_four now = join(near_one, far_one), behind = TP_UPPER_LOWER(price, now); \\
            const tp_four_bits there = join(some, more) > zero; \\
            const uint64_t which = (uint64_t)bits(there); \\
            held |= which << 2 * j; \\
            bad |= which & (uint64_t)bits(behind == zero); \\
            const tp_pair sum = total + tp_pair_if(some > 0.0, some); \\
            total = sum + tp_pair_if(more > 0.0, more); \\
            const tp_four sums = join(sum, total); \\
            tp_four after; \\
            TP_LOG(tp_four, tp_four_counts, after, sums) \\
            const tp_four deep = TP_UPPER_LOWER(level, after); \\
            const tp_four bottom = deep * TP_SIZE(now - behind); \\
            const tp_four top = (after - (deep - first)) * TP_SIZE(behind); \\
            found += (tp_four)(there & (bottom != zero) & (tp_four_bits)(top / bottom)); \\
            level = after; \\
            price = now; \\
            first = zero; \\
        } \\
        bad |= held & ~(held << 2 | 3); \\
        if (__builtin_expect(bad != 0, 0)) { \\
            *slope = tp_slopes_of_holes(x, n); \\
        } else { \\
            const tp_pair levels = { \\
                (double)__builtin_popcountll(held & 0x5555555555555555), \\
                (double)__builtin_popcountll(held & 0xaaaaaaaaaaaaaaaa)}; \\
            tp_pair both = {found[0] + found[2], found[1] + found[3]}; \\
            both = tp_pair_if(levels > 0.0, both / levels); \\
            *slope = (both[0] + both[1]) * 0.5; \\
        }
    static __attribute__((noinline)) void plain_slopes TP_SLOPES_TAKES
    { TP_SLOPES_BODY(TP_JOIN, TP_BITS) }
    #if defined(__x86_64__) && defined(__GNUC__)
    #define TP_WIDE_JOIN(a, b) ((tp_four)_mm256_insertf128_pd( \\
        _mm256_castpd128_pd256((__m128d)(a)), (__m128d)(b), 1))
    #define TP_WIDE_BITS(m) _mm256_movemask_pd((__m256d)(m))
    static TP_WIDE void wide_slopes TP_SLOPES_TAKES { TP_SLOPES_BODY(TP_WIDE_JOIN, TP_WIDE_BITS) }
    #endif
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
