"""The book order by order in C: same verdicts and answers as l3.py.

Orders and levels lie in pools taken once at start; an open-addressed index, at most half full,
finds each. The orders of a level stand in a list in order of priority, the levels of a side in a
list in no order. Nothing is allocated after start. Cost of a message: one or two look-ups. Worst
cases: `l3_ahead` walks the level, `l3_drop` the orders of the instrument.
"""

from libc.stdint cimport int32_t, int64_t, uint32_t, uint64_t
from libc.string cimport memset
from tickpath.core.codes cimport (
    TP_FEED_DUPLICATE_ORDER,
    TP_FEED_ORDERS_FULL,
    TP_FEED_RANGE,
    TP_FEED_UNKNOWN_ORDER,
    TP_OK,
)
from tickpath.core.records cimport TP_INSTRUMENTS_MAX

cdef struct L3Order:
    uint64_t reference
    uint32_t shares
    int32_t level
    int32_t prev                   # at the same price: the one before, -1 for the first
    int32_t next                   # the one behind, -1 for the last; the next free one

cdef struct L3Level:
    int64_t shares
    uint32_t price
    int32_t queue                  # instrument * 2 + side
    int32_t head                   # first order to be executed
    int32_t tail
    int32_t prev                   # other levels of the side
    int32_t next

cdef struct L3Change:              # what is left of a level
    int64_t shares
    uint32_t price
    int32_t queue

cdef struct L3Index:               # open addressing; 0: free, else tag << 32 | place + 1
    uint64_t* entries
    uint64_t mask
    int32_t shift                  # of a tag, to its home
    int32_t reserved

cdef struct L3State:
    L3Order* orders
    L3Level* levels
    L3Index order_index
    L3Index level_index
    int64_t capacity               # orders; and as many levels
    int64_t order_count
    int64_t level_count
    int64_t order_next             # first order never used
    int64_t level_next
    int32_t order_free             # list of used and freed ones, -1 at its end
    int32_t level_free
    uint64_t hash
    int32_t sides[2 * TP_INSTRUMENTS_MAX]   # first level of each
    int32_t change_count
    int32_t reserved
    L3Change changes[2]            # of the last message


cdef inline uint64_t l3_mixed(uint64_t value) noexcept nogil:
    """The finalizer of splitmix64 (Steele, Lea, Flood, 2014)."""
    cdef uint64_t z = value + <uint64_t>0x9E3779B97F4A7C15
    z = (z ^ (z >> 30)) * <uint64_t>0xBF58476D1CE4E5B9
    z = (z ^ (z >> 27)) * <uint64_t>0x94D049BB133111EB
    return z ^ (z >> 31)


cdef inline uint64_t l3_key(int32_t queue, uint32_t price) noexcept nogil:
    return (<uint64_t><uint32_t>queue << 32) | price


cdef inline uint64_t l3_tag(uint64_t key) noexcept nogil:
    """Fibonacci hashing (Knuth, TAOCP vol. 3, 6.4): the high half; its first bits are the home."""
    return (key * <uint64_t>0x9E3779B97F4A7C15) >> 32


cdef inline void l3_index_init(L3Index* x, uint64_t* entries, int64_t count) noexcept nogil:
    """`entries` are zeroed, `count` a power of two from 2 to 2^32."""
    x.entries = entries
    x.mask = <uint64_t>count - 1
    x.shift = 32
    while count > 1:
        x.shift -= 1
        count >>= 1


cdef inline void l3_index_put(L3Index* x, uint64_t key, int32_t place) noexcept nogil:
    """The key is not there yet and the table has room (the caller's duty)."""
    cdef uint64_t tag = l3_tag(key)
    cdef uint64_t k = tag >> x.shift
    while x.entries[k] != 0:
        k = (k + 1) & x.mask
    x.entries[k] = tag << 32 | <uint64_t>(place + 1)


cdef inline void l3_index_remove(L3Index* x, uint64_t key, int32_t place) noexcept nogil:
    """The pair is there. What follows shifts back, so no tombstones gather."""
    cdef uint64_t tag = l3_tag(key)
    cdef uint64_t k = tag >> x.shift
    cdef uint64_t wanted = tag << 32 | <uint64_t>(place + 1)
    cdef uint64_t next, home
    while x.entries[k] != wanted:
        k = (k + 1) & x.mask
    next = (k + 1) & x.mask
    while x.entries[next] != 0:
        home = (x.entries[next] >> 32) >> x.shift
        if ((next - home) & x.mask) >= ((next - k) & x.mask):
            x.entries[k] = x.entries[next]
            k = next
        next = (next + 1) & x.mask
    x.entries[k] = 0


