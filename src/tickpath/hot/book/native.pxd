"""The book in C: two ladders, two far tables, and what a complete message leaves behind.

One `BookState` an instrument, about 2.3 MiB of address space of which a typical book touches a
quarter. It is written by the walk alone. The verbs return a tp_code; after any code but TP_OK and
TP_FEED_GAP the book is empty and STALE, and the caller makes the feed wait for a snapshot.

Cost of a change O(1), of a message its changes plus O(1). Worst cases, each once a message and
each linear in the levels of a side: the window moves; a side's best lies outside the window.
"""

from libc.stdint cimport int32_t, int64_t, uint32_t, uint64_t
from tickpath.core.codes cimport (
    TP_BOOK_CHECKSUM,
    TP_BOOK_CROSSED,
    TP_BOOK_FAR_FULL,
    TP_BOOK_PRICE,
    TP_FEED_GAP,
    TP_OK,
)
from tickpath.core.hint cimport tp_likely, tp_unlikely
from tickpath.core.records cimport (
    TP_BOOK_OK,
    TP_BOOK_STALE,
    TP_BOOK_STATUS_CROSSED,
    TP_CHECKSUM_CRC32_TEN,
    TP_CROSSED_MESSAGES_MAX,
    TP_CROSSED_NS_MAX,
    TP_FAR_LEVELS_MAX,
    TP_LADDER_WINDOW_TICKS,
    tp_book_top,
    tp_level,
    tp_market_event,
)
from tickpath.hot.book.far cimport (
    Far,
    far_best,
    far_clear,
    far_drop,
    far_quantity,
    far_set,
    far_slot,
    far_walk,
    far_worst,
    key_mix,
)
from tickpath.hot.book.ladder cimport (
    KEY_NONE,
    LADDER_MASK,
    LADDER_WORDS,
    Ladder,
    bit_highest,
    ladder_clear,
    ladder_drop_word,
    ladder_highest,
    ladder_holds,
    ladder_lowest,
    ladder_set,
    ladder_walk,
)

cdef extern from "../hot/book/checksum.h" nogil:
    enum:
        TP_CHECKSUM_LEVELS
    ctypedef struct tp_checksum_memo:
        uint64_t price_units
        uint64_t quantity_units
    uint32_t tp_checksum_ten(
        tp_checksum_memo* m, const tp_level* bids, int32_t bid_count, const tp_level* asks,
        int32_t ask_count) noexcept
    uint32_t tp_crc32(const char* data, int64_t size) noexcept
    uint32_t tp_crc32_tables(const char* data, int64_t size) noexcept

cdef extern from *:
    const int64_t BOOK_PRICE_TICKS_MAX "((int64_t)1 << 62)"

cdef struct BookSide:
    Ladder ladder
    int32_t better                 # far levels above the window, which beat every level inside
    int32_t reserved
    Far far

cdef struct BookState:
    # read by every message
    int64_t last_id                # of the last message applied
    int64_t t_recv_ns
    int64_t bid_key                # best keys after the last message, KEY_NONE when empty
    int64_t ask_key
    uint64_t hash                  # sum over levels of (mix(key) | 1) * quantity, mod 2^64
    int64_t base_ticks             # lowest price of both windows
    int32_t status                 # tp_book_status
    int32_t instrument
    # crossed policy and counters
    int32_t crossed_messages       # complete messages since the book became crossed
    int32_t reserved
    int64_t crossed_since_ns
    int64_t crossed_count          # messages that left the book crossed, ever
    int64_t recentre_count         # moves of the window, snapshots not counted
    # of bounded books
    int64_t checksum_ok            # messages whose checksum was the book's, ever
    int64_t checksum_bad
    BookSide[2] sides              # 0 bid, 1 ask
    tp_level[TP_FAR_LEVELS_MAX] scratch   # one walk's or one move's
    tp_checksum_memo memo          # what was written of levels: follows from them, no state


cdef inline int64_t side_base(int32_t side, int64_t base_ticks) noexcept nogil:
    """The window's lowest key of a side."""
    return base_ticks if side == 0 else ~(base_ticks + LADDER_MASK)


