"""Coinbase market frames to `tp_market_event`: the native decoder's entry and its next events.

In: one frame of a source with TP_FRAME_PADDING_BYTES zero bytes behind it, which stays in place
until its last event was taken. Out: a code and the event, whose arrays stay valid until the next.
Same verdicts as wire.py, in the same order.
Worst case: the text is walked twice, a trade that ends a run three times.
"""

from libc.stdint cimport int32_t, int64_t
from tickpath.core.codes cimport (
    TP_FEED_CONTROL,
    TP_FEED_MISSING_FIELD,
    TP_FEED_OVERSIZED,
    TP_FEED_SYNTAX,
    TP_FEED_TRUNCATED,
    TP_FEED_UNKNOWN_KIND,
    TP_FEED_WRONG_TYPE,
    TP_OK,
)
from tickpath.core.records cimport (
    TP_CHAIN_NONE,
    TP_EVENT_DEPTH,
    TP_EVENT_SNAPSHOT,
    TP_EVENT_TRADE,
    TP_FRAME_BYTES_MAX,
    TP_TRADES_PER_FRAME_MAX,
    tp_instrument,
    tp_market_event,
    tp_trade,
)
from tickpath.hot.feed.scan cimport tp_is_space, tp_space_skip, tp_string_is, tp_text_check
from tickpath.venues.coinbase.wire_keys cimport (
    KEY_ASKS,
    KEY_BEST_ASK_QUANTITY,
    KEY_BEST_ASK_SIZE,
    KEY_BEST_BID_QUANTITY,
    KEY_BEST_BID_SIZE,
    KEY_BIDS,
    KEY_CHANGES,
    KEY_CHANNEL,
    KEY_EVENTS,
    KEY_SEQUENCE,
    KEY_SEQUENCE_NUM,
    KEY_TICKERS,
    KEY_TIME,
    KEY_TIMESTAMP,
    KEY_TRADES,
    KEY_TYPE,
    KEY_UPDATES,
    Fields,
    fields_read,
    time_read,
)
from tickpath.venues.coinbase.wire_state cimport (
    CHANNEL_L2,
    CHANNEL_NONE,
    CHANNEL_TICKERS,
    CHANNEL_TRADES,
    WireState,
    wire_reset,
)
from tickpath.venues.coinbase.wire_text cimport (
    best_read,
    changes_read,
    list_need,
    product_read,
    text_need,
    trade_read,
    updates_read,
)
from tickpath.venues.text.market_fields cimport id_read, levels_read, list_next
from tickpath.venues.text.market_state cimport event_refuse


cdef inline void made(WireState* s, tp_market_event* event, int32_t kind) noexcept nogil:
    """An event that may be given."""
    event.kind = kind
    event.chained = TP_CHAIN_NONE
    event.t_venue_ns = s.t_ns


# -- Advanced Trade -------------------------------------------------------------------------------

cdef inline int32_t l2_event(
        WireState* s, const char* p, tp_market_event* event) noexcept nogil:
    """The changes of one product, or its whole book."""
    cdef const tp_instrument* instrument = NULL
    cdef Fields f
    cdef bint whole
    cdef int32_t code
    event.lost = 1
    if p[0] != c"{":
        return TP_FEED_WRONG_TYPE
    fields_read(p, &f)
    code = text_need(f.at[KEY_TYPE])
    if code != TP_OK:
        return code
    whole = tp_string_is(f.at[KEY_TYPE], b"snapshot")
    if not whole and not tp_string_is(f.at[KEY_TYPE], b"update"):
        event.lost = 0
        return TP_FEED_UNKNOWN_KIND
    code = product_read(s, &f, event, &instrument)
    if code == TP_OK:
        code = updates_read(instrument, f.at[KEY_UPDATES], event)
    if code != TP_OK:
        return code
    made(s, event, TP_EVENT_SNAPSHOT if whole else TP_EVENT_DEPTH)
    event.last_id = s.sequence
    event.lost = 0
    return TP_OK


cdef inline int32_t list_event(WireState* s, const char* p) noexcept nogil:
    """Opens the trades or tickers of an event."""
    cdef Fields f
    cdef const char* items
    cdef int32_t code
    if p[0] != c"{":
        return TP_FEED_WRONG_TYPE
    fields_read(p, &f)
    if s.channel == CHANNEL_TRADES:
        code = text_need(f.at[KEY_TYPE])
        if code != TP_OK:
            return code
        if tp_string_is(f.at[KEY_TYPE], b"snapshot"):
            return TP_FEED_CONTROL
        items = f.at[KEY_TRADES]
    else:
        items = f.at[KEY_TICKERS]
    code = list_need(items)
    if code == TP_OK:
        s.items = tp_space_skip(items + 1)
    return code


