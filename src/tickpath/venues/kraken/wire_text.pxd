"""General JSON frames of Kraken: any key order, white space, escapes, numbers bare or quoted.

In: one frame that begins with a bracket. Out: a code and the event. The text is checked as a whole
before anything in it is used; the order of the verdicts is that of wire.py.
Worst case: two passes over the frame and one over each field read.
"""

from libc.stdint cimport int32_t, int64_t, uint32_t
from tickpath.core.codes cimport (
    TP_FEED_CONTROL,
    TP_FEED_LEVELS,
    TP_FEED_MISSING_FIELD,
    TP_FEED_RANGE,
    TP_FEED_UNKNOWN_KIND,
    TP_FEED_UNKNOWN_SYMBOL,
    TP_FEED_WRONG_TYPE,
    TP_OK,
)
from tickpath.core.records cimport (
    TP_BUY,
    TP_CHECKSUM_CRC32_TEN,
    TP_EVENT_BBO,
    TP_EVENT_DEPTH,
    TP_EVENT_SNAPSHOT,
    TP_EVENT_TRADE,
    TP_LEVELS_PER_FRAME_MAX,
    TP_SELL,
    TP_TRADES_PER_FRAME_MAX,
    tp_instrument,
    tp_level,
    tp_market_event,
    tp_trade,
)
from tickpath.hot.feed.scan cimport (
    tp_space_skip,
    tp_string_copy,
    tp_string_is,
    tp_text_check,
)
from tickpath.venues.kraken.wire_keys cimport (
    KEY_A,
    KEY_AS,
    KEY_ASK,
    KEY_ASKS,
    KEY_ASK_SIZE,
    KEY_B,
    KEY_BID,
    KEY_BIDS,
    KEY_BID_SIZE,
    KEY_BS,
    KEY_C,
    KEY_CHANNEL,
    KEY_CHECKSUM,
    KEY_DATA,
    KEY_ERROR,
    KEY_EVENT,
    KEY_METHOD,
    KEY_PRICE,
    KEY_QUANTITY,
    KEY_SIDE,
    KEY_SYMBOL,
    KEY_TIME,
    KEY_TRADE_ID,
    KEY_TYPE,
    Fields,
    fields_read,
    level_fields,
)
from tickpath.venues.kraken.wire_state cimport KrakenState
from tickpath.venues.text.market_fields cimport count_read, id_read, levels_read, list_next
from tickpath.venues.text.market_state cimport WIRE_SYMBOL_BYTES, wire_find
from tickpath.venues.text.stamps cimport TIME_BYTES_MAX, time_ns

cdef enum:
    SHAPE_BOOK = 0
    SHAPE_SNAPSHOT = 1
    SHAPE_TICKER = 2
    SHAPE_TRADES = 3
    NAME_BYTES_MAX = 10               # "book-" and five digits
    PARTS_MAX = 5                     # elements of a v1 frame


cdef inline int32_t shape_of(const Fields* m, int32_t* shape) noexcept nogil:
    """What an object of v2 is."""
    cdef const char* channel = m.at[KEY_CHANNEL]
    cdef const char* kind = m.at[KEY_TYPE]
    cdef bint snapshot
    if channel == NULL:
        if m.at[KEY_METHOD] != NULL or m.at[KEY_EVENT] != NULL or m.at[KEY_ERROR] != NULL:
            return TP_FEED_CONTROL
        return TP_FEED_UNKNOWN_KIND
    if channel[0] != c'"':
        return TP_FEED_WRONG_TYPE
    if tp_string_is(channel, b"book"):
        shape[0] = SHAPE_BOOK
    elif tp_string_is(channel, b"trade"):
        shape[0] = SHAPE_TRADES
    elif tp_string_is(channel, b"ticker"):
        shape[0] = SHAPE_TICKER
    elif (tp_string_is(channel, b"heartbeat") or tp_string_is(channel, b"status")
            or tp_string_is(channel, b"instrument") or tp_string_is(channel, b"pong")):
        return TP_FEED_CONTROL
    else:
        return TP_FEED_UNKNOWN_KIND
    if kind == NULL:
        return TP_FEED_MISSING_FIELD
    if kind[0] != c'"':
        return TP_FEED_WRONG_TYPE
    snapshot = tp_string_is(kind, b"snapshot")
    if not snapshot and not tp_string_is(kind, b"update"):
        return TP_FEED_UNKNOWN_KIND
    if snapshot and shape[0] == SHAPE_TRADES:
        return TP_FEED_CONTROL
    if snapshot and shape[0] == SHAPE_BOOK:
        shape[0] = SHAPE_SNAPSHOT
    return TP_OK


