"""Open addressing from an id (and a part) to a slot: finds orders, ended orders and fills.

The table is at least twice as large as what it holds. Homes of blocks come from Fibonacci hashing
(Knuth, TAOCP vol. 3, 6.4); the ids of a block, which are a counter's, have neighbouring homes, so
that an order seldom meets a part of the table that is in no cache. Removal shifts back: no
tombstones gather. Worst case: a probe as long as the longest run of taken entries, a block or a few
(`benchmarks/hot/bench_execute.py` compares 10 000 open orders with 1 000).
"""

from libc.stdint cimport int32_t, int64_t, uint64_t
from tickpath.core.hint cimport tp_unlikely

cdef enum:
    BLOCK_BITS = 3                    # ids of a block have neighbouring homes

cdef struct IdEntry:
    uint64_t id
    int64_t part                      # trade id for fills, 0 for orders
    int32_t slot                      # slot + 1; 0: the entry is free
    int32_t reserved

cdef struct IdIndex:
    IdEntry* entries
    uint64_t mask
    int32_t shift
    int32_t reserved


cdef inline void index_init(IdIndex* x, IdEntry* entries, int64_t capacity) noexcept nogil:
    """`entries` are zeroed, `capacity` a power of two."""
    x.entries = entries
    x.mask = <uint64_t>capacity - 1
    x.shift = 64
    while capacity > 1:
        x.shift -= 1
        capacity >>= 1


cdef inline uint64_t index_home(const IdIndex* x, uint64_t id, int64_t part) noexcept nogil:
    cdef uint64_t inside = ((<uint64_t>1) << BLOCK_BITS) - 1
    cdef uint64_t mixed = (id >> BLOCK_BITS) + <uint64_t>part * <uint64_t>0xC2B2AE3D27D4EB4F
    mixed = (mixed * <uint64_t>0x9E3779B97F4A7C15) >> x.shift
    return ((mixed & ~inside) | (id & inside)) & x.mask


cdef inline int32_t index_find(const IdIndex* x, uint64_t id, int64_t part) noexcept nogil:
    """The slot, or -1."""
    cdef uint64_t k = index_home(x, id, part)
    while x.entries[k].slot != 0:
        if x.entries[k].id == id and x.entries[k].part == part:
            return x.entries[k].slot - 1
        k = (k + 1) & x.mask
    return -1


cdef inline void index_put(IdIndex* x, uint64_t id, int64_t part, int32_t slot) noexcept nogil:
    """The pair is not there yet and the table has room (the caller's duty)."""
    cdef uint64_t k = index_home(x, id, part)
    while tp_unlikely(x.entries[k].slot != 0):
        k = (k + 1) & x.mask
    x.entries[k].id = id
    x.entries[k].part = part
    x.entries[k].slot = slot + 1


cdef inline void index_remove(IdIndex* x, uint64_t id, int64_t part) noexcept nogil:
    """Nothing happens when the pair is not there."""
    cdef uint64_t k = index_home(x, id, part)
    cdef uint64_t next
    cdef uint64_t home
    while x.entries[k].slot != 0:
        if x.entries[k].id == id and x.entries[k].part == part:
            break
        k = (k + 1) & x.mask
    if x.entries[k].slot == 0:
        return
    next = (k + 1) & x.mask
    while x.entries[next].slot != 0:
        home = index_home(x, x.entries[next].id, x.entries[next].part)
        if ((next - home) & x.mask) >= ((next - k) & x.mask):
            x.entries[k] = x.entries[next]
            k = next
        next = (next + 1) & x.mask
    x.entries[k].slot = 0
