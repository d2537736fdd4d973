"""MoldUDP64 packets of ITCH 5.0 to `tp_market_event`s: the native decoder.

In: one packet of a source. Out: a code and the event, whose arrays stay valid until the next one.
Same verdicts as wire.py, in the same order. Between `wire_decode` and the last `wire_next` the
packet must stay where it is. Worst case: a snapshot after a halt sorts the levels of a book.
"""

from libc.stdint cimport int16_t, int32_t, int64_t, uint32_t, uint64_t
from libc.string cimport memcmp, memcpy, memset
from tickpath.core.codes cimport (
    TP_FEED_CONTROL,
    TP_FEED_GAP,
    TP_FEED_LEVELS,
    TP_FEED_OFF_GRID,
    TP_FEED_RANGE,
    TP_FEED_STALE_ID,
    TP_FEED_UNKNOWN_KIND,
    TP_FEED_UNKNOWN_ORDER,
    TP_OK,
)
from tickpath.core.records cimport (
    TP_BUY,
    TP_CHAIN_NONE,
    TP_EVENT_DEPTH,
    TP_EVENT_NONE,
    TP_EVENT_SNAPSHOT,
    TP_EVENT_TRADE,
    TP_INSTRUMENTS_MAX,
    TP_LEVELS_PER_FRAME_MAX,
    TP_SELL,
    tp_level,
    tp_market_event,
    tp_trade,
)
from tickpath.venues.nasdaq.itch cimport (
    be16,
    be32,
    be64,
    itch_check,
    itch_locate,
    itch_time_ns,
)
from tickpath.venues.nasdaq.l3 cimport (
    L3Level,
    L3State,
    l3_add,
    l3_clear,
    l3_delete,
    l3_drop,
    l3_find,
    l3_instrument,
    l3_reduce,
    l3_replace,
)
from tickpath.venues.nasdaq.mold cimport MOLD_HEADER_BYTES, MoldHead, mold_parse

cdef enum:
    WIRE_LOCATES = 65536
    WIRE_EPOCH_SHIFT = 40

cdef struct WireState:
    int32_t source
    int32_t instrument_count
    int32_t begun                     # a session is known
    int32_t whole                     # and was seen from its first message on
    int32_t left                      # messages of the packet in hand
    int32_t pending                   # 1: the change of the message whose trade was given
    int64_t epoch                     # sessions so far
    int64_t next                      # sequence expected
    int64_t sequence                  # of the message in hand
    int64_t pending_ns                # its time
    int32_t pending_local
    int32_t reserved
    const char* at                    # the next message's length
    L3State* book
    tp_level* bids                    # TP_LEVELS_PER_FRAME_MAX each
    tp_level* asks
    tp_trade trade
    tp_market_event blank             # an event of nobody, with the arrays above
    char session[16]                  # 10 bytes
    int32_t live[TP_INSTRUMENTS_MAX]  # 1: its book follows the venue's
    int32_t index[TP_INSTRUMENTS_MAX]        # of the instrument in the configuration
    uint32_t units[TP_INSTRUMENTS_MAX]       # tick size in 10^-4
    uint64_t symbols[TP_INSTRUMENTS_MAX]     # 8 bytes as they stand in a message
    int16_t locates[WIRE_LOCATES]     # place of the instrument + 1, 0: not ours


cdef inline void wire_reset(WireState* s, tp_market_event* ev) noexcept nogil:
    ev[0] = s.blank


cdef inline void wire_lose_all(WireState* s) noexcept nogil:
    memset(s.live, 0, sizeof(s.live))
    l3_clear(s.book, 2 * s.book.capacity)


cdef inline int32_t wire_refuse(
    WireState* s, tp_market_event* ev, int32_t code, int32_t local, bint lost
) noexcept nogil:
    """A message that cannot be used; a book that would be wrong without it goes."""
    wire_reset(s, ev)
    if local >= 0:
        ev.instrument = s.index[local]
    ev.lost = lost
    if lost and local >= 0:
        s.live[local] = 0
        l3_drop(s.book, local)
    elif lost:
        wire_lose_all(s)
    return code


