"""One side of a book near the market: a ring of tick slots with a three-level bitmap.

A side works in *keys*: the price of a bid, the bitwise complement of the price of an ask. So the
best level of either side is the largest key and one code serves both. The window holds the keys
[base, base + TP_LADDER_WINDOW_TICKS), `base` a multiple of 64; a key lives in the slot
key mod window. Moving the window therefore moves only the levels that leave or enter it.

In: (key, quantity), 0 deletes. Out: the quantity before, the best key, walks from the best down.
Cost: a change touches one quantity, one bitmap word and two summary words, whatever the depth;
the next lower level is found by three bit scans. Worst case: `ladder_clear` and a move of the
window walk all occupied words.
"""

from libc.stdint cimport int32_t, int64_t, uint64_t
from tickpath.core.records cimport TP_LADDER_WINDOW_TICKS, tp_level

cdef extern from *:
    """
    #include <stdint.h>
    #include "records.h"
    static_assert(TP_LADDER_WINDOW_TICKS >= 4096, "a summary word covers 4096 ticks");
    static_assert(TP_LADDER_WINDOW_TICKS <= 64 * 4096, "one top word covers all summary words");
    static inline int64_t tp_bit_highest(uint64_t x) { return 63 - __builtin_clzll(x); }
    static inline int64_t tp_bit_lowest(uint64_t x) { return __builtin_ctzll(x); }
    """
    int64_t bit_highest "tp_bit_highest" (uint64_t x) noexcept nogil   # x is not 0
    int64_t bit_lowest "tp_bit_lowest" (uint64_t x) noexcept nogil     # x is not 0
    const int64_t KEY_NONE "INT64_MIN"

cdef enum:
    LADDER_MASK = TP_LADDER_WINDOW_TICKS - 1
    LADDER_WORDS = TP_LADDER_WINDOW_TICKS // 64
    LADDER_SUMMARIES = TP_LADDER_WINDOW_TICKS // 4096

cdef struct Ladder:
    int64_t base                   # lowest key of the window, a multiple of 64
    int64_t best                   # highest occupied key of the window, KEY_NONE when there is none
    int32_t count                  # occupied slots
    int32_t reserved
    uint64_t top                   # bit k: summary word k is not 0
    uint64_t[LADDER_SUMMARIES] summary   # bit k of word j: bitmap word 64 j + k is not 0
    uint64_t[LADDER_WORDS] bits    # bit k of word j: slot 64 j + k is occupied
    int64_t[TP_LADDER_WINDOW_TICKS] quantity


cdef inline bint ladder_holds(const Ladder* s, int64_t key) noexcept nogil:
    """Whether the key lies in the window."""
    return <uint64_t>key - <uint64_t>s.base < <uint64_t>TP_LADDER_WINDOW_TICKS


cdef inline int64_t ladder_word_below(const Ladder* s, int64_t word) noexcept nogil:
    """The next occupied bitmap word downwards in the ring, `word` itself the last; -1 for none."""
    cdef int64_t j = word >> 6
    cdef uint64_t x = s.summary[j] & (((<uint64_t>1) << (word & 63)) - 1)
    cdef uint64_t y
    if x == 0:
        y = s.top & (((<uint64_t>1) << j) - 1)
        if y == 0:
            y = s.top
            if y == 0:
                return -1
        j = bit_highest(y)
        x = s.summary[j]
    return (j << 6) + bit_highest(x)


cdef inline int64_t ladder_word_key(const Ladder* s, int64_t key, int64_t word) noexcept nogil:
    """Lowest key of ring word `word` seen downwards from the word of `key`; KEY_NONE outside."""
    cdef int64_t from_word = (key & LADDER_MASK) >> 6
    cdef int64_t steps = ((from_word - word - 1) & (LADDER_WORDS - 1)) + 1
    cdef int64_t low = (key & ~<int64_t>63) - (steps << 6)
    return low if low >= s.base else KEY_NONE


cdef inline int64_t ladder_below(const Ladder* s, int64_t key) noexcept nogil:
    """Highest occupied key below `key`, a key of the window; KEY_NONE when there is none."""
    cdef int64_t word = (key & LADDER_MASK) >> 6
    cdef uint64_t x = s.bits[word] & (((<uint64_t>1) << (key & 63)) - 1)
    cdef int64_t low = key & ~<int64_t>63
    if x == 0:
        word = ladder_word_below(s, word)
        if word < 0:
            return KEY_NONE
        low = ladder_word_key(s, key, word)
        if low == KEY_NONE:
            return KEY_NONE
        x = s.bits[word]
    return low + bit_highest(x)


