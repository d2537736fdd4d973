"""General JSON frames: any key order, white space, escapes, numbers bare or quoted.

In: one frame that begins with a bracket. Out: a code and the event. The text is checked as a whole
before anything in it is used; the order of the verdicts is that of wire.py.
Worst case: two passes over the frame and one over each field read.
"""

from libc.stdint cimport int32_t, int64_t
from tickpath.core.codes cimport (
    TP_FEED_CONTROL,
    TP_FEED_MISSING_FIELD,
    TP_FEED_UNKNOWN_KIND,
    TP_FEED_UNKNOWN_SYMBOL,
    TP_FEED_WRONG_TYPE,
    TP_OK,
)
from tickpath.core.records cimport (
    TP_BUY,
    TP_EVENT_BBO,
    TP_EVENT_DEPTH,
    TP_EVENT_SNAPSHOT,
    TP_EVENT_TRADE,
    TP_SELL,
    tp_instrument,
    tp_market_event,
)
from tickpath.hot.feed.scan cimport (
    tp_space_skip,
    tp_string_copy,
    tp_string_is,
    tp_text_check,
)
from tickpath.venues.binance.wire_keys cimport (
    KEY_ASK,
    KEY_ASKS,
    KEY_ASK_SIZE,
    KEY_BID,
    KEY_BIDS,
    KEY_BID_SIZE,
    KEY_CODE,
    KEY_DATA,
    KEY_ERROR,
    KEY_FIRST,
    KEY_KIND,
    KEY_LAST,
    KEY_MAKER,
    KEY_PREV,
    KEY_PRICE,
    KEY_QUANTITY,
    KEY_REST_LAST,
    KEY_REST_SYMBOL,
    KEY_RESULT,
    KEY_STREAM,
    KEY_SYMBOL,
    KEY_TIME,
    KEY_TRADE,
    KEY_TRADE_FIRST,
    KEY_TRADE_LAST,
    Fields,
    Stream,
    fields_read,
    stream_read,
    wire_time_ns,
)
from tickpath.venues.text.market_fields cimport count_read, id_read, levels_read
from tickpath.venues.text.market_state cimport WIRE_SYMBOL_BYTES, WireState, wire_find

cdef enum:
    SHAPE_DEPTH, SHAPE_PARTIAL, SHAPE_REST, SHAPE_BBO, SHAPE_TRADE, SHAPE_AGGREGATE


cdef inline int32_t shape_of(const Fields* m, const Stream* stream, int32_t* shape) noexcept nogil:
    """The kind of message; `stream` is NULL when it came bare."""
    cdef const char* name = m.at[KEY_KIND]
    if name != NULL:
        if name[0] != c'"':
            return TP_FEED_WRONG_TYPE
        if tp_string_is(name, b"depthUpdate"):
            shape[0] = SHAPE_PARTIAL if stream != NULL and stream.partial else SHAPE_DEPTH
        elif tp_string_is(name, b"bookTicker"):
            shape[0] = SHAPE_BBO
        elif tp_string_is(name, b"trade"):
            shape[0] = SHAPE_TRADE
        elif tp_string_is(name, b"aggTrade"):
            shape[0] = SHAPE_AGGREGATE
        elif tp_string_is(name, b"serverShutdown"):
            return TP_FEED_CONTROL
        else:
            return TP_FEED_UNKNOWN_KIND
        return TP_OK
    if m.at[KEY_LAST] != NULL and m.at[KEY_BID_SIZE] != NULL:
        shape[0] = SHAPE_BBO
        return TP_OK
    if m.at[KEY_REST_LAST] != NULL:
        shape[0] = SHAPE_REST
        return TP_OK
    if stream == NULL and (
            m.at[KEY_RESULT] != NULL or m.at[KEY_ERROR] != NULL or m.at[KEY_CODE] != NULL):
        return TP_FEED_CONTROL
    return TP_FEED_UNKNOWN_KIND


cdef inline int32_t symbol_read(
        WireState* s, const char* p, const Stream* stream,
        const tp_instrument** instrument) noexcept nogil:
    """`p` is the symbol's value or NULL."""
    cdef char text[WIRE_SYMBOL_BYTES]
    cdef int32_t bytes
    instrument[0] = NULL
    if p != NULL:
        if p[0] != c'"':
            return TP_FEED_WRONG_TYPE
        bytes = tp_string_copy(p, text, WIRE_SYMBOL_BYTES)
        if bytes <= WIRE_SYMBOL_BYTES:
            instrument[0] = wire_find(s, text, bytes)
    elif stream == NULL:
        instrument[0] = &s.instruments[0]
    elif stream.symbol_bytes >= 0:
        instrument[0] = wire_find(s, stream.symbol, stream.symbol_bytes)
    return TP_OK if instrument[0] != NULL else TP_FEED_UNKNOWN_SYMBOL


cdef inline int32_t time_read(const char* p, bint required, int64_t* out) noexcept nogil:
    cdef int64_t stamp = 0
    cdef int32_t code
    out[0] = 0
    if p == NULL and not required:
        return TP_OK
    code = id_read(p, &stamp)
    if code != TP_OK:
        return code
    return wire_time_ns(stamp, out)