cdef inline void wire_event(
    WireState* s, tp_market_event* ev, int32_t kind, int32_t local, int64_t t_ns
) noexcept nogil:
    wire_reset(s, ev)
    ev.kind = kind
    ev.instrument = s.index[local]
    ev.t_venue_ns = t_ns


cdef inline int64_t wire_ids(const WireState* s) noexcept nogil:
    return (s.epoch << WIRE_EPOCH_SHIFT) + s.sequence


cdef inline void wire_depth(
    WireState* s, tp_market_event* ev, int32_t local, int64_t t_ns
) noexcept nogil:
    """The levels that the last message left."""
    cdef uint32_t units = s.units[local]
    cdef tp_level* level
    cdef int32_t k
    wire_event(s, ev, TP_EVENT_DEPTH, local, t_ns)
    ev.chained = TP_CHAIN_NONE
    ev.first_id = wire_ids(s)
    ev.last_id = ev.first_id
    for k in range(s.book.change_count):
        if s.book.changes[k].queue & 1:
            level = &s.asks[ev.ask_count]
            ev.ask_count += 1
        else:
            level = &s.bids[ev.bid_count]
            ev.bid_count += 1
        level.price_ticks = s.book.changes[k].price // units
        level.quantity_lots = s.book.changes[k].shares


cdef inline int32_t wire_trade(
    WireState* s, tp_market_event* ev, const char* p, int32_t local, uint32_t shares,
    uint32_t price, uint64_t match, int32_t aggressor
) noexcept nogil:
    if shares == 0 or price == 0:
        return wire_refuse(s, ev, TP_FEED_RANGE, local, 0)
    if price % s.units[local] != 0:
        return wire_refuse(s, ev, TP_FEED_OFF_GRID, local, 0)
    wire_event(s, ev, TP_EVENT_TRADE, local, itch_time_ns(p))
    s.trade.trade_id = <int64_t>(match & <uint64_t>0x7FFFFFFFFFFFFFFF)
    s.trade.price_ticks = price // s.units[local]
    s.trade.quantity_lots = shares
    s.trade.aggressor = aggressor
    ev.first_id = s.trade.trade_id
    ev.last_id = s.trade.trade_id
    ev.trade_count = 1
    return TP_OK


cdef inline bint wire_better(int64_t a, int64_t b, int32_t side) noexcept nogil:
    return a < b if side else a > b


cdef inline void wire_sift(
    tp_level* levels, int32_t root, int32_t count, int32_t side
) noexcept nogil:
    """A level down to its place in a heap whose worst price is on top."""
    cdef tp_level moved = levels[root]
    cdef int32_t child = 2 * root + 1
    while child < count:
        if child + 1 < count and wire_better(
            levels[child].price_ticks, levels[child + 1].price_ticks, side
        ):
            child += 1
        if not wire_better(moved.price_ticks, levels[child].price_ticks, side):
            break
        levels[root] = levels[child]
        root = child
        child = 2 * root + 1
    levels[root] = moved


