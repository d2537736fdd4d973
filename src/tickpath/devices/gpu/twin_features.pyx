"""Kernels of `cuda/features` on the CPU, from the same headers: same bits, one core, no GIL.

Shapes are the caller's care (batch_moments.py, batch_averages.py). Worst case: `moments` and
`correlations` read prices once for each window or other; `averages` does a tile's 128 lanes and
their doubling steps one by one, about twice the work of a plain average.
"""

import numpy as np

from libc.stdint cimport int32_t, int64_t
from libc.stdlib cimport free, malloc

cdef extern from *:
    """
    #include <tickpath/averages.h>
    #include <tickpath/moments.h>
    """
    enum:
        TP_SCAN_LANES
        TP_SCAN_ITEMS
        TP_SCAN_TILE
    ctypedef struct tp_moments_walk:
        pass
    ctypedef struct tp_pair_walk:
        pass
    ctypedef struct tp_average_plan:
        double alpha
        int32_t first
        int32_t seed
        int32_t warm
    void tp_moments_start(tp_moments_walk*) noexcept nogil
    void tp_moments_take(
        tp_moments_walk*, int64_t, const double*, int64_t, int64_t) noexcept nogil
    void tp_moments_columns(
        const tp_moments_walk*, int64_t, double, double*, double*) noexcept nogil
    void tp_pair_start(tp_pair_walk*) noexcept nogil
    void tp_pair_take(
        tp_pair_walk*, int64_t, const double*, int64_t, const double*, int64_t,
        int64_t) noexcept nogil
    double tp_pair_correlation(const tp_pair_walk*, int64_t, double, double) noexcept nogil
    double tp_average_start(const tp_average_plan*, const double*) noexcept nogil
    int32_t tp_scan_items(int32_t, int32_t) noexcept nogil
    double tp_scan_local(double, double, const double*, int32_t) noexcept nogil
    double tp_scan_power(double) noexcept nogil
    double tp_scan_join(const double*, int32_t, int32_t, double) noexcept nogil
    void tp_scan_store(
        const tp_average_plan*, double, const double*, int32_t, int32_t, double*) noexcept nogil
    double hd_nan() noexcept nogil

TILE = TP_SCAN_TILE


def moments(const double[:, ::1] prices, const int64_t[::1] periods):
    """[window][skewness, kurtosis][symbol] of prices [time][symbol]."""
    cdef int64_t times = prices.shape[0]
    cdef int64_t symbols = prices.shape[1]
    cdef int64_t w, s, t
    out = np.empty((periods.shape[0], 2, symbols))
    cdef double[:, :, ::1] view = out
    cdef tp_moments_walk* walks = <tp_moments_walk*>malloc(symbols * sizeof(tp_moments_walk))
    if walks == NULL:
        raise MemoryError
    with nogil:
        for w in range(periods.shape[0]):
            for s in range(symbols):
                tp_moments_start(&walks[s])
            for t in range(times):
                for s in range(symbols):
                    tp_moments_take(&walks[s], periods[w], &prices[0, s], symbols, t)
            for s in range(symbols):
                tp_moments_columns(
                    &walks[s], periods[w], prices[times - 1, s], &view[w, 0, s], &view[w, 1, s])
    free(walks)
    return out


def correlations(const double[:, ::1] xs, const double[:, ::1] ys, int64_t period):
    """[other][symbol] of xs [time][symbol] and ys [time][other]."""
    cdef int64_t times = xs.shape[0]
    cdef int64_t symbols = xs.shape[1]
    cdef int64_t others = ys.shape[1]
    cdef int64_t o, s, t
    out = np.empty((others, symbols))
    cdef double[:, ::1] view = out
    cdef tp_pair_walk* walks = <tp_pair_walk*>malloc(symbols * sizeof(tp_pair_walk))
    if walks == NULL:
        raise MemoryError
    with nogil:
        for o in range(others):
            for s in range(symbols):
                tp_pair_start(&walks[s])
            for t in range(times):
                for s in range(symbols):
                    tp_pair_take(
                        &walks[s], period, &xs[0, s], symbols, &ys[0, o], others, t)
            for s in range(symbols):
                view[o, s] = tp_pair_correlation(
                    &walks[s], period, xs[times - 1, s], ys[times - 1, o])
    free(walks)
    return out


cdef double average_tile(
    const tp_average_plan* plan, double average, const double* x, int32_t tile, int32_t times,
    double* y) noexcept nogil:
    """The samples of a tile; the average behind it."""
    cdef double ends[2][TP_SCAN_LANES]
    cdef double power = tp_scan_power(plan.alpha)
    cdef int32_t side = 0
    cdef int32_t reach = 1
    cdef int32_t lane, place
    for lane in range(TP_SCAN_LANES):
        place = tile + lane * TP_SCAN_ITEMS
        ends[0][lane] = tp_scan_local(
            0.0 if lane else average, plan.alpha, x + place, tp_scan_items(place, times))
    while reach < TP_SCAN_LANES:
        for lane in range(TP_SCAN_LANES):
            ends[1 - side][lane] = tp_scan_join(ends[side], lane, reach, power)
        power = power * power
        side = 1 - side
        reach = reach * 2
    for lane in range(TP_SCAN_LANES):
        place = tile + lane * TP_SCAN_ITEMS
        tp_scan_store(
            plan, ends[side][lane - 1] if lane else average, x, place,
            tp_scan_items(place, times), y)
    return ends[side][TP_SCAN_LANES - 1]


def averages(
    const double[:, ::1] series, double alpha, int32_t first, int32_t seed, int32_t warm
):
    """[symbol][time] of series [symbol][time]."""
    cdef tp_average_plan plan = tp_average_plan(alpha, first, seed, warm)
    cdef int32_t times = series.shape[1]
    cdef int32_t begin = first + seed - 1
    cdef int32_t tile
    cdef int64_t s, k
    cdef double average
    out = np.empty((series.shape[0], times))
    cdef double[:, ::1] view = out
    with nogil:
        for s in range(series.shape[0]):
            average = tp_average_start(&plan, &series[s, 0])
            for k in range(begin + 1):
                view[s, k] = hd_nan() if k < warm else average
            tile = begin + 1
            while tile < times:
                average = average_tile(&plan, average, &series[s, 0], tile, times, &view[s, 0])
                tile += TP_SCAN_TILE
    return out
