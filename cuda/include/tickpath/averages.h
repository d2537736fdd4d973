/* Exponential averages over whole series by a scan: e = b e + alpha x, b = 1 - alpha.

   A tile of TP_SCAN_LANES x TP_SCAN_ITEMS samples at a time: each lane runs over its items from 0
   (the first from the average before the tile), the lanes' ends are put together in doubling steps,
   and each lane runs again from what is before it. So a sample waits for its lane's items and the
   steps, not for the series. That rounds otherwise than the indicators' steps: 1e-10 of them; CPU
   and GPU agree to the bit. Worst case: a series shorter than a tile, where most lanes idle. */
#ifndef TICKPATH_AVERAGES_H
#define TICKPATH_AVERAGES_H

#include <tickpath/hd.h>

#define TP_SCAN_LANES 128 /* a power of 2 with an odd exponent, see averages.cu */
#define TP_SCAN_ITEMS 8
#define TP_SCAN_TILE (TP_SCAN_LANES * TP_SCAN_ITEMS)

typedef struct {
    double alpha;
    int32_t first; /* where in the series the samples begin */
    int32_t seed;  /* how many of them the average starts as the mean of, 1 or more */
    int32_t warm;  /* from where on there is a value, not before first + seed - 1 */
} tp_average_plan;

/* What the average starts as. */
HD double tp_average_start(const tp_average_plan* p, const double* series)
{
    double sum = 0.0;
    for (int32_t k = 0; k < p->seed; ++k)
        sum += series[p->first + k];
    return sum / (double)p->seed;
}

/* Items of a lane: from `place` on, none behind the end. */
HD int32_t tp_scan_items(int32_t place, int32_t time_count)
{
    int32_t left = time_count - place;
    return left < 0 ? 0 : left < TP_SCAN_ITEMS ? left : TP_SCAN_ITEMS;
}

/* A lane's end, from `average` before its first item. */
HD double tp_scan_local(double average, double alpha, const double* items, int32_t count)
{
    double b = 1.0 - alpha;
    for (int32_t k = 0; k < count; ++k)
        average = b * average + alpha * items[k];
    return average;
}

/* b to the power of the items of a lane, by which an end passes through the next lane. */
HD double tp_scan_power(double alpha)
{
    double b = 1.0 - alpha, b2 = b * b, b4 = b2 * b2;
    return b4 * b4;
}

/* A doubling step: what the lane `reach` before it adds to a lane's end. */
HD double tp_scan_join(const double* ends, int32_t lane, int32_t reach, double power)
{
    return lane >= reach ? ends[lane] + power * ends[lane - reach] : ends[lane];
}

/* Averages of a lane's items, from the average before them, NaN before `warm`. */
HD void tp_scan_store(
    const tp_average_plan* p, double average, const double* series, int32_t place, int32_t count,
    double* out)
{
    for (int32_t k = place; k < place + count; ++k) {
        average += p->alpha * (series[k] - average);
        out[k] = k < p->warm ? hd_nan() : average;
    }
}

#endif
