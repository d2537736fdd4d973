"""Flat frames to `tp_market_event`s: the native decoder. Same verdicts as wire.py, in its order.

Levels and trades are not copied: the event points into the frame, which must stay where it is until
the event was used. A frame that does not begin at a multiple of 8 is copied first. Cost: the head,
and a pass over the trades.
"""

from libc.stdint cimport int32_t, int64_t, uint16_t, uint32_t, uintptr_t
from libc.string cimport memcpy, memset
from tickpath.core.codes cimport (
    TP_FEED_GAP,
    TP_FEED_LEVELS,
    TP_FEED_RANGE,
    TP_FEED_SYNTAX,
    TP_FEED_TRUNCATED,
    TP_FEED_UNKNOWN_KIND,
    TP_FEED_UNKNOWN_SYMBOL,
    TP_OK,
)
from tickpath.core.records cimport (
    TP_CHAIN_NONE,
    TP_EVENT_BBO,
    TP_EVENT_DEPTH,
    TP_EVENT_NONE,
    TP_EVENT_SNAPSHOT,
    TP_EVENT_TRADE,
    TP_INSTRUMENTS_MAX,
    TP_LEVELS_PER_FRAME_MAX,
    TP_TRADES_PER_FRAME_MAX,
    tp_level,
    tp_market_event,
    tp_trade,
)

cdef extern from *:
    const uint32_t FLAT_MAGIC "0x31465054u"
    const int64_t FLAT_PRICE_TICKS_MAX "((int64_t)1 << 62)"

cdef enum:
    FLAT_ADD = 16                     # of OrderRow
    FLAT_REDUCE = 17
    FLAT_DELETE = 18
    FLAT_EXECUTE = 19
    FLAT_REPLACE = 20
    FLAT_CLEAR = 21
    FLAT_NO_SIDE = 2

cdef struct FlatHead:
    uint32_t magic
    uint16_t kind
    uint16_t chain
    int32_t place
    int32_t bid_count
    int32_t ask_count
    uint32_t order_count
    int64_t t_venue_ns
    int64_t first_id
    int64_t last_id
    int64_t prev_id

cdef struct FlatOrder:                # a row of an L3 feed
    int64_t order_id
    int64_t prev_id
    int64_t price_ticks
    int64_t quantity_lots
    int32_t kind                      # of OrderRow
    int32_t side

cdef struct FlatState:
    int32_t source
    int32_t depth                     # levels a side that the books keep, 0: all
    int32_t instrument_count
    int32_t reserved
    char* room                        # for the body of a frame that is not aligned
    int32_t[TP_INSTRUMENTS_MAX] index


cdef inline bint flat_priced(int64_t price_ticks, int64_t quantity_lots) noexcept nogil:
    return 1 <= price_ticks <= FLAT_PRICE_TICKS_MAX and quantity_lots >= 1


cdef inline int32_t flat_check(
    const FlatState* s, const FlatHead* head, int64_t size
) noexcept nogil:
    """Whether the head and the length agree."""
    cdef bint trades = head.kind == TP_EVENT_TRADE
    cdef int32_t most = TP_TRADES_PER_FRAME_MAX if trades else TP_LEVELS_PER_FRAME_MAX
    cdef int64_t each = sizeof(tp_trade) if trades else sizeof(tp_level)
    if head.magic != FLAT_MAGIC or head.chain > TP_CHAIN_NONE or head.order_count > 1:
        return TP_FEED_SYNTAX
    if (head.kind < TP_EVENT_DEPTH or head.kind > TP_EVENT_TRADE) and head.kind != FLAT_CLEAR:
        return TP_FEED_UNKNOWN_KIND
    if <uint32_t>head.place >= <uint32_t>s.instrument_count:
        return TP_FEED_UNKNOWN_SYMBOL
    if head.kind == FLAT_CLEAR:
        return TP_OK if (
            size == <int64_t>sizeof(FlatHead) and head.order_count == 0) else TP_FEED_TRUNCATED
    if <uint32_t>head.bid_count > <uint32_t>most or <uint32_t>head.ask_count > <uint32_t>most:
        return TP_FEED_LEVELS
    if size != <int64_t>sizeof(FlatHead) + each * (<int64_t>head.bid_count + head.ask_count) + (
            <int64_t>sizeof(FlatOrder) * head.order_count):
        return TP_FEED_TRUNCATED
    return TP_OK