cdef inline int32_t l3_find(const L3State* b, uint64_t reference) noexcept nogil:
    """Where an order lies, -1 when it is not there."""
    cdef uint64_t tag = l3_tag(reference)
    cdef uint64_t k = tag >> b.order_index.shift
    cdef uint64_t entry = b.order_index.entries[k]
    while entry != 0:
        if (entry >> 32 == tag
                and b.orders[<int32_t><uint32_t>entry - 1].reference == reference):
            return <int32_t><uint32_t>entry - 1
        k = (k + 1) & b.order_index.mask
        entry = b.order_index.entries[k]
    return -1


cdef inline int32_t l3_find_level(const L3State* b, int32_t queue, uint32_t price) noexcept nogil:
    """Where a level lies, -1 when nobody is at that price."""
    cdef uint64_t tag = l3_tag(l3_key(queue, price))
    cdef uint64_t k = tag >> b.level_index.shift
    cdef uint64_t entry = b.level_index.entries[k]
    cdef const L3Level* level
    while entry != 0:
        if entry >> 32 == tag:
            level = &b.levels[<int32_t><uint32_t>entry - 1]
            if level.price == price and level.queue == queue:
                return <int32_t><uint32_t>entry - 1
        k = (k + 1) & b.level_index.mask
        entry = b.level_index.entries[k]
    return -1


cdef inline uint64_t l3_order_hash(
        uint64_t reference, uint64_t key, uint32_t shares) noexcept nogil:
    return l3_mixed(l3_mixed(reference) ^ l3_mixed(key) ^ shares)


cdef inline void l3_clear(L3State* b, int64_t index_entries) noexcept nogil:
    """Forget every order; `index_entries` is the size of each index. Linear in that size."""
    cdef int32_t k
    if b.order_next > 0:
        memset(b.order_index.entries, 0, index_entries * sizeof(uint64_t))
        memset(b.level_index.entries, 0, index_entries * sizeof(uint64_t))
    b.order_count = 0
    b.level_count = 0
    b.order_next = 0
    b.level_next = 0
    b.order_free = -1
    b.level_free = -1
    b.hash = 0
    b.change_count = 0
    for k in range(2 * TP_INSTRUMENTS_MAX):
        b.sides[k] = -1


cdef inline void l3_init(
    L3State* b, L3Order* orders, L3Level* levels, uint64_t* order_entries, uint64_t* level_entries,
    int64_t capacity
) noexcept nogil:
    """Pools of `capacity`, a power of two; zeroed indices of twice as many entries."""
    b.orders = orders
    b.levels = levels
    b.capacity = capacity
    l3_index_init(&b.order_index, order_entries, 2 * capacity)
    l3_index_init(&b.level_index, level_entries, 2 * capacity)
    b.order_next = 0
    l3_clear(b, 2 * capacity)


cdef inline void l3_changed(L3State* b, const L3Level* level) noexcept nogil:
    cdef L3Change* c = &b.changes[b.change_count]
    c.shares = level.shares
    c.price = level.price
    c.queue = level.queue
    b.change_count += 1


cdef inline int32_t l3_level(L3State* b, int32_t queue, uint32_t price) noexcept nogil:
    """The level of a price, made when it is not there."""
    cdef int32_t at = l3_find_level(b, queue, price)
    cdef L3Level* level
    if at >= 0:
        return at
    at = b.level_free
    if at >= 0:
        b.level_free = b.levels[at].next
    else:
        at = <int32_t>b.level_next
        b.level_next += 1
    level = &b.levels[at]
    level.shares = 0
    level.price = price
    level.queue = queue
    level.head = -1
    level.tail = -1
    level.prev = -1
    level.next = b.sides[queue]
    if level.next >= 0:
        b.levels[level.next].prev = at
    b.sides[queue] = at
    b.level_count += 1
    l3_index_put(&b.level_index, l3_key(queue, price), at)
    return at


cdef inline void l3_level_free(L3State* b, int32_t at) noexcept nogil:
    cdef L3Level* level = &b.levels[at]
    l3_index_remove(&b.level_index, l3_key(level.queue, level.price), at)
    if level.prev >= 0:
        b.levels[level.prev].next = level.next
    else:
        b.sides[level.queue] = level.next
    if level.next >= 0:
        b.levels[level.next].prev = level.prev
    level.next = b.level_free
    b.level_free = at
    b.level_count -= 1


cdef inline void l3_take_off(L3State* b, int32_t at) noexcept nogil:
    """An order leaves its level and the table; the level keeps its shares without it."""
    cdef L3Order* o = &b.orders[at]
    cdef L3Level* level = &b.levels[o.level]
    b.hash -= l3_order_hash(o.reference, l3_key(level.queue, level.price), o.shares)
    level.shares -= o.shares
    if o.prev >= 0:
        b.orders[o.prev].next = o.next
    else:
        level.head = o.next
    if o.next >= 0:
        b.orders[o.next].prev = o.prev
    else:
        level.tail = o.prev
    l3_index_remove(&b.order_index, o.reference, at)
    if level.head < 0:
        l3_level_free(b, o.level)
    o.next = b.order_free
    b.order_free = at
    b.order_count -= 1


