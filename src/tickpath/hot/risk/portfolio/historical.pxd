"""Historical value at risk and expected shortfall in C: what historical.py does, in integers.

Two heaps over the window: the k smallest profits with the largest of them on top, and the rest with
the smallest on top; `place` says where a sample stands, so that the oldest is found and replaced.
Cost: O(log n); most samples stay among the leaves of the rest. Worst case: two whole paths of a
heap of 4096, about 150 ns.
"""

from libc.stdint cimport int32_t, int64_t
from tickpath.core.arena cimport Arena, arena_take
from tickpath.core.records cimport int128

cdef enum:
    HISTORICAL_PPM = 1000000
    IN_REST = 0
    IN_TAIL = 1

cdef extern from *:
    """
    #include <stdint.h>
    #define TP_PROFIT_MAX ((int64_t)1 << 62)
    """
    const int64_t PROFIT_MAX "TP_PROFIT_MAX"

cdef struct HeapNode:
    int64_t key                   # profit, in the tail negated: the least is on top
    int64_t sample

cdef struct HistoricalState:
    int32_t window
    int32_t count
    int32_t newest                # where the next sample goes; in a full window the oldest is there
    int32_t tail_ppm
    int32_t counts[2]             # nodes of the rest, of the tail
    HeapNode* heaps[2]            # [window] each
    int32_t* place                # node of a sample in its heap
    int32_t* side                 # IN_REST or IN_TAIL, by sample
    int64_t* samples
    int128 tail_sum               # of the profits in the tail


cdef inline int64_t historical_bytes(int32_t window) noexcept nogil:
    """Memory that `historical_init` takes from an arena."""
    return 48 * <int64_t>window + 5 * 64


cdef inline bint historical_init(
    HistoricalState* h, Arena* arena, int32_t window, int32_t tail_ppm
) noexcept nogil:
    """Empty, in memory of the arena; 0 when that is spent."""
    h.window = window
    h.tail_ppm = tail_ppm
    h.count = 0
    h.newest = 0
    h.counts[IN_REST] = 0
    h.counts[IN_TAIL] = 0
    h.tail_sum = 0
    h.heaps[IN_REST] = <HeapNode*>arena_take(arena, 16 * <int64_t>window)
    h.heaps[IN_TAIL] = <HeapNode*>arena_take(arena, 16 * <int64_t>window)
    h.place = <int32_t*>arena_take(arena, 4 * <int64_t>window)
    h.side = <int32_t*>arena_take(arena, 4 * <int64_t>window)
    h.samples = <int64_t*>arena_take(arena, 8 * <int64_t>window)
    return h.samples != NULL and h.heaps[IN_TAIL] != NULL


cdef inline void heap_put(
    HistoricalState* h, int32_t side, int32_t at, const HeapNode* node
) noexcept nogil:
    h.heaps[side][at] = node[0]
    h.place[node.sample] = at


cdef inline void heap_settle(
    HistoricalState* h, int32_t side, int32_t at, HeapNode node
) noexcept nogil:
    """Put a node where it belongs, from the hole `at` up or down."""
    cdef HeapNode* nodes = h.heaps[side]
    cdef int32_t count = h.counts[side]
    cdef int32_t other
    h.side[node.sample] = side
    while at > 0 and node.key < nodes[(at - 1) >> 1].key:
        other = (at - 1) >> 1
        heap_put(h, side, at, &nodes[other])
        at = other
    while 2 * at + 1 < count:
        other = 2 * at + 1
        if other + 1 < count:
            other += nodes[other + 1].key < nodes[other].key
        if node.key <= nodes[other].key:
            break
        heap_put(h, side, at, &nodes[other])
        at = other
    heap_put(h, side, at, &node)


cdef inline void heap_add(
    HistoricalState* h, int32_t side, int64_t sample, int64_t profit
) noexcept nogil:
    cdef HeapNode node
    node.key = -profit if side == IN_TAIL else profit
    node.sample = sample
    if side == IN_TAIL:
        h.tail_sum += profit
    h.counts[side] += 1
    heap_settle(h, side, h.counts[side] - 1, node)


cdef inline void heap_remove(HistoricalState* h, int64_t sample) noexcept nogil:
    cdef int32_t side = h.side[sample]
    cdef int32_t at = h.place[sample]
    cdef HeapNode last
    if side == IN_TAIL:
        h.tail_sum -= h.samples[sample]
    h.counts[side] -= 1
    last = h.heaps[side][h.counts[side]]
    if at < h.counts[side]:
        heap_settle(h, side, at, last)


cdef inline void heap_cross(HistoricalState* h, int32_t side) noexcept nogil:
    """The top of a heap goes over to the other one."""
    cdef int64_t sample = h.heaps[side][0].sample
    heap_remove(h, sample)
    heap_add(h, 1 - side, sample, h.samples[sample])


cdef inline int32_t historical_side(const HistoricalState* h, int64_t profit) noexcept nogil:
    """Where a profit belongs as the heaps stand."""
    if h.counts[IN_TAIL] > 0 and profit < -h.heaps[IN_TAIL][0].key:
        return IN_TAIL
    return IN_REST


cdef inline void historical_replace(
    HistoricalState* h, int32_t slot, int64_t profit
) noexcept nogil:
    """The oldest sample of a full window by the newest."""
    cdef int32_t side = historical_side(h, profit)
    cdef HeapNode node
    if side != h.side[slot]:
        heap_remove(h, slot)
        h.samples[slot] = profit
        heap_add(h, side, slot, profit)
        return
    node.key = -profit if side == IN_TAIL else profit
    node.sample = slot
    if side == IN_TAIL:
        h.tail_sum += <int128>profit - h.samples[slot]
    h.samples[slot] = profit
    heap_settle(h, side, h.place[slot], node)


cdef inline bint historical_update(HistoricalState* h, int64_t profit) noexcept nogil:
    """One sample; 0 when it is refused."""
    cdef int32_t slot = h.newest
    cdef int32_t wanted
    if profit > PROFIT_MAX or profit < -PROFIT_MAX:
        return 0
    if h.count == h.window:
        historical_replace(h, slot, profit)
    else:
        h.count += 1
        h.samples[slot] = profit
        heap_add(h, historical_side(h, profit), slot, profit)
    h.newest = slot + 1 if slot + 1 < h.window else 0
    wanted = <int32_t>((<int64_t>h.count * h.tail_ppm + HISTORICAL_PPM - 1) // HISTORICAL_PPM)
    while h.counts[IN_TAIL] < wanted:
        heap_cross(h, IN_REST)
    while h.counts[IN_TAIL] > wanted:
        heap_cross(h, IN_TAIL)
    return 1


cdef inline bint historical_figures(
    const HistoricalState* h, int64_t* var_units, int64_t* shortfall_units
) noexcept nogil:
    """0 while the tail is not seen. The mean loss is rounded up."""
    cdef int32_t k = h.counts[IN_TAIL]
    cdef int128 loss = -h.tail_sum
    cdef int128 mean
    if <int64_t>h.count * h.tail_ppm < HISTORICAL_PPM:
        return 0
    var_units[0] = h.heaps[IN_TAIL][0].key
    mean = loss // k
    if loss > 0 and mean * k != loss:
        mean += 1
    shortfall_units[0] = <int64_t>mean
    return 1
