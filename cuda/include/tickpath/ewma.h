/* Exponentially weighted covariance of returns: the rows of hot/risk/portfolio/covariance.py for
   assets that are sampled in the order of their numbers, with its order of operations, so its bits.

   Row i changes in the intervals that have a return of i (the others hold NaN). The return of j
   counts in it when j < i, or j = i, has one in the same interval, else 0. Worst case: one product
   of two steps an interval and pair, no loop but the power behind a silence. */
#ifndef TICKPATH_EWMA_H
#define TICKPATH_EWMA_H

#include <tickpath/hd.h>

#define TP_EWMA_TILE 4        /* rows of a thread: a return is read once for them */
#define TP_EWMA_FLOOR 1e-200  /* what has all but decayed is forgotten before it is subnormal */
#define TP_EWMA_SWEEP_SHIFT 10

/* decay to the power of count >= 1, by squaring. */
HD double tp_ewma_power(double decay, int64_t count)
{
    double product = 1.0, square = decay;
    while (count) {
        if (count & 1)
            product = product * square;
        square = square * square;
        count >>= 1;
    }
    return product;
}

/* Whether a row whose last sample was in interval `before` is swept in `now`. */
HD int tp_ewma_sweeps(int64_t before, int64_t now)
{
    return now - before > 1 || before >> TP_EWMA_SWEEP_SHIFT != now >> TP_EWMA_SWEEP_SHIFT;
}

HD double tp_ewma_swept(double c)
{
    return c < TP_EWMA_FLOOR && c > -TP_EWMA_FLOOR ? 0.0 : c;
}

HD double tp_ewma_next(double c, double decay, double gain, double other)
{
    return decay * c + gain * other;
}

/* The return of asset j as row i sees it. */
HD double tp_ewma_other(double change, int32_t i, int32_t j)
{
    return j <= i && change == change ? change : 0.0;
}

/* Element (i, j) after interval `now`, in which i had the return `own`. */
HD double tp_ewma_element(
    double c, double decay, double own, double other, int64_t before, int64_t now)
{
    double kept = now - before > 1 ? tp_ewma_power(decay, now - before) : decay;
    c = tp_ewma_next(c, kept, (1.0 - decay) * own, other);
    return tp_ewma_sweeps(before, now) ? tp_ewma_swept(c) : c;
}

#endif
