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
    tp_take,
)
from tickpath.venues.binance.wire_keys cimport wire_time_ns
from tickpath.venues.text.market_state cimport (
    WIRE_SYMBOL_BYTES,
    WireKey,
    WireState,
    wire_find,
)

cdef struct FastFrame:
    WireState* state
    tp_market_event* event
    const char* end
    const char* name                  # of the combined stream, NULL when bare
    const char* sign                  # its '@', or its closing quote
    const tp_instrument* instrument

# Verbs take the next byte and give the one behind what they read, NULL when they decline: the
# place stays in a register. Single literals and numbers are taken through a pointer to it.


cdef inline const char* fast_plain(const char* p) noexcept nogil:
    """The rest of a plain string and its closing quote."""
    cdef const char* sign
    p = tp_scan_string(p, &sign)
    return p + 1 if p != NULL else NULL


cdef inline bint fast_found(FastFrame* f, const tp_instrument* instrument) noexcept nogil:
    """Takes the instrument when its grids are those of the fast numbers."""
    if instrument == NULL or not f.state.keys[instrument - f.state.instruments].fast:
        return 0
    f.instrument = instrument
    return 1


cdef inline const char* fast_other_symbol(FastFrame* f, const char* p) noexcept nogil:
    """A symbol that is not the last one seen."""
    cdef int32_t k
    for k in range(WIRE_SYMBOL_BYTES + 1):
        if p[k] == c'"':
            return p + k + 1 if fast_found(f, wire_find(f.state, p, k)) else NULL
    return NULL


cdef inline const char* fast_symbol(FastFrame* f, const char* p) noexcept nogil:
    """The symbol in its string and the closing quote: the last one seen in two compares."""
    cdef WireState* s = f.state
    cdef const WireKey* key = &s.keys[s.last]
    if key.fast and ((tp_load8(p) & key.mask[0]) ^ key.word[0]
                     | (tp_load8(p + 8) & key.mask[1]) ^ key.word[1]) == 0:
        f.instrument = &s.instruments[s.last]
        return p + key.bytes + 1
    return fast_other_symbol(f, p)


cdef inline bint fast_stream_symbol(FastFrame* f) noexcept nogil:
    """The instrument of a frame without a symbol: of the stream's name, or the first."""
    cdef char text[WIRE_SYMBOL_BYTES]
    cdef int32_t count
    cdef int32_t k
    if f.name == NULL:
        return fast_found(f, &f.state.instruments[0])
    count = <int32_t>(f.sign - f.name)
    if count > WIRE_SYMBOL_BYTES:
        return 0
    for k in range(count):
        text[k] = f.name[k] - 32 if c"a" <= f.name[k] <= c"z" else f.name[k]
    return fast_found(f, wire_find(f.state, text, count))


cdef inline const char* fast_time(FastFrame* f, const char* p) noexcept nogil:
    cdef int64_t stamp = 0
    if not tp_scan_uint(&p, &stamp) or wire_time_ns(stamp, &f.event.t_venue_ns) != TP_OK:
        return NULL
    return p


cdef inline const char* fast_pair(const char* p) noexcept nogil:
    """`ps` and `st`, which are not read."""
    cdef int64_t unread
    if tp_take(&p, b',"ps":"', 7):
        p = fast_plain(p)
        if p == NULL:
            return NULL
    if tp_take(&p, b',"st":', 6) and not tp_scan_uint(&p, &unread):
        return NULL
    return p


cdef inline bint fast_close(const FastFrame* f, const char* p) noexcept nogil:
    """The end of the message, of its wrapper, and of the frame."""
    if not tp_take(&p, b"}", 1) or (f.name != NULL and not tp_take(&p, b"}", 1)):
        return 0
    while p < f.end and tp_is_space(p[0]):
        p += 1
    return p == f.end


cdef inline bint fast_sides(
        FastFrame* f, const char* p, const char* asks, int asks_bytes) noexcept nogil:
    """`p` at the bids; `asks` comes between the two lists."""
    cdef tp_market_event* event = f.event
    cdef const tp_grid* price = &f.instrument.price
    cdef const tp_grid* quantity = &f.instrument.quantity
    p = tp_scan_levels(
        p, price, quantity, event.bids, TP_LEVELS_PER_FRAME_MAX, &event.bid_count,
        &f.state.level_bytes)
    if p == NULL or not tp_take(&p, asks, asks_bytes):
        return 0
    p = tp_scan_levels(
        p, price, quantity, event.asks, TP_LEVELS_PER_FRAME_MAX, &event.ask_count,
        &f.state.level_bytes)
    return p != NULL and fast_close(f, p)


cdef inline bint fast_partial(const FastFrame* f) noexcept nogil:
    """The stream is `<symbol>@depth<digit>`: whole best levels instead of changes."""
    return (f.name != NULL and tp_match(f.sign, b"@depth", 6)
            and c"0" <= f.sign[6] <= c"9")


