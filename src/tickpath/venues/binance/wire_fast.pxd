"""The usual compact JSON frames, in the venue's key order, in one pass.

In: one frame with its padding. Out: 1 and the event, or 0: declined, the general scanner decides.
What is accepted here is exactly what the general scanner would have said: literals and digits are
compared byte by byte, the last byte used is the frame's last (white space may follow), prices and
quantities lie on their grids, nothing is empty that must be there.
Worst case: a long frame that is declined near its end is scanned three times.
"""

from libc.stdint cimport int32_t, int64_t, uint64_t
from libc.string cimport memset
from tickpath.core.codes cimport TP_OK
from tickpath.core.records cimport (
    TP_BUY,
    TP_EVENT_BBO,
    TP_EVENT_DEPTH,
    TP_EVENT_SNAPSHOT,
    TP_EVENT_TRADE,
    TP_LEVELS_PER_FRAME_MAX,
    TP_SELL,
    tp_grid,
    tp_instrument,
    tp_market_event,
)
from tickpath.hot.feed.scan cimport (
    tp_is_space,
    tp_load8,
    tp_match,
    tp_scan_levels,
    tp_scan_quoted,
    tp_scan_string,
    tp_scan_uint,
)
from tickpath.venues.binance.wire_state cimport (
    WIRE_SYMBOL_BYTES,
    WireKey,
    WireState,
    wire_find,
    wire_time_ns,
)

cdef struct FastFrame:
    WireState* state
    tp_market_event* event
    const char* p                     # the next byte
    const char* end
    const char* name                  # of the combined stream, NULL when bare
    const char* sign                  # its '@', or its closing quote
    const tp_instrument* instrument


cdef inline bint fast_word(FastFrame* f, const char* word, int count) noexcept nogil:
    """Steps over the literal when it comes next."""
    if not tp_match(f.p, word, count):
        return 0
    f.p += count
    return 1


cdef inline bint fast_plain(FastFrame* f) noexcept nogil:
    """Steps over the rest of a plain string and its closing quote."""
    cdef const char* sign
    cdef const char* close = tp_scan_string(f.p, &sign)
    if close == NULL:
        return 0
    f.p = close + 1
    return 1


cdef inline bint fast_found(FastFrame* f, const tp_instrument* instrument) noexcept nogil:
    """Takes the instrument when its grids are those of the fast numbers."""
    if instrument == NULL or not f.state.keys[instrument - f.state.instruments].fast:
        return 0
    f.instrument = instrument
    return 1


cdef inline bint fast_symbol(FastFrame* f) noexcept nogil:
    """The symbol in its string and the closing quote: the last one seen in two compares."""
    cdef WireState* s = f.state
    cdef const WireKey* key = &s.keys[s.last]
    cdef const char* start = f.p
    cdef int32_t k
    if key.bytes > 0 and ((tp_load8(start) & key.mask[0]) ^ key.word[0]
                          | (tp_load8(start + 8) & key.mask[1]) ^ key.word[1]) == 0:
        f.p = start + key.bytes + 1
        return fast_found(f, &s.instruments[s.last])
    for k in range(WIRE_SYMBOL_BYTES + 1):
        if start[k] == c'"':
            f.p = start + k + 1
            return fast_found(f, wire_find(s, start, k))
    return 0


cdef inline bint fast_stream_symbol(FastFrame* f) noexcept nogil:
    """The instrument of a frame without a symbol: of the stream's name, or the first."""
    cdef char text[WIRE_SYMBOL_BYTES]
    cdef int32_t count = <int32_t>(f.sign - f.name)
    cdef int32_t k
    if f.name == NULL:
        return fast_found(f, &f.state.instruments[0])
    if count > WIRE_SYMBOL_BYTES:
        return 0
    for k in range(count):
        text[k] = f.name[k] - 32 if c"a" <= f.name[k] <= c"z" else f.name[k]
    return fast_found(f, wire_find(f.state, text, count))


cdef inline bint fast_price(FastFrame* f, int64_t* ticks) noexcept nogil:
    return tp_scan_quoted(&f.p, &f.instrument.price, ticks)


cdef inline bint fast_quantity(FastFrame* f, int64_t* lots) noexcept nogil:
    return tp_scan_quoted(&f.p, &f.instrument.quantity, lots)


cdef inline bint fast_time(FastFrame* f) noexcept nogil:
    cdef int64_t stamp
    return (tp_scan_uint(&f.p, &stamp)
            and wire_time_ns(stamp, &f.event.t_venue_ns) == TP_OK)


cdef inline bint fast_unread(FastFrame* f) noexcept nogil:
    """An integer of a key that is not read."""
    cdef int64_t unread
    return tp_scan_uint(&f.p, &unread)


cdef inline bint fast_optional_time(FastFrame* f) noexcept nogil:
    """`T`, which is not read."""
    return not fast_word(f, b',"T":', 5) or fast_unread(f)