cdef inline int32_t sides_read(
        const char* bids, const char* asks, const tp_instrument* instrument,
        tp_market_event* event) noexcept nogil:
    cdef int32_t code = levels_read(bids, instrument, event.bids, &event.bid_count)
    if code != TP_OK:
        return code
    return levels_read(asks, instrument, event.asks, &event.ask_count)


cdef inline int32_t depth_read(
        const Fields* m, const tp_instrument* instrument, tp_market_event* event) noexcept nogil:
    cdef int32_t code
    event.kind = TP_EVENT_DEPTH
    code = time_read(m.at[KEY_TIME], 1, &event.t_venue_ns)
    if code == TP_OK:
        code = id_read(m.at[KEY_FIRST], &event.first_id)
    if code == TP_OK:
        code = id_read(m.at[KEY_LAST], &event.last_id)
    if code == TP_OK and m.at[KEY_PREV] != NULL:
        event.chained = 1
        code = id_read(m.at[KEY_PREV], &event.prev_id)
    if code != TP_OK:
        return code
    return sides_read(m.at[KEY_BID], m.at[KEY_ASK], instrument, event)


cdef inline int32_t snapshot_read(
        const Fields* m, int32_t last, int32_t bids, int32_t asks,
        const tp_instrument* instrument, tp_market_event* event) noexcept nogil:
    cdef int32_t code
    event.kind = TP_EVENT_SNAPSHOT
    code = time_read(m.at[KEY_TIME], 0, &event.t_venue_ns)
    if code == TP_OK:
        code = id_read(m.at[last], &event.last_id)
    if code != TP_OK:
        return code
    return sides_read(m.at[bids], m.at[asks], instrument, event)


cdef inline int32_t bbo_read(
        const Fields* m, const tp_instrument* instrument, tp_market_event* event) noexcept nogil:
    cdef int32_t code
    event.kind = TP_EVENT_BBO
    code = time_read(m.at[KEY_TIME], 0, &event.t_venue_ns)
    if code == TP_OK:
        code = id_read(m.at[KEY_LAST], &event.last_id)
    if code == TP_OK:
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
        const Fields* m, bint aggregate, const tp_instrument* instrument,
        tp_market_event* event) noexcept nogil:
    cdef int64_t trade_id = 0
    cdef const char* maker = m.at[KEY_MAKER]
    cdef int32_t code
    event.kind = TP_EVENT_TRADE
    code = time_read(m.at[KEY_TIME], 1, &event.t_venue_ns)
    if code == TP_OK:
        code = id_read(m.at[KEY_ASK if aggregate else KEY_TRADE], &trade_id)
    event.first_id = trade_id
    event.last_id = trade_id
    if code == TP_OK and aggregate:
        code = id_read(m.at[KEY_TRADE_FIRST], &event.first_id)
    if code == TP_OK and aggregate:
        code = id_read(m.at[KEY_TRADE_LAST], &event.last_id)
    if code == TP_OK:
        code = count_read(m.at[KEY_PRICE], &instrument.price, 1, &event.trades[0].price_ticks)
    if code == TP_OK:
        code = count_read(
            m.at[KEY_QUANTITY], &instrument.quantity, 1, &event.trades[0].quantity_lots)
    if code != TP_OK:
        return code
    if maker == NULL:
        return TP_FEED_MISSING_FIELD
    if maker[0] != c"t" and maker[0] != c"f":
        return TP_FEED_WRONG_TYPE
    event.trades[0].trade_id = trade_id
    event.trades[0].aggressor = TP_SELL if maker[0] == c"t" else TP_BUY
    event.trade_count = 1
    return TP_OK


cdef inline int32_t text_decode(
        WireState* s, const char* data, const char* end, tp_market_event* event) noexcept nogil:
    """A frame that begins with a bracket, by the general scanner."""
    cdef Fields message
    cdef Stream stream
    cdef const Stream* named = NULL
    cdef const tp_instrument* instrument
    cdef const char* payload
    cdef int32_t shape = SHAPE_DEPTH
    cdef int32_t code = tp_text_check(data, end)
    if code != TP_OK:
        return code
    data = tp_space_skip(data)
    if data[0] != c"{":
        return TP_FEED_UNKNOWN_KIND
    fields_read(data, &message)
    payload = message.at[KEY_DATA]
    if message.at[KEY_STREAM] != NULL and payload != NULL:
        if message.at[KEY_STREAM][0] != c'"' or payload[0] != c"{":
            return TP_FEED_WRONG_TYPE
        stream_read(message.at[KEY_STREAM], &stream)
        named = &stream
        fields_read(payload, &message)
    code = shape_of(&message, named, &shape)
    if code != TP_OK:
        return code
    code = symbol_read(
        s, message.at[KEY_REST_SYMBOL if shape == SHAPE_REST else KEY_SYMBOL], named, &instrument)
    if code != TP_OK:
        return code
    event.instrument = instrument.index
    if shape == SHAPE_DEPTH:
        return depth_read(&message, instrument, event)
    if shape == SHAPE_PARTIAL:
        return snapshot_read(&message, KEY_LAST, KEY_BID, KEY_ASK, instrument, event)
    if shape == SHAPE_REST:
        return snapshot_read(&message, KEY_REST_LAST, KEY_BIDS, KEY_ASKS, instrument, event)
    if shape == SHAPE_BBO:
        return bbo_read(&message, instrument, event)
    return trade_read(&message, shape == SHAPE_AGGREGATE, instrument, event)