cdef inline bint fast_depth(FastFrame* f, const char* p) noexcept nogil:
    """`p` at the value of `e`."""
    cdef tp_market_event* event = f.event
    cdef int64_t unread
    if not tp_take(&p, b'depthUpdate","E":', 17):
        return 0
    p = fast_time(f, p)
    if p == NULL or (tp_take(&p, b',"T":', 5) and not tp_scan_uint(&p, &unread)):
        return 0
    if not tp_take(&p, b',"s":"', 6):
        return 0
    p = fast_symbol(f, p)
    if p == NULL:
        return 0
    if not tp_take(&p, b',"U":', 5):
        p = fast_pair(p)
        if p == NULL or not tp_take(&p, b',"U":', 5):
            return 0
    if not tp_scan_uint(&p, &event.first_id):
        return 0
    if not tp_take(&p, b',"u":', 5) or not tp_scan_uint(&p, &event.last_id):
        return 0
    event.kind = TP_EVENT_DEPTH
    if tp_take(&p, b',"pu":', 6):
        if not tp_scan_uint(&p, &event.prev_id):
            return 0
        event.chained = 1
    if fast_partial(f):
        event.kind = TP_EVENT_SNAPSHOT
        event.first_id = 0
        event.prev_id = 0
        event.chained = 0
    return tp_take(&p, b',"b":[', 6) and fast_sides(f, p, b',"a":[', 6)


cdef inline bint fast_snapshot(FastFrame* f, const char* p) noexcept nogil:
    """`p` at the value of `lastUpdateId`."""
    cdef int64_t unread
    f.event.kind = TP_EVENT_SNAPSHOT
    if not tp_scan_uint(&p, &f.event.last_id):
        return 0
    if tp_take(&p, b',"E":', 5):
        p = fast_time(f, p)
        if p == NULL:
            return 0
    if tp_take(&p, b',"T":', 5) and not tp_scan_uint(&p, &unread):
        return 0
    if tp_take(&p, b',"symbol":"', 11):
        p = fast_symbol(f, p)
    elif not fast_stream_symbol(f):
        return 0
    if p != NULL and tp_take(&p, b',"pair":"', 9):
        p = fast_plain(p)
    if p == NULL or not tp_take(&p, b',"bids":[', 9):
        return 0
    return fast_sides(f, p, b',"asks":[', 9)


cdef inline bint fast_bbo(FastFrame* f, const char* p) noexcept nogil:
    """`p` at the comma before `s`; `u` is read already."""
    cdef tp_market_event* event = f.event
    cdef const tp_grid* price
    cdef const tp_grid* quantity
    cdef int64_t unread
    if not tp_take(&p, b',"s":"', 6):
        return 0
    p = fast_symbol(f, p)
    if p == NULL:
        return 0
    if not tp_take(&p, b',"b":"', 6):
        p = fast_pair(p)
        if p == NULL or not tp_take(&p, b',"b":"', 6):
            return 0
    price = &f.instrument.price
    quantity = &f.instrument.quantity
    if not tp_scan_quoted(&p, price, &event.bids[0].price_ticks):
        return 0
    if not tp_take(&p, b'","B":"', 7):
        return 0
    if not tp_scan_quoted(&p, quantity, &event.bids[0].quantity_lots):
        return 0
    if not tp_take(&p, b'","a":"', 7):
        return 0
    if not tp_scan_quoted(&p, price, &event.asks[0].price_ticks):
        return 0
    if not tp_take(&p, b'","A":"', 7):
        return 0
    if not tp_scan_quoted(&p, quantity, &event.asks[0].quantity_lots):
        return 0
    if not tp_take(&p, b'"', 1):
        return 0
    if tp_take(&p, b',"T":', 5) and not tp_scan_uint(&p, &unread):
        return 0
    if tp_take(&p, b',"E":', 5):
        p = fast_time(f, p)
        if p == NULL:
            return 0
    event.kind = TP_EVENT_BBO
    event.bid_count = 1
    event.ask_count = 1
    return fast_close(f, p)


cdef inline const char* fast_price_and_quantity(FastFrame* f, const char* p) noexcept nogil:
    """`p`, `q` of a trade, both positive, and the quote behind."""
    cdef tp_market_event* event = f.event
    if not tp_take(&p, b',"p":"', 6):
        return NULL
    if not tp_scan_quoted(&p, &f.instrument.price, &event.trades[0].price_ticks):
        return NULL
    if not tp_take(&p, b'","q":"', 7):
        return NULL
    if not tp_scan_quoted(&p, &f.instrument.quantity, &event.trades[0].quantity_lots):
        return NULL
    if event.trades[0].price_ticks == 0 or event.trades[0].quantity_lots == 0:
        return NULL
    return p + 1