cdef inline bint fast_pair(FastFrame* f) noexcept nogil:
    """`ps` and `st`, which are not read."""
    if fast_word(f, b',"ps":"', 7) and not fast_plain(f):
        return 0
    return not fast_word(f, b',"st":', 6) or fast_unread(f)


cdef inline bint fast_close(FastFrame* f) noexcept nogil:
    """The end of the message, of its wrapper, and of the frame."""
    if not fast_word(f, b"}", 1):
        return 0
    if f.name != NULL and not fast_word(f, b"}", 1):
        return 0
    while f.p < f.end and tp_is_space(f.p[0]):
        f.p += 1
    return f.p == f.end


cdef inline bint fast_sides(
        FastFrame* f, const char* bids, int bids_bytes, const char* asks,
        int asks_bytes) noexcept nogil:
    cdef tp_market_event* event = f.event
    cdef const tp_grid* price = &f.instrument.price
    cdef const tp_grid* quantity = &f.instrument.quantity
    if not fast_word(f, bids, bids_bytes):
        return 0
    f.p = tp_scan_levels(
        f.p, price, quantity, event.bids, TP_LEVELS_PER_FRAME_MAX, &event.bid_count)
    if f.p == NULL or not fast_word(f, asks, asks_bytes):
        return 0
    f.p = tp_scan_levels(
        f.p, price, quantity, event.asks, TP_LEVELS_PER_FRAME_MAX, &event.ask_count)
    return f.p != NULL


cdef inline bint fast_partial(const FastFrame* f) noexcept nogil:
    """The stream is `<symbol>@depth<digit>`: whole best levels instead of changes."""
    return (f.name != NULL and tp_match(f.sign, b"@depth", 6)
            and c"0" <= f.sign[6] <= c"9")


cdef inline bint fast_depth(FastFrame* f) noexcept nogil:
    """`p` at the value of `e`."""
    cdef tp_market_event* event = f.event
    if not fast_word(f, b'depthUpdate","E":', 17) or not fast_time(f):
        return 0
    if not fast_optional_time(f) or not fast_word(f, b',"s":"', 6) or not fast_symbol(f):
        return 0
    if not fast_pair(f):
        return 0
    if not fast_word(f, b',"U":', 5) or not tp_scan_uint(&f.p, &event.first_id):
        return 0
    if not fast_word(f, b',"u":', 5) or not tp_scan_uint(&f.p, &event.last_id):
        return 0
    event.kind = TP_EVENT_DEPTH
    if fast_word(f, b',"pu":', 6):
        if not tp_scan_uint(&f.p, &event.prev_id):
            return 0
        event.chained = 1
    if fast_partial(f):
        event.kind = TP_EVENT_SNAPSHOT
        event.first_id = 0
        event.prev_id = 0
        event.chained = 0
    return fast_sides(f, b',"b":[', 6, b',"a":[', 6) and fast_close(f)


cdef inline bint fast_snapshot(FastFrame* f) noexcept nogil:
    """`p` at the value of `lastUpdateId`."""
    cdef tp_market_event* event = f.event
    event.kind = TP_EVENT_SNAPSHOT
    if not tp_scan_uint(&f.p, &event.last_id):
        return 0
    if fast_word(f, b',"E":', 5) and not fast_time(f):
        return 0
    if not fast_optional_time(f):
        return 0
    if fast_word(f, b',"symbol":"', 11):
        if not fast_symbol(f):
            return 0
    elif not fast_stream_symbol(f):
        return 0
    if fast_word(f, b',"pair":"', 9) and not fast_plain(f):
        return 0
    return fast_sides(f, b',"bids":[', 9, b',"asks":[', 9) and fast_close(f)


cdef inline bint fast_bbo(FastFrame* f) noexcept nogil:
    """`p` at the comma before `s`; `u` is read already."""
    cdef tp_market_event* event = f.event
    event.kind = TP_EVENT_BBO
    event.bid_count = 1
    event.ask_count = 1
    if not fast_word(f, b',"s":"', 6) or not fast_symbol(f) or not fast_pair(f):
        return 0
    if not fast_word(f, b',"b":"', 6) or not fast_price(f, &event.bids[0].price_ticks):
        return 0
    if not fast_word(f, b'","B":"', 7) or not fast_quantity(f, &event.bids[0].quantity_lots):
        return 0
    if not fast_word(f, b'","a":"', 7) or not fast_price(f, &event.asks[0].price_ticks):
        return 0
    if not fast_word(f, b'","A":"', 7) or not fast_quantity(f, &event.asks[0].quantity_lots):
        return 0
    if not fast_word(f, b'"', 1) or not fast_optional_time(f):
        return 0
    if fast_word(f, b',"E":', 5) and not fast_time(f):
        return 0
    return fast_close(f)


cdef inline bint fast_flag(FastFrame* f, bint* value) noexcept nogil:
    value[0] = fast_word(f, b"true", 4)
    return value[0] or fast_word(f, b"false", 5)


