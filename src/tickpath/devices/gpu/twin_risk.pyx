"""The kernels of `cuda/risk` on the CPU, from the same headers: same bits, one core, no GIL.

Shapes are the caller's care (batch_var.py, batch_covariance.py). `philox`, `normal_of` and
`normals` show what the paths are made of.
"""

import numpy as np

from libc.stdint cimport int32_t, int64_t, uint32_t, uint64_t

cdef extern from *:
    """
    #include <string.h>
    #include "_limits_gen.h"
    #include <tickpath/ewma.h>
    #include "../devices/gpu/paths_lanes.h"
    static_assert(2 * TP_PATH_PAIR_MAX == TP_PORTFOLIO_ASSETS_MAX, "assets of a path");
    """
    enum:
        TP_PATH_TILE
    ctypedef struct tp_philox:
        uint32_t word[4]
    ctypedef struct tp_path_stream:
        uint64_t seed
        uint64_t run
    ctypedef void (*paths_fn)(
        const double*, const double*, const int32_t*, int32_t, const tp_path_stream*, uint32_t,
        int32_t, double*) noexcept nogil
    paths_fn paths_choose(const char* wanted) noexcept nogil
    tp_philox tp_philox_of(tp_philox, uint32_t, uint32_t) noexcept nogil
    double tp_centred(uint32_t, uint32_t) noexcept nogil
    double tp_normal_of(double) noexcept nogil
    double tp_ewma_power(double, int64_t) noexcept nogil
    int tp_ewma_sweeps(int64_t, int64_t) noexcept nogil
    double tp_ewma_swept(double) noexcept nogil
    double tp_ewma_next(double, double, double, double) noexcept nogil
    double tp_ewma_other(double, int32_t, int32_t) noexcept nogil
    void tp_path_draw(const tp_path_stream*, uint32_t, int32_t, double*) noexcept nogil

TILE = TP_PATH_TILE


def philox(counter, key):
    """Four uint32 of a counter of four and a key of two."""
    cdef tp_philox words
    cdef int k
    for k in range(4):
        words.word[k] = counter[k]
    words = tp_philox_of(words, key[0], key[1])
    return [words.word[k] for k in range(4)]


def normal_of(const uint64_t[::1] bits):
    """The deviates of 64 random bits each, float64."""
    out = np.empty(bits.shape[0])
    cdef double[::1] view = out
    cdef int64_t k
    for k in range(bits.shape[0]):
        view[k] = tp_normal_of(tp_centred(<uint32_t>bits[k], <uint32_t>(bits[k] >> 32)))
    return out


def normals(uint64_t seed, uint64_t run, uint32_t first, int32_t count, int32_t pairs):
    """Deviates [path][2 * pairs] of `count` paths of a stream."""
    out = np.empty((count, 2 * pairs))
    cdef double[:, ::1] view = out
    cdef tp_path_stream stream = tp_path_stream(seed, run)
    cdef int32_t k
    if pairs > 0:
        with nogil:
            for k in range(count):
                tp_path_draw(&stream, first + <uint32_t>k, pairs, &view[k, 0])
    return out


def paths(
    const double[::1] factor, const double[::1] exposures, const int32_t[::1] inverse,
    int32_t assets, uint64_t seed, uint64_t run, uint32_t first, int32_t count, form=None,
):
    """Profits of `count` paths from `first` on. `form` is base, avx2 or avx512, None the widest
    there is. ValueError for one that the processor lacks."""
    cdef bytes name = (form or "").encode()
    cdef const char* wanted = name
    cdef paths_fn run_paths = paths_choose(wanted if form else NULL)
    cdef tp_path_stream stream = tp_path_stream(seed, run)
    if run_paths == NULL:
        raise ValueError(f"this processor has no {form}")
    out = np.empty(count)
    cdef double[::1] view = out
    if count > 0:
        with nogil:
            run_paths(
                &factor[0], &exposures[0], &inverse[0], assets, &stream, first, count, &view[0])
    return out


cdef void covariance_row(
    double* row, const double* seen, int32_t assets, int32_t i, double decay, double own,
    int64_t before, int64_t now) noexcept nogil:
    """tp_ewma_element over a row, what its elements share outside of the loop."""
    cdef double kept = tp_ewma_power(decay, now - before)
    cdef double gain = (1.0 - decay) * own
    cdef int32_t j
    for j in range(assets):
        row[j] = tp_ewma_next(row[j], kept, gain, seen[j])
    if tp_ewma_sweeps(before, now):
        for j in range(assets):
            row[j] = tp_ewma_swept(row[j])


def covariance(
    const double[:, ::1] returns, const double[:, ::1] rows, const int64_t[::1] sampled,
    double decay, int64_t start,
):
    """Rows [asset][asset] behind a block of returns [time][asset], NaN: no sample."""
    cdef int32_t times = returns.shape[0]
    cdef int32_t assets = returns.shape[1]
    cdef int32_t t, i
    cdef double own
    found, last, others = np.array(rows), np.array(sampled), np.empty(assets)
    cdef double[:, ::1] c = found
    cdef int64_t[::1] before = last
    cdef double[::1] seen = others
    with nogil:
        for t in range(times):
            for i in range(assets):
                seen[i] = 0.0
            for i in range(assets):
                own = returns[t, i]
                if own == own:
                    seen[i] = tp_ewma_other(own, i, i)
                    covariance_row(
                        &c[i, 0], &seen[0], assets, i, decay, own, before[i], start + t)
                    before[i] = start + t
    return found
