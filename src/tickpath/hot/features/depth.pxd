"""What indicators of several book levels share: twin of depth.py.

Both sides of the book go side by side in one register. Worst case: 10 levels, each a logarithm and
four divisions for the two sides together.
"""

from libc.stdint cimport int64_t
from tickpath.hot.features.functions cimport own_log

cdef extern from *:
    """
    #define TP_ASK_ABSENT 0x1p200

    static inline double tp_slopes(const double *x, int64_t n)
    {
        const tp_pair one = {1.0, 1.0};
        const double middle = (x[0] + x[2 * n]) * 0.5;
        tp_pair near = {middle, middle};
        tp_pair total = {0.0, 0.0}, found = total, deep = total, levels = total;
        for (int64_t k = 0; k < n; k++) {
            tp_pair price = {x[k], x[2 * n + k]}, quantity = {x[n + k], x[3 * n + k]};
            tp_pair_bits there = (quantity > 0.0) & (near != 0.0), first = levels == 0.0;
            total += tp_pair_if(there, quantity);
            tp_pair level = tp_pair_log(total);
            tp_pair step = tp_pair_size(price / near - 1.0);
            tp_pair rise = tp_pair_if(first | (deep != 0.0),
                                      tp_pair_else(first, level, level / deep - 1.0));
            found += tp_pair_if(there & (step > 0.0), rise / step);
            deep = tp_pair_else(there, level, deep);
            near = tp_pair_else(there, price, near);
            levels += tp_pair_if(there, one);
        }
        found = tp_pair_if(levels > 0.0, found / levels);
        return (found[0] + found[1]) * 0.5;
    }
    """
    const double ASK_ABSENT "TP_ASK_ABSENT"

    # the mean of side_slope of both sides of n levels: bids, their quantities, asks, theirs
    double slopes "tp_slopes" (const double* x, int64_t n) noexcept nogil