cdef inline int32_t flat_trades(const FlatHead* head, const tp_trade* trades) noexcept nogil:
    """At least one, each on a side."""
    cdef int32_t k
    if head.bid_count == 0 or head.ask_count != 0:
        return TP_FEED_RANGE
    for k in range(head.bid_count):
        if not flat_priced(trades[k].price_ticks, trades[k].quantity_lots) or (
                <uint32_t>trades[k].aggressor > 1 or trades[k].reserved != 0):
            return TP_FEED_RANGE
    return TP_OK


cdef inline int32_t flat_bbo(const FlatHead* head, const tp_level* levels) noexcept nogil:
    """One priced level a side."""
    if head.bid_count != 1 or head.ask_count != 1 or not (
            flat_priced(levels[0].price_ticks, levels[0].quantity_lots)
            and flat_priced(levels[1].price_ticks, levels[1].quantity_lots)):
        return TP_FEED_RANGE
    return TP_OK


cdef inline void flat_event(
    const FlatState* s, const FlatHead* head, char* body, tp_market_event* ev
) noexcept nogil:
    """The event of a head that was checked."""
    cdef bint trades = head.kind == TP_EVENT_TRADE
    ev.kind = head.kind
    ev.instrument = s.index[head.place]
    ev.chained = head.chain
    ev.t_venue_ns = head.t_venue_ns
    ev.first_id = head.first_id
    ev.last_id = head.last_id
    ev.prev_id = head.prev_id
    ev.bid_count = 0 if trades else head.bid_count
    ev.ask_count = head.ask_count
    ev.trade_count = head.bid_count if trades else 0
    ev.depth = 0 if trades else s.depth
    ev.bids = <tp_level*>body
    ev.asks = <tp_level*>body + ev.bid_count
    ev.trades = <tp_trade*>body
    ev.checksum = 0
    ev.checksum_kind = 0


cdef inline bint flat_row(const char* data, int64_t size, FlatOrder* row) noexcept nogil:
    """The order row at the end of a frame whose head has one; 0 when it is none."""
    memcpy(row, data + size - sizeof(FlatOrder), sizeof(FlatOrder))
    return FLAT_ADD <= row.kind <= FLAT_CLEAR and 0 <= row.side <= FLAT_NO_SIDE and (
        0 <= row.price_ticks <= FLAT_PRICE_TICKS_MAX and row.quantity_lots >= 0)


cdef inline int32_t flat_order(
    const FlatState* s, const char* data, int64_t size, FlatOrder* row
) noexcept nogil:
    """The instrument of a frame that has an order row, -1: it has none."""
    cdef FlatHead head
    if size < <int64_t>sizeof(FlatHead):
        return -1
    memcpy(&head, data, sizeof(FlatHead))
    if flat_check(s, &head, size) != TP_OK or head.order_count == 0:
        return -1
    return s.index[head.place] if flat_row(data, size, row) else -1


cdef inline int32_t flat_decode(
    const FlatState* s, const char* data, int64_t size, tp_market_event* ev
) noexcept nogil:
    """One frame. Any code but OK leaves an event of kind NONE."""
    cdef FlatHead head
    cdef FlatOrder row
    cdef char* body = <char*>data + sizeof(FlatHead)
    cdef int32_t code
    ev.kind = TP_EVENT_NONE
    ev.source = s.source
    ev.instrument = -1
    ev.t_recv_ns = 0
    ev.trade_count = 0
    ev.lost = 0
    if size < <int64_t>sizeof(FlatHead):
        return TP_FEED_TRUNCATED
    memcpy(&head, data, sizeof(FlatHead))
    code = flat_check(s, &head, size)
    if code != TP_OK:
        return code
    if head.kind == FLAT_CLEAR:
        memset(ev, 0, sizeof(tp_market_event))
        ev.source = s.source
        ev.instrument = s.index[head.place]
        ev.lost = 1
        return TP_FEED_GAP
    if head.order_count != 0 and not flat_row(data, size, &row):
        return TP_FEED_RANGE
    if <uintptr_t>data & 7:
        memcpy(s.room, body, size - sizeof(FlatHead))
        body = s.room
    if head.kind == TP_EVENT_TRADE:
        code = flat_trades(&head, <tp_trade*>body)
    elif head.kind == TP_EVENT_BBO:
        code = flat_bbo(&head, <tp_level*>body)
    if code == TP_OK:
        flat_event(s, &head, body, ev)
    return code
