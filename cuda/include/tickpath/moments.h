/* Skewness, kurtosis and correlation of a rolling window: the steps of hot/features/indicators
   (skew, kurtosis, correlation) in the same order of operations, so the same bits.

   As in rows.h a series is walked once and the caller looks back in it for the sample that leaves.
   Worst case: one step a sample, no loop inside. */
#ifndef TICKPATH_MOMENTS_H
#define TICKPATH_MOMENTS_H

#include <tickpath/rows.h>

typedef struct {
    double power[4]; /* sums of the powers 1 to 4 of distances from an anchor */
} tp_powers;

typedef struct {
    tp_powers sums, fresh;   /* of the window, since the last renewal */
    double anchor, anchor_next;
    int64_t count, position, oldest;
} tp_moments_walk;

typedef struct {
    double sums[5], fresh[5]; /* of x, y, xx, yy, xy, as distances from the anchors */
    double anchor[2], anchor_next[2];
    int64_t count, position, oldest;
} tp_pair_walk;

HD void tp_powers_take(tp_powers* p, double in, double out)
{
    double in2 = in * in, out2 = out * out;
    p->power[0] += in - out;
    p->power[1] += in2 - out2;
    p->power[2] += in2 * in - out2 * out;
    p->power[3] += in2 * in2 - out2 * out2;
}

HD void tp_moments_start(tp_moments_walk* w)
{
    for (int k = 0; k < 4; ++k)
        w->sums.power[k] = w->fresh.power[k] = 0.0;
    w->anchor = w->anchor_next = 0.0;
    w->count = w->position = w->oldest = 0;
}

/* `leaving` is the oldest sample of a full window; it is not read while the window fills. */
HD void tp_moments_push(tp_moments_walk* w, int64_t period, double x, double leaving)
{
    if (w->count == 0)
        w->anchor = w->anchor_next = x;
    tp_powers_take(&w->sums, x - w->anchor, w->count >= period ? leaving - w->anchor : 0.0);
    tp_powers_take(&w->fresh, x - w->anchor_next, 0.0);
    w->count += 1;
    w->position += 1;
    if (w->position == period) {
        w->position = 0;
        w->anchor = w->anchor_next;
        w->anchor_next = x;
        w->sums = w->fresh;
        for (int k = 0; k < 4; ++k)
            w->fresh.power[k] = 0.0;
    }
}

/* Take the sample at `place` of a series whose samples lie `stride` apart; skip an unusable one. */
HD void tp_moments_take(
    tp_moments_walk* w, int64_t period, const double* series, int64_t stride, int64_t place)
{
    double x = series[place * stride], leaving = 0.0;
    if (!tp_row_usable(x))
        return;
    if (w->count >= period) {
        do {
            leaving = series[w->oldest * stride];
            w->oldest += 1;
        } while (!tp_row_usable(leaving));
    }
    tp_moments_push(w, period, x, leaving);
}

/* Skewness and excess kurtosis; NaN while the window is not full or the newest x is unusable. */
HD void tp_moments_columns(
    const tp_moments_walk* w, int64_t period, double x, double* skew, double* kurtosis)
{
    double share = 1.0 / (double)period;
    double m1 = w->sums.power[0] * share, m2 = w->sums.power[1] * share;
    double m3 = w->sums.power[2] * share, m4 = w->sums.power[3] * share;
    double square = m1 * m1, c2, c3, c4;
    if (w->count < period || !tp_row_usable(x)) {
        *skew = *kurtosis = hd_nan();
        return;
    }
    c2 = m2 - square > TP_ROW_NOISE * m2 ? m2 - square : 0.0;
    c3 = m3 - 3.0 * m1 * m2 + 2.0 * m1 * square;
    c4 = m4 - 4.0 * m1 * m3 + 6.0 * square * m2 - 3.0 * square * square;
    *skew = c2 > 0.0 ? c3 / (c2 * hd_sqrt(c2)) : 0.0;
    *kurtosis = c2 > 0.0 ? c4 / (c2 * c2) - 3.0 : 0.0;
}

HD void tp_pair_start(tp_pair_walk* w)
{
    for (int k = 0; k < 5; ++k)
        w->sums[k] = w->fresh[k] = 0.0;
    w->anchor[0] = w->anchor[1] = w->anchor_next[0] = w->anchor_next[1] = 0.0;
    w->count = w->position = w->oldest = 0;
}

HD void tp_pair_sums(double* sums, double x, double y, double out_x, double out_y)
{
    sums[0] += x - out_x;
    sums[1] += y - out_y;
    sums[2] += x * x - out_x * out_x;
    sums[3] += y * y - out_y * out_y;
    sums[4] += x * y - out_x * out_y;
}

/* (out_x, out_y) is the oldest pair of a full window; it is not read while the window fills. */
HD void tp_pair_push(
    tp_pair_walk* w, int64_t period, double x, double y, double out_x, double out_y)
{
    int full = w->count >= period;
    if (w->count == 0) {
        w->anchor[0] = w->anchor_next[0] = x;
        w->anchor[1] = w->anchor_next[1] = y;
    }
    tp_pair_sums(
        w->sums, x - w->anchor[0], y - w->anchor[1], full ? out_x - w->anchor[0] : 0.0,
        full ? out_y - w->anchor[1] : 0.0);
    tp_pair_sums(w->fresh, x - w->anchor_next[0], y - w->anchor_next[1], 0.0, 0.0);
    w->count += 1;
    w->position += 1;
    if (w->position == period) {
        w->position = 0;
        w->anchor[0] = w->anchor_next[0];
        w->anchor[1] = w->anchor_next[1];
        w->anchor_next[0] = x;
        w->anchor_next[1] = y;
        for (int k = 0; k < 5; ++k) {
            w->sums[k] = w->fresh[k];
            w->fresh[k] = 0.0;
        }
    }
}

/* Take the pair at `place` of two series; skip one of which a number is unusable. */
HD void tp_pair_take(
    tp_pair_walk* w, int64_t period, const double* xs, int64_t stride_x, const double* ys,
    int64_t stride_y, int64_t place)
{
    double x = xs[place * stride_x], y = ys[place * stride_y], out_x = 0.0, out_y = 0.0;
    if (!tp_row_usable(x) || !tp_row_usable(y))
        return;
    if (w->count >= period) {
        do {
            out_x = xs[w->oldest * stride_x];
            out_y = ys[w->oldest * stride_y];
            w->oldest += 1;
        } while (!tp_row_usable(out_x) || !tp_row_usable(out_y));
    }
    tp_pair_push(w, period, x, y, out_x, out_y);
}

HD double tp_pair_spread(double n, double squares, double sum)
{
    double larger = n * squares, smaller = sum * sum;
    return larger - smaller > TP_ROW_NOISE * larger ? larger - smaller : 0.0;
}

/* Pearson's correlation, 0 when one of both is flat; NaN while the window is not full or the newest
   pair (x, y) is unusable. */
HD double tp_pair_correlation(const tp_pair_walk* w, int64_t period, double x, double y)
{
    double n = (double)period;
    double both = tp_pair_spread(n, w->sums[2], w->sums[0])
        * tp_pair_spread(n, w->sums[3], w->sums[1]);
    if (w->count < period || !tp_row_usable(x) || !tp_row_usable(y))
        return hd_nan();
    return both > 0.0 ? (n * w->sums[4] - w->sums[0] * w->sums[1]) / hd_sqrt(both) : 0.0;
}

#endif
