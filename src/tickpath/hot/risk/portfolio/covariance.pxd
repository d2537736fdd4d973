"""Exponentially weighted covariance of returns in C: what covariance.py does, bit for bit.

One row an asset, contiguous and padded to whole cache lines, touched once an interval. Worst case:
a row of 256 assets out of the second cache, about 60 ns; at the first sample of an interval the
returns are cleared as well. Kernels in covariance.h.
"""

from libc.stdint cimport int32_t, int64_t
from libc.string cimport memset
from tickpath.core.arena cimport Arena, arena_take

cdef extern from "../hot/risk/portfolio/covariance.h" nogil:
    enum:
        COVARIANCE_LANES
    ctypedef void (*covariance_fn)(
        double* row, const double* returns, int32_t count, double decay, double gain
    ) noexcept nogil
    covariance_fn covariance_choose(const char* wanted, const char** name) noexcept nogil

cdef enum:
    NEVER = -1
    SWEEP_SHIFT = 10

cdef struct CovarianceState:
    covariance_fn kernel
    int32_t assets
    int32_t stride                # row length, a multiple of COVARIANCE_LANES; the padding is 0
    double decay
    double gain                   # 1 - decay
    int64_t interval              # the newest one, NEVER before the first sample
    double* rows                  # [assets][stride]
    double* returns               # [stride], of the interval in hand; 0: not sampled in it yet
    double* prices                # as sampled last; 0: never
    int64_t* sampled              # interval of the last sample
    int64_t* first                # interval of the first price


cdef inline int64_t covariance_bytes(int32_t assets) noexcept nogil:
    """Memory that `covariance_init` takes from an arena."""
    cdef int64_t stride = (assets + COVARIANCE_LANES - 1) // COVARIANCE_LANES * COVARIANCE_LANES
    return 8 * stride * (assets + 1) + 24 * <int64_t>assets + 5 * 64


cdef inline bint covariance_init(
    CovarianceState* c, Arena* arena, int32_t assets, double decay
) noexcept nogil:
    """Empty, in memory of the arena; 0 when that is spent."""
    cdef const char* name
    cdef int32_t k
    c.kernel = covariance_choose(NULL, &name)
    c.assets = assets
    c.stride = (assets + COVARIANCE_LANES - 1) // COVARIANCE_LANES * COVARIANCE_LANES
    c.decay = decay
    c.gain = 1.0 - decay
    c.interval = NEVER
    c.rows = <double*>arena_take(arena, 8 * <int64_t>c.stride * assets)
    c.returns = <double*>arena_take(arena, 8 * c.stride)
    c.prices = <double*>arena_take(arena, 8 * assets)
    c.sampled = <int64_t*>arena_take(arena, 8 * assets)
    c.first = <int64_t*>arena_take(arena, 8 * assets)
    if c.rows == NULL or c.returns == NULL or c.first == NULL:
        return 0
    for k in range(assets):
        c.sampled[k] = NEVER
        c.first[k] = NEVER
    return 1


cdef inline double decay_power(double decay, int64_t count) noexcept nogil:
    """decay**count for count >= 1, by squaring."""
    cdef double product = 1.0
    cdef double square = decay
    while count:
        if count & 1:
            product = product * square
        square = square * square
        count >>= 1
    return product


cdef inline void covariance_sweep(double* row, int32_t count) noexcept nogil:
    """Forget what has all but decayed, before it becomes subnormal."""
    cdef int32_t j
    for j in range(count):
        if row[j] < 1e-200 and row[j] > -1e-200:
            row[j] = 0.0


cdef inline void covariance_row(
    CovarianceState* c, int32_t asset, double change, int64_t before, int64_t interval
) noexcept nogil:
    """The row of an asset whose last sample was in interval `before`."""
    cdef double* row = c.rows + <int64_t>asset * c.stride
    cdef double decay = c.decay
    if interval - before > 1:
        decay = decay_power(decay, interval - before)
    c.kernel(row, c.returns, c.stride, decay, c.gain * change)
    if interval - before > 1 or before >> SWEEP_SHIFT != interval >> SWEEP_SHIFT:
        covariance_sweep(row, c.stride)


cdef inline bint covariance_update(
    CovarianceState* c, int32_t asset, double price, int64_t interval
) noexcept nogil:
    """A price of an asset in an interval, the first there counts; 1 when a row changed."""
    cdef double last = c.prices[asset]
    cdef double change
    cdef int64_t before = c.sampled[asset]
    if interval < c.interval or interval <= before or interval < 0:
        return 0
    if not price > 0.0 or price - price != 0.0:
        return 0
    if interval > c.interval:
        memset(c.returns, 0, 8 * c.stride)
        c.interval = interval
    c.prices[asset] = price
    c.sampled[asset] = interval
    if last == 0.0:
        c.first[asset] = interval
        return 0
    change = (price - last) / last
    if change > 1e6:
        change = 0.0
    c.returns[asset] = change
    covariance_row(c, asset, change, before, interval)
    return 1
