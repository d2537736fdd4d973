"""Latency models in C, the twin of delays.py; the arrays are borrowed from whoever keeps them."""

from libc.stdint cimport int32_t, int64_t, uint64_t
from tickpath.core.records cimport int128

cdef enum:
    DELAY_CONSTANT = 0
    DELAY_DISTRIBUTION = 1
    DELAY_INTERPOLATED = 2
    DELAY_RECORDED = 3

cdef struct DelayTable:
    int32_t mode
    int32_t reserved
    int64_t count
    int64_t next                      # recorded: of the next message; interpolated: a row at or
                                      # before the last time asked for
    const int64_t* t_ns
    const int64_t* latency_ns


cdef inline uint64_t draw(uint64_t* random) noexcept nogil:
    """splitmix64 (S. Vigna)."""
    cdef uint64_t z
    random[0] += <uint64_t>0x9E3779B97F4A7C15
    z = random[0]
    z = (z ^ (z >> 30)) * <uint64_t>0xBF58476D1CE4E5B9
    z = (z ^ (z >> 27)) * <uint64_t>0x94D049BB133111EB
    return z ^ (z >> 31)


cdef inline int64_t delay_interpolated(DelayTable* d, int64_t t_ns) noexcept nogil:
    """Linear between two rows, rounded down; times asked for do not fall."""
    cdef int64_t before, after, low
    cdef int128 num
    while d.next + 1 < d.count and d.t_ns[d.next + 1] <= t_ns:
        d.next += 1
    low = d.latency_ns[d.next]
    if t_ns < d.t_ns[d.next] or d.next + 1 == d.count:
        return low
    before = d.t_ns[d.next]
    after = d.t_ns[d.next + 1]
    num = <int128>(d.latency_ns[d.next + 1] - low) * (t_ns - before)
    if num < 0:
        num -= after - before - 1
    return low + <int64_t>(num // (after - before))


cdef inline int64_t delay(
    DelayTable* d, int64_t t_ns, int64_t constant_ns, uint64_t jitter_ns, uint64_t* random
) noexcept nogil:
    """What a message sent at `t_ns` needs."""
    cdef int64_t k
    if d.mode == DELAY_CONSTANT:
        return constant_ns + <int64_t>(draw(random) % (jitter_ns + 1))
    if d.mode == DELAY_DISTRIBUTION:
        return d.latency_ns[draw(random) % <uint64_t>d.count]
    if d.mode == DELAY_INTERPOLATED:
        return delay_interpolated(d, t_ns)
    k = d.next
    d.next += d.next + 1 < d.count
    return d.latency_ns[k]
