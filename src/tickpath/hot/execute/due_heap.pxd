"""When orders expire or are asked after: a binary heap of row slots, soonest first.

At equal times the smaller client order id comes first, so the order is that of the reference. Every
row knows its place, so a time can be moved or taken out. Worst case: log2(TP_ORDERS_MAX) swaps.
"""

from libc.stdint cimport int32_t, int64_t, uint64_t
from libc.string cimport memset
from tickpath.core.arena cimport Arena, arena_take
from tickpath.core.records cimport TP_ORDERS_MAX

cdef struct DueEntry:
    int64_t at_ns
    uint64_t id
    int32_t slot
    int32_t reserved

cdef struct DueHeap:
    DueEntry* entries
    int32_t* places                   # [slot] place in entries + 1; 0: not in the heap
    int32_t count
    int32_t reserved


cdef inline int64_t due_bytes() noexcept nogil:
    return <int64_t>(TP_ORDERS_MAX * (sizeof(DueEntry) + sizeof(int32_t)))


cdef inline void due_init(DueHeap* h, Arena* a) noexcept nogil:
    h.entries = <DueEntry*>arena_take(a, TP_ORDERS_MAX * sizeof(DueEntry))
    h.places = <int32_t*>arena_take(a, TP_ORDERS_MAX * sizeof(int32_t))
    h.count = 0


cdef inline void due_clear(DueHeap* h) noexcept nogil:
    memset(h.places, 0, TP_ORDERS_MAX * sizeof(int32_t))
    h.count = 0


cdef inline bint due_before(const DueEntry* a, const DueEntry* b) noexcept nogil:
    return a.at_ns < b.at_ns or (a.at_ns == b.at_ns and a.id < b.id)


cdef inline void due_put(DueHeap* h, int32_t place, const DueEntry* entry) noexcept nogil:
    h.entries[place] = entry[0]
    h.places[entry.slot] = place + 1


cdef inline void due_settle(DueHeap* h, int32_t place, DueEntry entry) noexcept nogil:
    """Move an entry up or down from a free place to where it belongs."""
    cdef int32_t next
    while place > 0 and due_before(&entry, &h.entries[(place - 1) >> 1]):
        due_put(h, place, &h.entries[(place - 1) >> 1])
        place = (place - 1) >> 1
    while True:
        next = 2 * place + 1
        if next >= h.count:
            break
        if next + 1 < h.count and due_before(&h.entries[next + 1], &h.entries[next]):
            next += 1
        if not due_before(&h.entries[next], &entry):
            break
        due_put(h, place, &h.entries[next])
        place = next
    due_put(h, place, &entry)


cdef inline void due_set(DueHeap* h, int32_t slot, int64_t at_ns, uint64_t id) noexcept nogil:
    """The row of `slot` is due at `at_ns`, or no more when that is 0."""
    cdef int32_t place = h.places[slot] - 1
    cdef DueEntry entry
    if at_ns == 0:
        if place < 0:
            return
        h.places[slot] = 0
        h.count -= 1
        if place < h.count:
            due_settle(h, place, h.entries[h.count])
        return
    if place >= 0 and h.entries[place].at_ns == at_ns:
        return
    if place < 0:
        place = h.count
        h.count += 1
    entry.at_ns = at_ns
    entry.id = id
    entry.slot = slot
    entry.reserved = 0
    due_settle(h, place, entry)