cdef inline int64_t window_base(int64_t bid_key, int64_t ask_key) noexcept nogil:
    """Lowest price of a window centred on mid, or on the one side there is; 0 for an empty book."""
    if bid_key == KEY_NONE and ask_key == KEY_NONE:
        return 0
    return (book_mid(bid_key, ask_key) - TP_LADDER_WINDOW_TICKS // 2) & ~<int64_t>63


cdef inline int64_t book_mid(int64_t bid_key, int64_t ask_key) noexcept nogil:
    """Half of bid + ask rounded down, or the one side's best; not for an empty book."""
    if bid_key == KEY_NONE:
        return ~ask_key
    if ask_key == KEY_NONE:
        return bid_key
    return (bid_key + ~ask_key) >> 1


cdef inline void book_clear(BookState* b, int32_t status) noexcept nogil:
    """Forget all levels and ids; lifetime counters stay."""
    cdef int32_t side
    for side in range(2):
        ladder_clear(&b.sides[side].ladder, side_base(side, 0))
        far_clear(&b.sides[side].far)
        b.sides[side].better = 0
    b.status = status
    b.last_id = 0
    b.t_recv_ns = 0
    b.bid_key = KEY_NONE
    b.ask_key = KEY_NONE
    b.hash = 0
    b.base_ticks = 0
    b.crossed_messages = 0
    b.crossed_since_ns = 0


cdef inline int32_t book_fail(BookState* b, int32_t code) noexcept nogil:
    """Nothing of a book that broke is kept."""
    book_clear(b, TP_BOOK_STALE)
    return code


cdef inline bint side_far_set(
    BookSide* s, int64_t key, int64_t quantity, int64_t* before
) noexcept nogil:
    """A change outside the window; 0 when the far table is full."""
    if not far_set(&s.far, key, quantity, before):
        return 0
    if key > s.ladder.base:
        s.better += <int32_t>(quantity != 0) - <int32_t>(before[0] != 0)
    return 1


cdef inline int32_t book_change(
    BookState* b, int32_t side, const tp_level* levels, int32_t count
) noexcept nogil:
    """Absolute quantities of one side's levels, in order; 0 deletes, also what is not there."""
    cdef BookSide* s = &b.sides[side]
    cdef int64_t flip = -<int64_t>side
    cdef uint64_t sum = b.hash
    cdef int64_t price, quantity, key, before
    cdef int32_t k
    for k in range(count):
        price = levels[k].price_ticks
        quantity = levels[k].quantity_lots
        if ((price - 1) | (BOOK_PRICE_TICKS_MAX - price) | quantity) < 0:
            return TP_BOOK_PRICE
        key = price ^ flip
        if ladder_holds(&s.ladder, key):
            before = ladder_set(&s.ladder, key, quantity)
        elif not side_far_set(s, key, quantity, &before):
            return TP_BOOK_FAR_FULL
        sum += (key_mix(key) | 1) * <uint64_t>(quantity - before)
    b.hash = sum
    return TP_OK


cdef inline int64_t side_best(const BookSide* s) noexcept nogil:
    """Best key of window and far together, KEY_NONE for an empty side."""
    if s.better == 0 and (s.ladder.best != KEY_NONE or s.far.count == 0):
        return s.ladder.best
    return far_best(&s.far)


cdef inline int64_t side_quantity(const BookSide* s, int64_t key) noexcept nogil:
    """Quantity of a level, 0 for KEY_NONE and absent ones."""
    if ladder_holds(&s.ladder, key):
        return s.ladder.quantity[key & LADDER_MASK]
    return far_quantity(&s.far, key)


cdef inline bint side_move(BookSide* s, int64_t base, tp_level* scratch) noexcept nogil:
    """Move the window to start at key `base`; 0 when more levels lie outside than far may hold."""
    cdef Ladder* ladder = &s.ladder
    cdef int64_t old = ladder.base
    cdef int64_t word, low, before, k
    cdef uint64_t x
    cdef int32_t entering = 0
    cdef int32_t n
    for n in range(s.far.count - 1, -1, -1):
        if <uint64_t>s.far.items[n].price_ticks - <uint64_t>base < <uint64_t>TP_LADDER_WINDOW_TICKS:
            scratch[entering] = s.far.items[n]
            entering += 1
            far_drop(&s.far, far_slot(&s.far, s.far.items[n].price_ticks))
    for n in range(LADDER_WORDS):
        low = old + (<int64_t>n << 6)
        word = (low & LADDER_MASK) >> 6
        x = ladder.bits[word]
        if x == 0 or <uint64_t>low - <uint64_t>base < <uint64_t>TP_LADDER_WINDOW_TICKS:
            continue
        while x != 0:
            k = bit_highest(x)
            x ^= <uint64_t>1 << k
            if not far_set(&s.far, low + k, ladder.quantity[(word << 6) + k], &before):
                return 0
        ladder_drop_word(ladder, word)
    ladder.base = base
    ladder.best = KEY_NONE
    for n in range(entering):
        ladder_set(ladder, scratch[n].price_ticks, scratch[n].quantity_lots)
    ladder.best = ladder_highest(ladder)
    s.better = 0
    for n in range(s.far.count):
        s.better += <int32_t>(s.far.items[n].price_ticks > base)
    return 1


cdef inline int32_t book_recentre(BookState* b) noexcept nogil:
    """Move both windows when mid has left the middle half of the window."""
    cdef int64_t mid, base
    cdef int32_t side
    if tp_unlikely(b.bid_key == KEY_NONE and b.ask_key == KEY_NONE):
        return TP_OK
    mid = book_mid(b.bid_key, b.ask_key)
    if tp_likely(<uint64_t>mid - <uint64_t>(b.base_ticks + TP_LADDER_WINDOW_TICKS // 4) < (
            <uint64_t>(TP_LADDER_WINDOW_TICKS // 2))):
        return TP_OK
    base = window_base(b.bid_key, b.ask_key)
    for side in range(2):
        if not side_move(&b.sides[side], side_base(side, base), b.scratch):
            return TP_BOOK_FAR_FULL
    b.base_ticks = base
    b.recentre_count += 1
    return TP_OK


cdef inline int32_t book_settle(BookState* b, const tp_market_event* event) noexcept nogil:
    """What a complete message leaves: best keys, window, status by the crossed policy."""
    cdef int32_t code
    b.last_id = event.last_id
    b.t_recv_ns = event.t_recv_ns
    b.bid_key = side_best(&b.sides[0])
    b.ask_key = side_best(&b.sides[1])
    code = book_recentre(b)
    if code != TP_OK:
        return book_fail(b, code)
    if b.bid_key == KEY_NONE or b.ask_key == KEY_NONE or b.bid_key < ~b.ask_key:
        b.status = TP_BOOK_OK
        b.crossed_messages = 0
        b.crossed_since_ns = 0
        return TP_OK
    if b.status != TP_BOOK_STATUS_CROSSED:
        b.crossed_since_ns = event.t_recv_ns
    b.status = TP_BOOK_STATUS_CROSSED
    b.crossed_messages += 1
    b.crossed_count += 1
    if b.crossed_messages > TP_CROSSED_MESSAGES_MAX or (
            event.t_recv_ns - b.crossed_since_ns > TP_CROSSED_NS_MAX):
        return book_fail(b, TP_BOOK_CROSSED)
    return TP_OK


cdef inline int64_t side_worst(const BookSide* s) noexcept nogil:
    """Worst key of a side that is not empty."""
    cdef int64_t inside
    if s.far.count > s.better:
        return far_worst(&s.far)
    inside = ladder_lowest(&s.ladder)
    return inside if inside != KEY_NONE else far_worst(&s.far)


cdef inline void book_truncate(BookState* b, int32_t depth) noexcept nogil:
    """Drop the worst levels of a side beyond `depth`: the venue keeps no more and deletes none."""
    cdef BookSide* s
    cdef int64_t key, quantity
    cdef int32_t side, excess, k
    for side in range(2):
        s = &b.sides[side]
        excess = book_level_count(b, side) - depth
        for k in range(excess):
            key = side_worst(s)
            quantity = 0
            if ladder_holds(&s.ladder, key):
                quantity = ladder_set(&s.ladder, key, 0)
            else:
                side_far_set(s, key, 0, &quantity)
            b.hash -= (key_mix(key) | 1) * <uint64_t>quantity


cdef inline int32_t book_bounded(BookState* b, const tp_market_event* event) noexcept nogil:
    """`book_settle` of a venue that keeps `depth` levels a side, and its checksum of the best."""
    cdef tp_level[TP_CHECKSUM_LEVELS] bids
    cdef tp_level[TP_CHECKSUM_LEVELS] asks
    cdef int32_t code, bid_count, ask_count
    book_truncate(b, event.depth)
    code = book_settle(b, event)
    if code != TP_OK or event.checksum_kind != TP_CHECKSUM_CRC32_TEN:
        return code
    bid_count = book_depth(b, 0, TP_CHECKSUM_LEVELS, bids)
    ask_count = book_depth(b, 1, TP_CHECKSUM_LEVELS, asks)
    if event.checksum == tp_checksum_ten(&b.memo, bids, bid_count, asks, ask_count):
        b.checksum_ok += 1
        return TP_OK
    b.checksum_bad += 1
    return book_fail(b, TP_BOOK_CHECKSUM)


cdef inline int32_t book_finish(BookState* b, const tp_market_event* event) noexcept nogil:
    """After the changes of a complete message."""
    if event.depth != 0:
        return book_bounded(b, event)
    return book_settle(b, event)


cdef inline int32_t book_apply(BookState* b, const tp_market_event* event) noexcept nogil:
    """One complete depth message. TP_FEED_GAP and no change when there is no snapshot yet."""
    cdef int32_t code
    if b.status != TP_BOOK_OK and b.status != TP_BOOK_STATUS_CROSSED:
        return TP_FEED_GAP
    code = book_change(b, 0, event.bids, event.bid_count)
    if code == TP_OK:
        code = book_change(b, 1, event.asks, event.ask_count)
    if code != TP_OK:
        return book_fail(b, code)
    return book_finish(b, event)


cdef inline int64_t levels_best(const tp_level* levels, int32_t count, int64_t flip) noexcept nogil:
    """Highest key with a quantity among the levels of a message, KEY_NONE when there is none."""
    cdef int64_t best = KEY_NONE
    cdef int32_t k
    for k in range(count):
        if levels[k].quantity_lots > 0 and (levels[k].price_ticks ^ flip) > best:
            best = levels[k].price_ticks ^ flip
    return best


cdef inline int32_t book_snapshot(BookState* b, const tp_market_event* event) noexcept nogil:
    """Replace everything; the window is centred on the snapshot's own mid."""
    cdef int32_t code, side
    book_clear(b, TP_BOOK_STALE)
    b.base_ticks = window_base(
        levels_best(event.bids, event.bid_count, 0), levels_best(event.asks, event.ask_count, -1))
    for side in range(2):
        b.sides[side].ladder.base = side_base(side, b.base_ticks)
    code = book_change(b, 0, event.bids, event.bid_count)
    if code == TP_OK:
        code = book_change(b, 1, event.asks, event.ask_count)
    if code != TP_OK:
        return book_fail(b, code)
    return book_finish(b, event)


cdef inline int32_t book_level_count(const BookState* b, int32_t side) noexcept nogil:
    return b.sides[side].ladder.count + b.sides[side].far.count


cdef inline uint64_t book_hash(const BookState* b) noexcept nogil:
    """Order-independent hash of all levels, kept with every change; 0 when empty."""
    return b.hash


cdef inline int32_t book_depth(
    BookState* b, int32_t side, int32_t count, tp_level* out
) noexcept nogil:
    """Up to `count` levels of a side, best first, window and far together; returns how many."""
    cdef const BookSide* s = &b.sides[side]
    cdef int64_t flip = -<int64_t>side
    cdef int32_t n = 0
    if tp_unlikely(s.better != 0):
        n = far_walk(&s.far, s.ladder.base, 1, b.scratch, flip, count, out)
    n += ladder_walk(&s.ladder, flip, count - n, out + n)
    if tp_unlikely(n < count) and s.far.count > s.better:
        n += far_walk(&s.far, s.ladder.base, 0, b.scratch, flip, count - n, out + n)
    return n


cdef inline int32_t book_top_side(
    const BookState* b, int32_t side, int32_t levels, tp_level* out
) noexcept nogil:
    """`levels` levels of a side, zeros behind the last one; returns how many there are."""
    cdef int32_t n = book_depth(<BookState*>b, side, levels, out)
    cdef int32_t k
    if tp_unlikely(n < levels):
        for k in range(n, levels):
            out[k].price_ticks = 0
            out[k].quantity_lots = 0
    return n


cdef inline void book_top(const BookState* b, tp_book_top* out, int32_t levels) noexcept nogil:
    """What later stages may know: best bid and ask, `levels` (at most TP_VIEW_LEVELS) a side."""
    out.bid_ticks = 0
    out.bid_lots = 0
    out.ask_ticks = 0
    out.ask_lots = 0
    if b.bid_key != KEY_NONE:
        out.bid_ticks = b.bid_key
        out.bid_lots = side_quantity(&b.sides[0], b.bid_key)
    if b.ask_key != KEY_NONE:
        out.ask_ticks = ~b.ask_key
        out.ask_lots = side_quantity(&b.sides[1], b.ask_key)
    out.last_id = b.last_id
    out.t_recv_ns = b.t_recv_ns
    out.status = b.status
    out.reserved = 0
    out.bid_count = book_top_side(b, 0, levels, out.bids)
    out.ask_count = book_top_side(b, 1, levels, out.asks)


cdef class Book:
    cdef BookState* state
    cdef tp_level* levels          # room for one frame's levels of both sides, Python border only

    cdef tp_level* fill(self, list levels, tp_level* at) except NULL