cdef inline int32_t symbol_read(
        KrakenState* s, const char* p, const tp_instrument** instrument,
        tp_market_event* event) noexcept nogil:
    """The instrument of the string at `p`. A book of another's is not lost."""
    cdef char text[WIRE_SYMBOL_BYTES]
    cdef int32_t bytes
    instrument[0] = NULL
    if p[0] != c'"':
        return TP_FEED_WRONG_TYPE
    bytes = tp_string_copy(p, text, WIRE_SYMBOL_BYTES)
    if bytes <= WIRE_SYMBOL_BYTES:
        instrument[0] = wire_find(&s.wire, text, bytes)
    if instrument[0] == NULL:
        event.lost = 0
        return TP_FEED_UNKNOWN_SYMBOL
    event.instrument = instrument[0].index
    return TP_OK


cdef inline int64_t stamp_read(const char* p) noexcept nogil:
    """Nanoseconds of a time, 0 when there is none that can be read."""
    cdef char text[TIME_BYTES_MAX]
    cdef int64_t stamp
    if p == NULL or p[0] != c'"':
        return 0
    stamp = time_ns(text, tp_string_copy(p, text, TIME_BYTES_MAX))
    return stamp if stamp > 0 else 0


cdef inline int32_t checksum_read(const char* p, tp_market_event* event) noexcept nogil:
    cdef int64_t value = 0
    cdef int32_t code = id_read(p, &value)
    if code != TP_OK:
        return code
    if value > <int64_t>0xFFFFFFFF:
        return TP_FEED_RANGE
    event.checksum_kind = TP_CHECKSUM_CRC32_TEN
    event.checksum = <uint32_t>value
    return TP_OK


cdef inline int32_t objects_read(
        const char* p, const tp_instrument* instrument, tp_level* out,
        int32_t* count) noexcept nogil:
    """[{"price", "qty"}, ...]"""
    cdef const char* price
    cdef const char* quantity
    cdef int32_t code, n = 0
    if p == NULL:
        return TP_FEED_MISSING_FIELD
    if p[0] != c"[":
        return TP_FEED_WRONG_TYPE
    p = tp_space_skip(p + 1)
    while p[0] != c"]":
        if n == TP_LEVELS_PER_FRAME_MAX:
            return TP_FEED_LEVELS
        if p[0] != c"{":
            return TP_FEED_WRONG_TYPE
        level_fields(p, &price, &quantity)
        code = count_read(price, &instrument.price, 1, &out[n].price_ticks)
        if code == TP_OK:
            code = count_read(quantity, &instrument.quantity, 0, &out[n].quantity_lots)
        if code != TP_OK:
            return code
        n += 1
        p = list_next(p)
    count[0] = n
    return TP_OK


cdef inline int32_t book_read(
        KrakenState* s, const Fields* m, bint snapshot, const tp_instrument* instrument,
        tp_market_event* event) noexcept nogil:
    cdef int32_t code
    event.kind = TP_EVENT_SNAPSHOT if snapshot else TP_EVENT_DEPTH
    event.depth = s.depth
    event.t_venue_ns = stamp_read(m.at[KEY_TIME])
    code = objects_read(m.at[KEY_BIDS], instrument, event.bids, &event.bid_count)
    if code == TP_OK:
        code = objects_read(m.at[KEY_ASKS], instrument, event.asks, &event.ask_count)
    if code == TP_OK:
        code = checksum_read(m.at[KEY_CHECKSUM], event)
    return code