cdef inline void l3_place(
    L3State* b, uint64_t reference, int32_t queue, uint32_t shares, uint32_t price
) noexcept nogil:
    """A new order behind the others of its level; there is room, and the reference is free."""
    cdef int32_t level_at = l3_level(b, queue, price)
    cdef L3Level* level = &b.levels[level_at]
    cdef L3Order* o
    cdef int32_t at = b.order_free
    if at >= 0:
        b.order_free = b.orders[at].next
    else:
        at = <int32_t>b.order_next
        b.order_next += 1
    o = &b.orders[at]
    o.reference = reference
    o.shares = shares
    o.level = level_at
    o.prev = level.tail
    o.next = -1
    if level.tail >= 0:
        b.orders[level.tail].next = at
    else:
        level.head = at
    level.tail = at
    level.shares += shares
    b.order_count += 1
    b.hash += l3_order_hash(reference, l3_key(queue, price), shares)
    l3_index_put(&b.order_index, reference, at)
    l3_changed(b, level)


cdef inline int32_t l3_add(
    L3State* b, uint64_t reference, int32_t queue, uint32_t shares, uint32_t price
) noexcept nogil:
    """A and F: a new order behind the others of its level."""
    b.change_count = 0
    if shares == 0 or price == 0:
        return TP_FEED_RANGE
    if l3_find(b, reference) >= 0:
        return TP_FEED_DUPLICATE_ORDER
    if b.order_count == b.capacity:
        return TP_FEED_ORDERS_FULL
    l3_place(b, reference, queue, shares, price)
    return TP_OK


cdef inline int32_t l3_reduce(
    L3State* b, int32_t at, uint32_t shares
) noexcept nogil:
    """E, C and X of the order at `at` (-1: unknown): fewer shares, the same place in the queue."""
    cdef L3Order* o
    cdef L3Level* level
    cdef uint64_t key
    b.change_count = 0
    if shares == 0:
        return TP_FEED_RANGE
    if at < 0:
        return TP_FEED_UNKNOWN_ORDER
    o = &b.orders[at]
    if shares > o.shares:
        return TP_FEED_RANGE
    level = &b.levels[o.level]
    if shares == o.shares:
        l3_take_off(b, at)
    else:
        key = l3_key(level.queue, level.price)
        b.hash -= l3_order_hash(o.reference, key, o.shares)
        o.shares -= shares
        level.shares -= shares
        b.hash += l3_order_hash(o.reference, key, o.shares)
    l3_changed(b, level)
    return TP_OK


cdef inline int32_t l3_delete(L3State* b, int32_t at) noexcept nogil:
    """D of the order at `at` (-1: unknown): the whole order."""
    cdef int32_t level_at
    b.change_count = 0
    if at < 0:
        return TP_FEED_UNKNOWN_ORDER
    level_at = b.orders[at].level
    l3_take_off(b, at)
    l3_changed(b, &b.levels[level_at])
    return TP_OK


cdef inline int32_t l3_replace(
    L3State* b, int32_t at, uint64_t new, uint32_t shares, uint32_t price
) noexcept nogil:
    """U of the order at `at` (-1: unknown): it goes, a new one stands behind the others."""
    cdef L3Level old
    cdef int32_t other
    b.change_count = 0
    if shares == 0 or price == 0:
        return TP_FEED_RANGE
    if at < 0:
        return TP_FEED_UNKNOWN_ORDER
    other = l3_find(b, new)
    if other >= 0 and other != at:
        return TP_FEED_DUPLICATE_ORDER
    old = b.levels[b.orders[at].level]
    old.shares -= b.orders[at].shares
    l3_take_off(b, at)
    if old.price != price:
        l3_changed(b, &old)
    l3_place(b, new, old.queue, shares, price)
    return TP_OK


cdef inline int32_t l3_instrument(const L3State* b, int32_t at) noexcept nogil:
    return b.levels[b.orders[at].level].queue >> 1


cdef inline int64_t l3_ahead(const L3State* b, int32_t at) noexcept nogil:
    """Shares that are executed before an order at its price."""
    cdef int64_t shares = 0
    at = b.orders[at].prev
    while at >= 0:
        shares += b.orders[at].shares
        at = b.orders[at].prev
    return shares


cdef inline void l3_drop(L3State* b, int32_t instrument) noexcept nogil:
    """Forget the orders of one instrument."""
    cdef int32_t queue
    for queue in range(2 * instrument, 2 * instrument + 2):
        while b.sides[queue] >= 0:
            l3_take_off(b, b.levels[b.sides[queue]].head)
    b.change_count = 0
