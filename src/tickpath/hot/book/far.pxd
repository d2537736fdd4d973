"""One side of a book away from the market: the levels outside the ladder's window.

A dense array of levels (in key space, see ladder.pxd) and an open-addressing index of it: linear
probing, backward-shift deletion (D. E. Knuth, The Art of Computer Programming 3, 6.4, algorithm R),
at most half full, so a change costs a few probes whatever the count. The array is unordered; an
ordered read copies what it needs and takes it off a heap: O(count) and a logarithm a level.

In: (key, quantity), 0 deletes. Out: the quantity before, or that the table is full
(TP_FAR_LEVELS_MAX). Worst case: a search for the best key reads the whole array.
"""

from libc.stdint cimport int32_t, int64_t, uint64_t
from libc.string cimport memset
from tickpath.core.records cimport TP_FAR_LEVELS_MAX, tp_level
from tickpath.hot.book.ladder cimport KEY_NONE

cdef extern from *:
    """
    #include "records.h"
    static_assert((TP_FAR_LEVELS_MAX & (TP_FAR_LEVELS_MAX - 1)) == 0, "far_levels_max is 2^n");
    """

cdef enum:
    FAR_SLOTS = 2 * TP_FAR_LEVELS_MAX
    FAR_MASK = 2 * TP_FAR_LEVELS_MAX - 1

cdef struct Far:
    int32_t count
    int32_t reserved
    int32_t[FAR_SLOTS] index               # position in items plus 1, 0 is empty
    tp_level[TP_FAR_LEVELS_MAX] items      # price_ticks holds the key


cdef inline uint64_t key_mix(int64_t key) noexcept nogil:
    """64 well mixed bits of a key: the finalizer of splitmix64 (G. L. Steele, D. Lea, C. H. Flood,
    Fast Splittable Pseudorandom Number Generators, 2014, variant 13 of D. Stafford)."""
    cdef uint64_t z = <uint64_t>key + <uint64_t>0x9E3779B97F4A7C15
    z = (z ^ (z >> 30)) * <uint64_t>0xBF58476D1CE4E5B9
    z = (z ^ (z >> 27)) * <uint64_t>0x94D049BB133111EB
    return z ^ (z >> 31)


cdef inline int64_t far_slot(const Far* f, int64_t key) noexcept nogil:
    """Index slot of the key, or the empty slot where it would go."""
    cdef int64_t slot = <int64_t>(key_mix(key) & FAR_MASK)
    while f.index[slot] != 0 and f.items[f.index[slot] - 1].price_ticks != key:
        slot = (slot + 1) & FAR_MASK
    return slot


cdef inline void far_drop(Far* f, int64_t slot) noexcept nogil:
    """Remove the level of an occupied index slot: the last item fills its place."""
    cdef int32_t place = f.index[slot] - 1
    cdef int32_t last = f.count - 1
    cdef int64_t hole = slot
    cdef int64_t probe = (slot + 1) & FAR_MASK
    cdef int64_t home
    if place != last:
        f.index[far_slot(f, f.items[last].price_ticks)] = place + 1
        f.items[place] = f.items[last]
    f.count = last
    while f.index[probe] != 0:
        home = <int64_t>(key_mix(f.items[f.index[probe] - 1].price_ticks) & FAR_MASK)
        if ((probe - home) & FAR_MASK) >= ((probe - hole) & FAR_MASK):
            f.index[hole] = f.index[probe]
            hole = probe
        probe = (probe + 1) & FAR_MASK
    f.index[hole] = 0


cdef inline bint far_set(Far* f, int64_t key, int64_t quantity, int64_t* before) noexcept nogil:
    """Set the quantity of a key, 0 deletes; 0 when the table is full and nothing changed."""
    cdef int64_t slot = far_slot(f, key)
    cdef int32_t place = f.index[slot]
    before[0] = 0
    if place != 0:
        before[0] = f.items[place - 1].quantity_lots
        if quantity != 0:
            f.items[place - 1].quantity_lots = quantity
        else:
            far_drop(f, slot)
    elif quantity != 0:
        if f.count == TP_FAR_LEVELS_MAX:
            return 0
        f.items[f.count].price_ticks = key
        f.items[f.count].quantity_lots = quantity
        f.count += 1
        f.index[slot] = f.count
    return 1


cdef inline int64_t far_quantity(const Far* f, int64_t key) noexcept nogil:
    """Quantity of a key, 0 when absent."""
    cdef int32_t place = f.index[far_slot(f, key)]
    return f.items[place - 1].quantity_lots if place != 0 else 0


cdef inline int64_t far_best(const Far* f) noexcept nogil:
    """Highest key of all, KEY_NONE when empty."""
    cdef int64_t best = KEY_NONE
    cdef int32_t k
    for k in range(f.count):
        if f.items[k].price_ticks > best:
            best = f.items[k].price_ticks
    return best


cdef inline int64_t far_worst(const Far* f) noexcept nogil:
    """Lowest key of all; not for an empty table."""
    cdef int64_t worst = f.items[0].price_ticks
    cdef int32_t k
    for k in range(1, f.count):
        if f.items[k].price_ticks < worst:
            worst = f.items[k].price_ticks
    return worst


cdef inline void far_clear(Far* f) noexcept nogil:
    if f.count != 0:
        memset(f.index, 0, FAR_SLOTS * sizeof(int32_t))
        f.count = 0


cdef inline void heap_sink(tp_level* heap, int32_t count, int32_t at) noexcept nogil:
    """Restore the heap below `at`: no child has a higher key than its parent."""
    cdef tp_level moved = heap[at]
    cdef int32_t child = 2 * at + 1
    while child < count:
        if child + 1 < count and heap[child + 1].price_ticks > heap[child].price_ticks:
            child += 1
        if heap[child].price_ticks <= moved.price_ticks:
            break
        heap[at] = heap[child]
        at = child
        child = 2 * at + 1
    heap[at] = moved


cdef inline int32_t far_walk(
    const Far* f, int64_t base, bint above, tp_level* heap, int64_t flip, int32_t count,
    tp_level* out
) noexcept nogil:
    """Up to `count` levels from the best down, of those above (or below) the window at `base`;
    prices = keys ^ flip. `heap` is scratch for TP_FAR_LEVELS_MAX levels."""
    cdef int32_t size = 0
    cdef int32_t n = 0
    cdef int32_t k
    for k in range(f.count):
        if (f.items[k].price_ticks > base) == above:
            heap[size] = f.items[k]
            size += 1
    for k in range(size // 2 - 1, -1, -1):
        heap_sink(heap, size, k)
    while n < count and size > 0:
        out[n].price_ticks = heap[0].price_ticks ^ flip
        out[n].quantity_lots = heap[0].quantity_lots
        n += 1
        size -= 1
        heap[0] = heap[size]
        heap_sink(heap, size, 0)
    return n