cdef inline int32_t ticker_read(
        const Fields* m, const tp_instrument* instrument, tp_market_event* event) noexcept nogil:
    cdef int32_t code
    event.kind = TP_EVENT_BBO
    event.t_venue_ns = stamp_read(m.at[KEY_TIME])
    code = count_read(m.at[KEY_BID], &instrument.price, 0, &event.bids[0].price_ticks)
    if code == TP_OK:
        code = count_read(m.at[KEY_BID_SIZE], &instrument.quantity, 0, &event.bids[0].quantity_lots)
    if code == TP_OK:
        code = count_read(m.at[KEY_ASK], &instrument.price, 0, &event.asks[0].price_ticks)
    if code == TP_OK:
        code = count_read(m.at[KEY_ASK_SIZE], &instrument.quantity, 0, &event.asks[0].quantity_lots)
    event.bid_count = 1
    event.ask_count = 1
    return code


cdef inline int32_t trade_read(
        const char* p, const tp_instrument* instrument, tp_market_event* event) noexcept nogil:
    """One trade of the list, into the next free place."""
    cdef tp_trade* t = &event.trades[event.trade_count]
    cdef Fields m
    cdef int32_t code
    if event.trade_count == TP_TRADES_PER_FRAME_MAX:
        return TP_FEED_LEVELS
    if p[0] != c"{":
        return TP_FEED_WRONG_TYPE
    fields_read(p, &m)
    if m.at[KEY_SYMBOL] == NULL:
        return TP_FEED_MISSING_FIELD
    if m.at[KEY_SYMBOL][0] != c'"' or not tp_string_is(m.at[KEY_SYMBOL], instrument.symbol):
        return TP_FEED_WRONG_TYPE
    event.t_venue_ns = stamp_read(m.at[KEY_TIME])
    code = id_read(m.at[KEY_TRADE_ID], &t.trade_id)
    if code == TP_OK:
        code = count_read(m.at[KEY_PRICE], &instrument.price, 1, &t.price_ticks)
    if code == TP_OK:
        code = count_read(m.at[KEY_QUANTITY], &instrument.quantity, 1, &t.quantity_lots)
    if code != TP_OK:
        return code
    if m.at[KEY_SIDE] == NULL:
        return TP_FEED_MISSING_FIELD
    if m.at[KEY_SIDE][0] != c'"':
        return TP_FEED_WRONG_TYPE
    if tp_string_is(m.at[KEY_SIDE], b"buy"):
        t.aggressor = TP_BUY
    elif tp_string_is(m.at[KEY_SIDE], b"sell"):
        t.aggressor = TP_SELL
    else:
        return TP_FEED_WRONG_TYPE
    t.reserved = 0
    event.trade_count += 1
    return TP_OK


cdef inline int32_t trades_read(
        const char* p, const tp_instrument* instrument, tp_market_event* event) noexcept nogil:
    """`p` at the first element of the list."""
    cdef int32_t code
    event.kind = TP_EVENT_TRADE
    while p[0] != c"]":
        code = trade_read(p, instrument, event)
        if code != TP_OK:
            return code
        p = list_next(p)
    event.first_id = event.trades[0].trade_id
    event.last_id = event.trades[event.trade_count - 1].trade_id
    return TP_OK


cdef inline int32_t object_decode(
        KrakenState* s, const char* data, tp_market_event* event) noexcept nogil:
    """A frame of v2."""
    cdef Fields m
    cdef const tp_instrument* instrument
    cdef const char* p
    cdef int32_t shape = SHAPE_BOOK
    cdef int32_t code
    fields_read(data, &m)
    p = m.at[KEY_CHANNEL]
    event.lost = p != NULL and (p[0] != c'"' or tp_string_is(p, b"book"))
    code = shape_of(&m, &shape)
    if code != TP_OK:
        return code
    p = m.at[KEY_DATA]
    if p == NULL:
        return TP_FEED_MISSING_FIELD
    if p[0] != c"[":
        return TP_FEED_WRONG_TYPE
    p = tp_space_skip(p + 1)
    if p[0] != c"{" or (shape != SHAPE_TRADES and list_next(p)[0] != c"]"):
        return TP_FEED_WRONG_TYPE
    fields_read(p, &m)
    if m.at[KEY_SYMBOL] == NULL:
        return TP_FEED_MISSING_FIELD
    code = symbol_read(s, m.at[KEY_SYMBOL], &instrument, event)
    if code != TP_OK:
        return code
    if shape == SHAPE_TRADES:
        return trades_read(p, instrument, event)
    if shape == SHAPE_TICKER:
        return ticker_read(&m, instrument, event)
    return book_read(s, &m, shape == SHAPE_SNAPSHOT, instrument, event)


