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

    /* side_slope of both sides, a level after the other: `near` and `deep` of one that is not
       there stay as they were */
    static __attribute__((noinline)) double tp_slopes_of_holes(const double *x, int64_t n)
    {
        const tp_pair one = {1.0, 1.0}, zero = {0.0, 0.0};
        tp_pair near = one * ((x[0] + x[2 * n]) * 0.5), found[2] = {zero, zero};
        tp_pair total = zero, less = zero, deep = one, levels = zero;
        for (int64_t i = 0; i < n; i++) {
            const tp_pair price = {x[i], x[2 * n + i]}, quantity = {x[n + i], x[3 * n + i]};
            const tp_pair_bits there = (quantity > 0.0) & (near != 0.0);
            total += tp_pair_if(there, quantity);
            TP_LOG_REDUCE(tp_pair, tp_pair_counts, total, one)
            const tp_pair level = TP_LOG_PUT(k, s, z, w);
            const tp_pair bottom = deep * tp_pair_size(price - near);
            const tp_pair top = (level - less) * tp_pair_size(near);
            found[i & 1] += tp_pair_if(there & (bottom != 0.0), top / bottom);
            deep = tp_pair_else(there, level, deep);
            less = tp_pair_else(there, level, less);
            near = tp_pair_else(there, price, near);
            levels += tp_pair_if(there, one);
        }
        const tp_pair slopes = tp_pair_if(levels > 0.0, (found[0] + found[1]) / levels);
        return (slopes[0] + slopes[1]) * 0.5;
    }

    #if defined(__x86_64__) && defined(__GNUC__)
    #define TP_JOIN(a, b) ((tp_four)_mm256_insertf128_pd( \\
        _mm256_castpd128_pd256((__m128d)(a)), (__m128d)(b), 1))
    #define TP_BITS(m) ((uint64_t)_mm256_movemask_pd((__m256d)(m)))
    #define TP_UPPER_LOWER(a, b) __builtin_shuffle(a, b, (tp_four_bits){2, 3, 4, 5})
    #define TP_EACH _Pragma("GCC unroll 3") for (int q = 0; q < 3; q++)

    /* Where no level is missing before another: bid and ask of a level, bid and ask of the next in
       a register, three of them step by step, so that none waits for another. `behind` are the
       prices and `deep` the logarithms of the level nearer the mid. A bit of `held` says whether a
       level is there. */
    static TP_WIDE double tp_slopes_wide(const double *x, int64_t n)
    {
        const tp_pair none = {0.0, 0.0};
        const tp_four zero = {0.0, 0.0, 0.0, 0.0}, one = zero + 1.0;
        tp_four price = zero + (x[0] + x[2 * n]) * 0.5, level = one, found = zero;
        tp_four first = {1.0, 1.0, 0.0, 0.0};
        tp_pair total = none;
        uint64_t held = 0, bad = 0;
        for (int64_t j = 0; j < n; j += 6) {
            tp_four now[3], behind[3], sum[3], k[3], s[3], z[3], w[3], r[3];
            tp_four_bits there[3];
            TP_EACH {
                const int64_t i = j + 2 * q, at = i < n ? i : 0, after = i + 1 < n ? i + 1 : 0;
                const tp_pair some = i < n ? tp_pair_of(x[n + at], x[3 * n + at]) : none;
                const tp_pair more =
                    i + 1 < n ? tp_pair_of(x[n + after], x[3 * n + after]) : none;
                now[q] = TP_JOIN(
                    tp_pair_of(x[at], x[2 * n + at]), tp_pair_of(x[after], x[2 * n + after]));
                behind[q] = TP_UPPER_LOWER(q ? now[q - 1] : price, now[q]);
                there[q] = TP_JOIN(some, more) > zero;
                held |= TP_BITS(there[q]) << 2 * i;
                bad |= TP_BITS(there[q]) & TP_BITS(behind[q] == zero);
                const tp_pair upper = total + tp_pair_if(some > 0.0, some);
                total = upper + tp_pair_if(more > 0.0, more);
                sum[q] = TP_JOIN(upper, total);
            }
            TP_EACH {
                TP_LOG_TAKE(tp_four, tp_four_counts, sum[q], one)
                sum[q] = x;
                k[q] = power_of;
            }
            TP_EACH s[q] = (sum[q] - 0x1p108) / (sum[q] + 0x1p108);
            TP_EACH z[q] = s[q] * s[q];
            TP_EACH w[q] = z[q] * z[q];
            TP_EACH r[q] = TP_LOG_TERMS(z[q], w[q]);
            TP_EACH r[q] = TP_LOG_SUM(k[q], s[q], r[q]);
            TP_EACH {
                const tp_four deep = TP_UPPER_LOWER(q ? r[q - 1] : level, r[q]);
                const tp_four bottom = deep * TP_SIZE(now[q] - behind[q]);
                const tp_four top = (r[q] - (q ? deep : deep - first)) * TP_SIZE(behind[q]);
                found += (tp_four)(there[q] & (bottom != zero) & (tp_four_bits)(top / bottom));
            }
            price = now[2];
            level = r[2];
            first = zero;
        }
        if (__builtin_expect((bad | (held & ~(held << 2 | 3))) != 0, 0))
            return tp_slopes_of_holes(x, n);
        const tp_pair levels = {
            (double)__builtin_popcountll(held & 0x5555555555555555),
            (double)__builtin_popcountll(held & 0xaaaaaaaaaaaaaaaa)};
        tp_pair both = {found[0] + found[2], found[1] + found[3]};
        both = tp_pair_if(levels > 0.0, both / levels);
        return (both[0] + both[1]) * 0.5;
    }
    static inline double tp_slopes(const double *x, int64_t n)
    { return __builtin_cpu_supports("avx2") ? tp_slopes_wide(x, n) : tp_slopes_of_holes(x, n); }
    #else
    static inline double tp_slopes(const double *x, int64_t n)
    { return tp_slopes_of_holes(x, n); }
    #endif
    """
    # (B - A) / (B + A) of the quantities of n bids and n asks; `before` where there are none
    double excess "tp_excess" (const double* x, int64_t n, double before) noexcept nogil

    # the order flow into n levels since the book in `before`, which becomes this one
    double flow_of_levels "tp_flow_of_levels" (
        const double* x, int64_t n, double* before
    ) noexcept nogil

    # the mean of side_slope of both sides of n levels: bids, their quantities, asks, theirs
    double slopes "tp_slopes" (const double* x, int64_t n) noexcept nogil