cdef inline int32_t ticker_item(
        WireState* s, const char* p, tp_market_event* event) noexcept nogil:
    """One ticker."""
    cdef const tp_instrument* instrument = NULL
    cdef Fields f
    cdef int32_t code
    if p[0] != c"{":
        return TP_FEED_WRONG_TYPE
    fields_read(p, &f)
    code = product_read(s, &f, event, &instrument)
    if code != TP_OK:
        return code
    if f.at[KEY_BEST_BID_QUANTITY] == NULL or f.at[KEY_BEST_ASK_QUANTITY] == NULL:
        return TP_FEED_MISSING_FIELD
    code = best_read(
        instrument, &f, f.at[KEY_BEST_BID_QUANTITY], f.at[KEY_BEST_ASK_QUANTITY], event)
    made(s, event, event.kind)
    event.last_id = s.sequence
    return code


cdef inline void in_order(tp_market_event* event) noexcept nogil:
    """Trades oldest first, with the ids of the first and the last."""
    cdef tp_trade* t = event.trades
    cdef tp_trade kept
    cdef int32_t k
    cdef int32_t last = event.trade_count - 1
    if t[0].trade_id > t[last].trade_id:
        for k in range(event.trade_count // 2):
            kept = t[k]
            t[k] = t[last - k]
            t[last - k] = kept
    event.first_id = t[0].trade_id
    event.last_id = t[last].trade_id


cdef inline int32_t trade_item(
        WireState* s, const char* p, tp_trade* out, tp_market_event* event) noexcept nogil:
    cdef Fields f
    if p[0] != c"{":
        return TP_FEED_WRONG_TYPE
    fields_read(p, &f)
    return trade_read(s, &f, out, event)


cdef inline int32_t trades_items(WireState* s, tp_market_event* event) noexcept nogil:
    """Trades of one product up to the first that is not good; that one comes by itself."""
    cdef int32_t instrument = -1
    cdef int32_t n = 0
    cdef int32_t code = TP_OK
    while s.items[0] != c"]" and n < TP_TRADES_PER_FRAME_MAX:
        event.instrument = -1
        code = trade_item(s, s.items, &event.trades[n], event)
        if n > 0 and (code != TP_OK or event.instrument != instrument):
            break
        s.items = list_next(s.items)
        if code != TP_OK:
            return code
        instrument = event.instrument
        n += 1
    event.instrument = instrument
    event.trade_count = n
    made(s, event, TP_EVENT_TRADE)
    in_order(event)
    return TP_OK


cdef inline bint wire_next(WireState* s, tp_market_event* event, int32_t* code) noexcept nogil:
    """1, a code and the next event of the frame; 0: no more."""
    cdef const char* p
    while s.channel != CHANNEL_NONE:
        wire_reset(s, event)
        if s.items != NULL and s.items[0] == c"]":
            s.items = NULL
        elif s.items != NULL and s.channel == CHANNEL_TRADES:
            code[0] = trades_items(s, event)
            break
        elif s.items != NULL:
            p = s.items
            s.items = list_next(p)
            code[0] = ticker_item(s, p, event)
            break
        elif s.events[0] == c"]":
            s.channel = CHANNEL_NONE
        else:
            p = s.events
            s.events = list_next(p)
            code[0] = l2_event(s, p, event) if s.channel == CHANNEL_L2 else list_event(s, p)
            if s.channel == CHANNEL_L2 or code[0] != TP_OK:
                break
    else:
        return 0
    if code[0] != TP_OK:
        event_refuse(code[0], event)
    return 1


cdef inline int32_t advanced_frame(
        WireState* s, const Fields* f, tp_market_event* event) noexcept nogil:
    """A frame with a `channel`: its number first, then its first event."""
    cdef const char* channel = f.at[KEY_CHANNEL]
    cdef int32_t found = CHANNEL_NONE
    cdef int64_t sequence = 0
    cdef int32_t code = text_need(channel)
    if code == TP_OK:
        code = id_read(f.at[KEY_SEQUENCE_NUM], &sequence)
    if code != TP_OK:
        return code
    s.sequence = sequence
    s.t_ns = time_read(f.at[KEY_TIMESTAMP])
    event.lost = 0
    if tp_string_is(channel, b"l2_data"):
        event.lost = 1
        found = CHANNEL_L2
    elif tp_string_is(channel, b"market_trades"):
        found = CHANNEL_TRADES
    elif tp_string_is(channel, b"ticker") or tp_string_is(channel, b"ticker_batch"):
        found = CHANNEL_TICKERS
    elif tp_string_is(channel, b"heartbeats") or tp_string_is(channel, b"subscriptions"):
        return TP_FEED_CONTROL
    else:
        return TP_FEED_UNKNOWN_KIND
    code = list_need(f.at[KEY_EVENTS])
    if code != TP_OK:
        return code
    s.channel = found
    s.events = tp_space_skip(f.at[KEY_EVENTS] + 1)
    if wire_next(s, event, &code):
        return code
    return TP_FEED_CONTROL


# -- Exchange -------------------------------------------------------------------------------------

cdef inline int32_t exchange_book(
        WireState* s, const Fields* f, bint whole, tp_market_event* event) noexcept nogil:
    """A whole book, or the changes of one."""
    cdef const tp_instrument* instrument = NULL
    cdef int32_t code
    event.lost = 1
    code = product_read(s, f, event, &instrument)
    if code == TP_OK and whole:
        code = levels_read(f.at[KEY_BIDS], instrument, event.bids, &event.bid_count)
        if code == TP_OK:
            code = levels_read(f.at[KEY_ASKS], instrument, event.asks, &event.ask_count)
    elif code == TP_OK:
        code = changes_read(instrument, f.at[KEY_CHANGES], event)
    if code == TP_OK:
        made(s, event, TP_EVENT_SNAPSHOT if whole else TP_EVENT_DEPTH)
        event.lost = 0
    return code


cdef inline int32_t exchange_ticker(
        WireState* s, const Fields* f, tp_market_event* event) noexcept nogil:
    cdef const tp_instrument* instrument = NULL
    cdef int64_t sequence = 0
    cdef int32_t code = product_read(s, f, event, &instrument)
    if code == TP_OK:
        code = id_read(f.at[KEY_SEQUENCE], &sequence)
    if code == TP_OK:
        code = best_read(
            instrument, f, f.at[KEY_BEST_BID_SIZE], f.at[KEY_BEST_ASK_SIZE], event)
    made(s, event, event.kind)
    event.last_id = sequence
    return code


cdef inline int32_t exchange_frame(
        WireState* s, const Fields* f, tp_market_event* event) noexcept nogil:
    """A frame with a `type`."""
    cdef const char* name = f.at[KEY_TYPE]
    cdef int32_t code = text_need(name)
    if code != TP_OK:
        return code
    if (tp_string_is(name, b"heartbeat") or tp_string_is(name, b"subscriptions")
            or tp_string_is(name, b"error")):
        return TP_FEED_CONTROL
    s.t_ns = time_read(f.at[KEY_TIME])
    if tp_string_is(name, b"l2update"):
        return exchange_book(s, f, 0, event)
    if tp_string_is(name, b"snapshot"):
        return exchange_book(s, f, 1, event)
    if tp_string_is(name, b"ticker"):
        return exchange_ticker(s, f, event)
    if not tp_string_is(name, b"match") and not tp_string_is(name, b"last_match"):
        return TP_FEED_UNKNOWN_KIND
    code = trade_read(s, f, &event.trades[0], event)
    event.trade_count = 1
    made(s, event, TP_EVENT_TRADE)
    if code == TP_OK:
        in_order(event)
    return code


# -- both -----------------------------------------------------------------------------------------

cdef inline int32_t wire_frame(
        WireState* s, const char* data, int64_t bytes, tp_market_event* event) noexcept nogil:
    cdef const char* end = data + bytes
    cdef const char* p = data
    cdef Fields f
    cdef int32_t code
    event.lost = 1
    if bytes > TP_FRAME_BYTES_MAX:
        return TP_FEED_OVERSIZED
    while p < end and tp_is_space(p[0]):
        p += 1
    if p >= end:
        return TP_FEED_TRUNCATED
    if p[0] != c"{" and p[0] != c"[":
        return TP_FEED_SYNTAX
    code = tp_text_check(p, end)
    if code != TP_OK:
        return code
    if p[0] == c"{":
        fields_read(p, &f)
        if f.at[KEY_CHANNEL] != NULL:
            return advanced_frame(s, &f, event)
        event.lost = 0
        if f.at[KEY_TYPE] != NULL:
            return exchange_frame(s, &f, event)
    event.lost = 0
    return TP_FEED_UNKNOWN_KIND


cdef inline int32_t wire_decode(
        WireState* s, const char* data, int64_t bytes, tp_market_event* event) noexcept nogil:
    """The first event of a frame, or why there is none."""
    cdef int32_t code
    s.sequence = -1
    s.t_ns = 0
    s.channel = CHANNEL_NONE
    s.items = NULL
    wire_reset(s, event)
    code = wire_frame(s, data, bytes, event)
    return event_refuse(code, event) if code != TP_OK else TP_OK
