"""Latency histograms of fixed size: log-linear buckets, 32 a doubling, every figure within 3.1 %.

The bucket layout is that of HdrHistogram with 5 bits of precision (G. Tene, HdrHistogram). Values
are time-stamp ticks; the Python face converts to ns.
"""

from libc.stdint cimport int32_t, int64_t, uint64_t

cdef extern from *:
    """
    static inline int tp_log2_u64(unsigned long long x) { return 63 - __builtin_clzll(x | 1); }
    """
    int log2_floor "tp_log2_u64" (uint64_t x) noexcept nogil

cdef enum:
    PRECISION_BITS = 5
    HISTOGRAM_BUCKETS = 1920          # 60 doublings of 32

cdef struct Histogram:
    int64_t count
    int64_t max
    int64_t[HISTOGRAM_BUCKETS] buckets


cdef inline int32_t bucket_of(uint64_t value) noexcept nogil:
    cdef int32_t power
    if value < 32:
        return <int32_t>value
    power = log2_floor(value) - PRECISION_BITS
    return ((power + 1) << PRECISION_BITS) + <int32_t>((value >> power) & 31)


cdef inline uint64_t bucket_floor(int32_t bucket) noexcept nogil:
    """Smallest value of a bucket."""
    if bucket < 32:
        return bucket
    return (<uint64_t>32 + (bucket & 31)) << ((bucket >> PRECISION_BITS) - 1)


cdef inline void histogram_record(Histogram* h, int64_t value) noexcept nogil:
    """Negative values (a stamp taken on another core) count as 0."""
    cdef int64_t v = value if value > 0 else 0
    h.count += 1
    if v > h.max:
        h.max = v
    h.buckets[bucket_of(<uint64_t>v)] += 1