cdef inline void wire_sort(tp_level* levels, int32_t count, int32_t side) noexcept nogil:
    """Best price first, in place: the C library's qsort allocates."""
    cdef int32_t k
    cdef tp_level worst
    for k in range(count // 2 - 1, -1, -1):
        wire_sift(levels, k, count, side)
    for k in range(count - 1, 0, -1):
        worst = levels[0]
        levels[0] = levels[k]
        levels[k] = worst
        wire_sift(levels, 0, k, side)


cdef inline int32_t wire_side(
    WireState* s, int32_t local, int32_t side, tp_level* out
) noexcept nogil:
    """Levels of a side, best first; -1: too many."""
    cdef int32_t at = s.book.sides[2 * local + side]
    cdef int32_t count = 0
    while at >= 0:
        if count == TP_LEVELS_PER_FRAME_MAX:
            return -1
        out[count].price_ticks = s.book.levels[at].price // s.units[local]
        out[count].quantity_lots = s.book.levels[at].shares
        count += 1
        at = s.book.levels[at].next
    wire_sort(out, count, side)
    return count


cdef inline int32_t wire_snapshot(
    WireState* s, tp_market_event* ev, const char* p, int32_t local
) noexcept nogil:
    cdef int32_t bids = wire_side(s, local, 0, s.bids)
    cdef int32_t asks = wire_side(s, local, 1, s.asks)
    if bids < 0 or asks < 0:
        return wire_refuse(s, ev, TP_FEED_LEVELS, local, 1)
    wire_event(s, ev, TP_EVENT_SNAPSHOT, local, itch_time_ns(p))
    ev.chained = TP_CHAIN_NONE
    ev.last_id = wire_ids(s)
    ev.bid_count = bids
    ev.ask_count = asks
    return TP_OK


cdef inline bint wire_directory(
    WireState* s, tp_market_event* ev, const char* p, int32_t* code
) noexcept nogil:
    """Bind a symbol of ours to its number; in a whole session its book begins."""
    cdef uint64_t symbol
    cdef int32_t k
    memcpy(&symbol, p + 11, sizeof(symbol))
    for k in range(s.instrument_count):
        if s.symbols[k] == symbol:
            s.locates[itch_locate(p)] = <int16_t>(k + 1)
            if not s.whole or s.live[k]:
                return 0
            s.live[k] = 1
            l3_drop(s.book, k)
            code[0] = wire_snapshot(s, ev, p, k)
            return 1
    return 0


cdef inline int32_t wire_order(
    WireState* s, const char* p, int32_t local, int32_t at
) noexcept nogil:
    """A message of one order to the book; `at` is where the order lies, -1: not there."""
    if p[0] == c"A" or p[0] == c"F":
        return l3_add(s.book, be64(p + 11), 2 * local + (p[19] == c"S"), be32(p + 20), be32(p + 32))
    if at < 0:
        return TP_FEED_UNKNOWN_ORDER
    if p[0] == c"D":
        return l3_delete(s.book, at)
    if p[0] == c"U":
        return l3_replace(s.book, at, be64(p + 19), be32(p + 27), be32(p + 31))
    return l3_reduce(s.book, at, be32(p + 19))


cdef inline int32_t wire_change(
    WireState* s, tp_market_event* ev, const char* p, int32_t local
) noexcept nogil:
    """A message of one order: its trade, if any, and the levels it leaves."""
    cdef char kind = p[0]
    cdef int32_t at = -1
    cdef uint32_t price = 0
    cdef int32_t side = 0
    cdef int32_t code
    if kind == c"A" or kind == c"F" or kind == c"U":
        if be32(p + (31 if kind == c"U" else 32)) % s.units[local] != 0:
            return wire_refuse(s, ev, TP_FEED_OFF_GRID, local, 1)
    if kind != c"A" and kind != c"F":
        at = l3_find(s.book, be64(p + 11))
        if at >= 0 and l3_instrument(s.book, at) != local:
            at = -1
        if at >= 0:
            price = s.book.levels[s.book.orders[at].level].price
            side = s.book.levels[s.book.orders[at].level].queue & 1
    code = wire_order(s, p, local, at)
    if code != TP_OK:
        return wire_refuse(s, ev, code, local, 1)
    if kind == c"E" or (kind == c"C" and p[31] == c"Y"):
        s.pending = 1
        s.pending_local = local
        s.pending_ns = itch_time_ns(p)
        return wire_trade(
            s, ev, p, local, be32(p + 19), be32(p + 32) if kind == c"C" else price, be64(p + 23),
            TP_BUY if side else TP_SELL)
    wire_depth(s, ev, local, itch_time_ns(p))
    return TP_OK


cdef inline bint wire_is_book(char kind) noexcept nogil:
    return (kind == c"A" or kind == c"D" or kind == c"U" or kind == c"E" or kind == c"X"
            or kind == c"F" or kind == c"C")


cdef inline bint wire_message(
    WireState* s, const char* p, int64_t bytes, tp_market_event* ev, int32_t* code
) noexcept nogil:
    """One message: 1 and its event or refusal, 0: nothing for us."""
    cdef int32_t local = s.locates[itch_locate(p)] - 1 if bytes > 2 else -1
    cdef int32_t found = itch_check(p, bytes)
    if found != TP_OK:
        if found == TP_FEED_UNKNOWN_KIND:
            code[0] = wire_refuse(s, ev, found, local, 0)
        elif bytes < 3:
            code[0] = wire_refuse(s, ev, found, -1, 1)
        else:
            code[0] = wire_refuse(
                s, ev, found, local, local >= 0 and s.live[local] and wire_is_book(p[0]))
        return 1
    if p[0] == c"R":
        return wire_directory(s, ev, p, code)
    if local < 0 or not s.live[local]:
        return 0
    if wire_is_book(p[0]):
        code[0] = wire_change(s, ev, p, local)
        return 1
    if p[0] == c"P":
        code[0] = wire_trade(
            s, ev, p, local, be32(p + 20), be32(p + 32), be64(p + 36), TP_SELL)
        return 1
    if p[0] == c"H" and p[19] == c"T":
        code[0] = wire_snapshot(s, ev, p, local)
        return 1
    return 0


cdef inline bint wire_next(WireState* s, tp_market_event* ev, int32_t* code) noexcept nogil:
    """The next event of the packet decoded last, 0: no more."""
    cdef const char* p
    cdef int64_t bytes
    if s.pending:
        s.pending = 0
        wire_depth(s, ev, s.pending_local, s.pending_ns)
        code[0] = TP_OK
        return 1
    while s.left > 0:
        bytes = be16(s.at)
        p = s.at + 2
        s.at = p + bytes
        s.left -= 1
        s.sequence += 1
        if wire_message(s, p, bytes, ev, code):
            return 1
    return 0


cdef inline void wire_begin(WireState* s, const MoldHead* h) noexcept nogil:
    """Nothing of another session is good for this one."""
    memcpy(s.session, h.session, 10)
    s.begun = 1
    s.next = 1
    s.whole = 1
    s.epoch += 1
    memset(s.locates, 0, sizeof(s.locates))
    wire_lose_all(s)


cdef inline bint wire_place(WireState* s, const MoldHead* h, const char* data) noexcept nogil:
    """Which messages of a packet are new; whether there is a hole before them."""
    cdef bint hole = h.sequence > s.next
    if hole:
        s.whole = 0
        wire_lose_all(s)
        s.next = h.sequence
    if h.count > 0 and h.sequence + h.count > s.next:
        s.at = data + MOLD_HEADER_BYTES
        s.left = h.count
        s.sequence = h.sequence - 1
        while s.sequence + 1 < s.next:
            s.at += 2 + <int64_t>be16(s.at)
            s.left -= 1
            s.sequence += 1
        s.next = h.sequence + h.count
    return hole


cdef inline int32_t wire_decode(
    WireState* s, const char* data, int64_t bytes, tp_market_event* ev
) noexcept nogil:
    """The first event of a packet."""
    cdef MoldHead h
    cdef bint lost = 0
    cdef int32_t code
    s.left = 0
    s.pending = 0
    wire_reset(s, ev)
    code = mold_parse(data, bytes, &h)
    if code != TP_OK:
        return code
    if not s.begun or memcmp(h.session, s.session, 10) != 0:
        lost = s.begun
        wire_begin(s, &h)
    if wire_place(s, &h, data) or lost:
        ev.lost = 1
        return TP_FEED_GAP
    if s.left == 0 and h.count > 0:
        return TP_FEED_STALE_ID
    if wire_next(s, ev, &code):
        return code
    wire_reset(s, ev)
    return TP_FEED_CONTROL