cdef inline bint fast_maker(FastFrame* f, const char* p, int64_t trade_id) noexcept nogil:
    """The rest of a trade from `m` on."""
    cdef tp_market_event* event = f.event
    cdef bint maker
    if not tp_take(&p, b',"m":', 5):
        return 0
    maker = tp_take(&p, b"true", 4)
    if not maker and not tp_take(&p, b"false", 5):
        return 0
    if tp_take(&p, b',"M":', 5) and not tp_take(&p, b"true", 4) and not tp_take(&p, b"false", 5):
        return 0
    event.kind = TP_EVENT_TRADE
    event.trade_count = 1
    event.trades[0].trade_id = trade_id
    event.trades[0].aggressor = TP_SELL if maker else TP_BUY
    if p[0] == c",":
        p = fast_pair(p)
    return p != NULL and fast_close(f, p)


cdef inline bint fast_trade(FastFrame* f, const char* p) noexcept nogil:
    """`p` at the value of `e`."""
    cdef int64_t trade_id = 0
    cdef int64_t unread
    if not tp_take(&p, b'trade","E":', 11):
        return 0
    p = fast_time(f, p)
    if p == NULL or (tp_take(&p, b',"T":', 5) and not tp_scan_uint(&p, &unread)):
        return 0
    if not tp_take(&p, b',"s":"', 6):
        return 0
    p = fast_symbol(f, p)
    if p == NULL or not tp_take(&p, b',"t":', 5) or not tp_scan_uint(&p, &trade_id):
        return 0
    p = fast_price_and_quantity(f, p)
    if p == NULL or (tp_take(&p, b',"T":', 5) and not tp_scan_uint(&p, &unread)):
        return 0
    if tp_take(&p, b',"X":"', 6):
        p = fast_plain(p)
        if p == NULL:
            return 0
    f.event.first_id = trade_id
    f.event.last_id = trade_id
    return fast_maker(f, p, trade_id)


cdef inline bint fast_aggregate(FastFrame* f, const char* p) noexcept nogil:
    """`p` at the value of `e`; the id comes before or behind the symbol."""
    cdef int64_t trade_id = 0
    cdef int64_t unread
    cdef bint early
    if not tp_take(&p, b'aggTrade","E":', 14):
        return 0
    p = fast_time(f, p)
    if p == NULL:
        return 0
    early = tp_take(&p, b',"a":', 5)
    if early and not tp_scan_uint(&p, &trade_id):
        return 0
    if not tp_take(&p, b',"s":"', 6):
        return 0
    p = fast_symbol(f, p)
    if p == NULL:
        return 0
    if not early and (not tp_take(&p, b',"a":', 5) or not tp_scan_uint(&p, &trade_id)):
        return 0
    p = fast_price_and_quantity(f, p)
    if p == NULL or not tp_take(&p, b',"f":', 5) or not tp_scan_uint(&p, &f.event.first_id):
        return 0
    if not tp_take(&p, b',"l":', 5) or not tp_scan_uint(&p, &f.event.last_id):
        return 0
    if tp_take(&p, b',"T":', 5) and not tp_scan_uint(&p, &unread):
        return 0
    return fast_maker(f, p, trade_id)


cdef inline bint fast_message(FastFrame* f, const char* p) noexcept nogil:
    """One event object, by its first key."""
    if tp_take(&p, b'{"e":"', 6):
        if p[0] == c"d":
            return fast_depth(f, p)
        if p[0] == c"t":
            return fast_trade(f, p)
        if p[0] == c"a":
            return fast_aggregate(f, p)
        return (tp_take(&p, b'bookTicker","u":', 16)
                and tp_scan_uint(&p, &f.event.last_id) and fast_bbo(f, p))
    if tp_take(&p, b'{"u":', 5):
        if not tp_scan_uint(&p, &f.event.last_id):
            return 0
        if tp_take(&p, b',"e":"', 6) and not tp_take(&p, b'bookTicker"', 11):
            return 0
        return fast_bbo(f, p)
    return tp_take(&p, b'{"lastUpdateId":', 16) and fast_snapshot(f, p)


cdef inline bint fast_decode(
        WireState* s, const char* data, const char* end, tp_market_event* event) noexcept nogil:
    """1 and the event, or 0: declined."""
    cdef FastFrame f
    cdef const char* p = data
    memset(event, 0, sizeof(tp_market_event))
    event.source = s.source
    event.bids = s.bids
    event.asks = s.asks
    event.trades = s.trades
    f.state = s
    f.event = event
    f.end = end
    f.name = NULL
    f.sign = NULL
    f.instrument = NULL
    if tp_take(&p, b'{"stream":"', 11):
        f.name = p
        p = tp_scan_string(p, &f.sign)
        if p == NULL or not tp_take(&p, b'","data":', 9):
            return 0
    if not fast_message(&f, p):
        return 0
    event.instrument = f.instrument.index
    return 1