cdef inline bint fast_price_and_quantity(FastFrame* f) noexcept nogil:
    """`p`, `q` of a trade, both positive."""
    cdef tp_market_event* event = f.event
    if not fast_word(f, b',"p":"', 6) or not fast_price(f, &event.trades[0].price_ticks):
        return 0
    if not fast_word(f, b'","q":"', 7) or not fast_quantity(f, &event.trades[0].quantity_lots):
        return 0
    return (event.trades[0].price_ticks != 0 and event.trades[0].quantity_lots != 0
            and fast_word(f, b'"', 1))


cdef inline bint fast_maker(FastFrame* f, int64_t trade_id) noexcept nogil:
    """The rest of a trade from `m` on."""
    cdef tp_market_event* event = f.event
    cdef bint maker = 0
    cdef bint unread
    if not fast_word(f, b',"m":', 5) or not fast_flag(f, &maker):
        return 0
    if fast_word(f, b',"M":', 5) and not fast_flag(f, &unread):
        return 0
    if not fast_pair(f):
        return 0
    event.kind = TP_EVENT_TRADE
    event.trade_count = 1
    event.trades[0].trade_id = trade_id
    event.trades[0].aggressor = TP_SELL if maker else TP_BUY
    return fast_close(f)


cdef inline bint fast_trade(FastFrame* f) noexcept nogil:
    """`p` at the value of `e`."""
    cdef int64_t trade_id = 0
    if not fast_word(f, b'trade","E":', 11) or not fast_time(f):
        return 0
    if not fast_optional_time(f) or not fast_word(f, b',"s":"', 6) or not fast_symbol(f):
        return 0
    if not fast_word(f, b',"t":', 5) or not tp_scan_uint(&f.p, &trade_id):
        return 0
    if not fast_price_and_quantity(f) or not fast_optional_time(f):
        return 0
    if fast_word(f, b',"X":"', 6) and not fast_plain(f):
        return 0
    f.event.first_id = trade_id
    f.event.last_id = trade_id
    return fast_maker(f, trade_id)


cdef inline bint fast_aggregate(FastFrame* f) noexcept nogil:
    """`p` at the value of `e`; the id comes before or behind the symbol."""
    cdef int64_t trade_id = 0
    cdef bint early
    if not fast_word(f, b'aggTrade","E":', 14) or not fast_time(f):
        return 0
    early = fast_word(f, b',"a":', 5)
    if early and not tp_scan_uint(&f.p, &trade_id):
        return 0
    if not fast_word(f, b',"s":"', 6) or not fast_symbol(f):
        return 0
    if not early and (not fast_word(f, b',"a":', 5) or not tp_scan_uint(&f.p, &trade_id)):
        return 0
    if not fast_price_and_quantity(f):
        return 0
    if not fast_word(f, b',"f":', 5) or not tp_scan_uint(&f.p, &f.event.first_id):
        return 0
    if not fast_word(f, b',"l":', 5) or not tp_scan_uint(&f.p, &f.event.last_id):
        return 0
    return fast_optional_time(f) and fast_maker(f, trade_id)


cdef inline bint fast_message(FastFrame* f) noexcept nogil:
    """One event object, by its first key."""
    if fast_word(f, b'{"e":"', 6):
        if f.p[0] == c"d":
            return fast_depth(f)
        if f.p[0] == c"t":
            return fast_trade(f)
        if f.p[0] == c"b":
            return (fast_word(f, b'bookTicker","u":', 16)
                    and tp_scan_uint(&f.p, &f.event.last_id) and fast_bbo(f))
        return f.p[0] == c"a" and fast_aggregate(f)
    if fast_word(f, b'{"u":', 5):
        if not tp_scan_uint(&f.p, &f.event.last_id):
            return 0
        if fast_word(f, b',"e":"', 6) and not fast_word(f, b'bookTicker"', 11):
            return 0
        return fast_bbo(f)
    return fast_word(f, b'{"lastUpdateId":', 16) and fast_snapshot(f)


cdef inline bint fast_decode(
        WireState* s, const char* data, const char* end, tp_market_event* event) noexcept nogil:
    """1 and the event, or 0: declined."""
    cdef FastFrame f
    memset(event, 0, sizeof(tp_market_event))
    event.source = s.source
    event.bids = s.bids
    event.asks = s.asks
    event.trades = s.trades
    f.state = s
    f.event = event
    f.p = data
    f.end = end
    f.name = NULL
    f.sign = NULL
    f.instrument = NULL
    if fast_word(&f, b'{"stream":"', 11):
        f.name = f.p
        f.p = tp_scan_string(f.p, &f.sign)
        if f.p == NULL or not fast_word(&f, b'","data":', 9):
            return 0
    if not fast_message(&f):
        return 0
    event.instrument = f.instrument.index
    return 1