cdef inline int32_t depth_named(const char* p) noexcept nogil:
    """The depth in "book-<depth>", 0 for another name."""
    cdef char text[NAME_BYTES_MAX]
    cdef const char* prefix = b"book-"
    cdef int32_t depth = 0
    cdef int32_t k, bytes
    if p[0] != c'"':
        return 0
    bytes = tp_string_copy(p, text, NAME_BYTES_MAX)
    if bytes > NAME_BYTES_MAX or bytes < 6 or text[5] == c"0":
        return 0
    for k in range(bytes):
        if k < 5:
            if text[k] != prefix[k]:
                return 0
        elif c"0" <= text[k] <= c"9":
            depth = depth * 10 + (text[k] - c"0")
        else:
            return 0
    return depth


cdef inline int32_t changes_read(
        const Fields* m, const tp_instrument* instrument, tp_market_event* event) noexcept nogil:
    """The sides that one object of a v1 update has."""
    cdef int32_t code = TP_OK
    if m.at[KEY_B] != NULL:
        code = levels_read(m.at[KEY_B], instrument, event.bids, &event.bid_count)
    if code == TP_OK and m.at[KEY_A] != NULL:
        code = levels_read(m.at[KEY_A], instrument, event.asks, &event.ask_count)
    return code


cdef inline int32_t array_decode(
        KrakenState* s, const char* p, tp_market_event* event) noexcept nogil:
    """A frame of v1: [id, object, ..., "book-<depth>", symbol]."""
    cdef const char* parts[PARTS_MAX]
    cdef const tp_instrument* instrument
    cdef Fields m
    cdef int32_t code = TP_OK
    cdef int32_t k, n = 0
    p = tp_space_skip(p + 1)
    while p[0] != c"]":
        if n == PARTS_MAX:
            return TP_FEED_UNKNOWN_KIND
        parts[n] = p
        n += 1
        p = list_next(p)
    event.depth = depth_named(parts[n - 2]) if n > 1 else 0
    event.lost = event.depth != 0
    if n < 4 or parts[1][0] != c"{" or (n == 5 and parts[2][0] != c"{"):
        return TP_FEED_UNKNOWN_KIND
    if event.depth == 0:
        return TP_FEED_UNKNOWN_KIND
    code = symbol_read(s, parts[n - 1], &instrument, event)
    if code != TP_OK:
        return code
    fields_read(parts[1], &m)
    if m.at[KEY_AS] != NULL or m.at[KEY_BS] != NULL:
        event.kind = TP_EVENT_SNAPSHOT
        code = levels_read(m.at[KEY_BS], instrument, event.bids, &event.bid_count)
        if code == TP_OK:
            code = levels_read(m.at[KEY_AS], instrument, event.asks, &event.ask_count)
        return code
    event.kind = TP_EVENT_DEPTH
    code = changes_read(&m, instrument, event)
    for k in range(2, n - 2):
        if code == TP_OK:
            fields_read(parts[k], &m)
            code = changes_read(&m, instrument, event)
    return code if code != TP_OK else checksum_read(m.at[KEY_C], event)


cdef inline int32_t text_decode(
        KrakenState* s, const char* data, const char* end, tp_market_event* event) noexcept nogil:
    """A frame that begins with a bracket, by the general scanner."""
    cdef int32_t code = tp_text_check(data, end)
    if code != TP_OK:
        return code
    data = tp_space_skip(data)
    if data[0] == c"[":
        return array_decode(s, data, event)
    return object_decode(s, data, event)