cdef inline int64_t ladder_highest(const Ladder* s) noexcept nogil:
    """Highest occupied key of the window, found from the bitmap; KEY_NONE when there is none."""
    cdef int64_t last = s.base + LADDER_MASK
    if (s.bits[(last & LADDER_MASK) >> 6] >> 63) != 0:
        return last
    return ladder_below(s, last)


cdef inline int64_t ladder_lowest(const Ladder* s) noexcept nogil:
    """Lowest occupied key of the window, KEY_NONE when there is none: of the first occupied word of
    the ring from that of `base` upwards."""
    cdef int64_t first = (s.base & LADDER_MASK) >> 6
    cdef int64_t j = first >> 6
    cdef uint64_t x = s.summary[j] & (~<uint64_t>0 << (first & 63))
    cdef uint64_t y
    cdef int64_t word
    if s.top == 0:
        return KEY_NONE
    if x == 0:
        y = s.top & ~((<uint64_t>2 << j) - 1)
        j = bit_lowest(y if y != 0 else s.top)
        x = s.summary[j]
    word = (j << 6) + bit_lowest(x)
    return s.base + (((word - first) & (LADDER_WORDS - 1)) << 6) + bit_lowest(s.bits[word])


cdef inline int64_t ladder_set(Ladder* s, int64_t key, int64_t quantity) noexcept nogil:
    """Set the quantity of a key of the window, 0 deletes; returns the quantity before."""
    cdef int64_t slot = key & LADDER_MASK
    cdef int64_t word = slot >> 6
    cdef int64_t j = slot >> 12
    cdef uint64_t x = <uint64_t>1 << (slot & 63)
    cdef uint64_t y = <uint64_t>1 << (word & 63)
    cdef uint64_t z = <uint64_t>1 << j
    cdef int64_t before = s.quantity[slot]
    s.quantity[slot] = quantity
    s.count += <int32_t>(quantity != 0) - <int32_t>(before != 0)
    x = (s.bits[word] & ~x) | (<uint64_t>(quantity != 0) << (slot & 63))
    s.bits[word] = x
    y = (s.summary[j] & ~y) | (<uint64_t>(x != 0) << (word & 63))
    s.summary[j] = y
    s.top = (s.top & ~z) | (<uint64_t>(y != 0) << j)
    if key >= s.best:
        if quantity != 0:
            s.best = key
        elif key == s.best:
            s.best = ladder_below(s, key)
    return before


cdef inline int32_t ladder_walk(
    const Ladder* s, int64_t flip, int32_t count, tp_level* out
) noexcept nogil:
    """Up to `count` levels from the best down, prices = keys ^ flip; returns how many."""
    cdef int64_t low, word
    cdef int64_t k
    cdef uint64_t x
    cdef int32_t n = 0
    if s.best == KEY_NONE:
        return 0
    low = s.best & ~<int64_t>63
    word = (s.best & LADDER_MASK) >> 6
    x = s.bits[word] & (~<uint64_t>0 >> (63 - (s.best & 63)))
    while n < count:
        if x == 0:
            k = word
            word = ladder_word_below(s, k)
            low = ladder_word_key(s, low, word)
            if low == KEY_NONE:
                break
            x = s.bits[word]
        k = bit_highest(x)
        x ^= <uint64_t>1 << k
        out[n].price_ticks = (low + k) ^ flip
        out[n].quantity_lots = s.quantity[(word << 6) + k]
        n += 1
    return n


cdef inline void ladder_drop_word(Ladder* s, int64_t word) noexcept nogil:
    """Forget the 64 slots of a bitmap word; `best` is the caller's to find again."""
    cdef uint64_t x = s.bits[word]
    cdef int64_t k
    while x != 0:
        k = bit_highest(x)
        x ^= <uint64_t>1 << k
        s.quantity[(word << 6) + k] = 0
        s.count -= 1
    s.bits[word] = 0
    s.summary[word >> 6] &= ~(<uint64_t>1 << (word & 63))
    if s.summary[word >> 6] == 0:
        s.top &= ~(<uint64_t>1 << (word >> 6))


cdef inline void ladder_clear(Ladder* s, int64_t base) noexcept nogil:
    """Empty the ladder and place its window."""
    cdef int64_t j
    while s.top != 0:
        j = bit_highest(s.top)
        ladder_drop_word(s, (j << 6) + bit_highest(s.summary[j]))
    s.base = base
    s.best = KEY_NONE
