"""Fields, levels and trades of a checked JSON text; the order of the verdicts is that of wire.py.

In: where the values of known keys begin. Out: a code, and what they hold. The usual compact level
of Advanced Trade is compared as a whole first: 4 times as fast as member by member.
Worst case: one pass over each field read.
"""

from libc.stdint cimport int32_t
from tickpath.core.codes cimport (
    TP_FEED_LEVELS,
    TP_FEED_MISSING_FIELD,
    TP_FEED_UNKNOWN_SYMBOL,
    TP_FEED_WRONG_TYPE,
    TP_OK,
)
from tickpath.core.records cimport (
    TP_BUY,
    TP_EVENT_BBO,
    TP_LEVELS_PER_FRAME_MAX,
    TP_SELL,
    tp_instrument,
    tp_level,
    tp_market_event,
    tp_trade,
)
from tickpath.hot.feed.scan cimport (
    tp_scan_quoted,
    tp_scan_string,
    tp_space_skip,
    tp_string_copy,
    tp_string_is,
    tp_take,
    tp_value_skip,
)
from tickpath.venues.coinbase.wire_keys cimport (
    KEY_BEST_ASK,
    KEY_BEST_BID,
    KEY_NEW_QUANTITY,
    KEY_PRICE,
    KEY_PRICE_LEVEL,
    KEY_PRODUCT,
    KEY_SIDE,
    KEY_SIZE,
    KEY_TRADE_ID,
    Fields,
    fields_read,
)
from tickpath.venues.coinbase.wire_state cimport WireState, wire_find
from tickpath.venues.text.market_fields cimport count_read, id_read, list_next
from tickpath.venues.text.market_state cimport WIRE_FAST_DECIMALS, WIRE_SYMBOL_BYTES


cdef inline int32_t text_need(const char* p) noexcept nogil:
    """Whether a string is there."""
    if p == NULL:
        return TP_FEED_MISSING_FIELD
    return TP_OK if p[0] == c'"' else TP_FEED_WRONG_TYPE


cdef inline int32_t list_need(const char* p) noexcept nogil:
    """Whether a list is there."""
    if p == NULL:
        return TP_FEED_MISSING_FIELD
    return TP_OK if p[0] == c"[" else TP_FEED_WRONG_TYPE


cdef inline int32_t product_read(
        WireState* s, const Fields* f, tp_market_event* event,
        const tp_instrument** instrument) noexcept nogil:
    """The source's instrument of `product_id`; a product of another source loses nothing."""
    cdef char text[WIRE_SYMBOL_BYTES]
    cdef int32_t bytes
    cdef int32_t code = text_need(f.at[KEY_PRODUCT])
    if code != TP_OK:
        return code
    bytes = tp_string_copy(f.at[KEY_PRODUCT], text, WIRE_SYMBOL_BYTES)
    instrument[0] = wire_find(s, text, bytes) if bytes <= WIRE_SYMBOL_BYTES else NULL
    if instrument[0] == NULL:
        event.lost = 0
        return TP_FEED_UNKNOWN_SYMBOL
    event.instrument = instrument[0].index
    return TP_OK


cdef inline int32_t side_read(
        const char* p, const char* bid, const char* ask, int32_t* side) noexcept nogil:
    """0 for the word of the bids, 1 for that of the asks."""
    cdef int32_t code = text_need(p)
    if code != TP_OK:
        return code
    side[0] = 1 if tp_string_is(p, ask) else 0
    return TP_OK if side[0] or tp_string_is(p, bid) else TP_FEED_WRONG_TYPE


cdef inline int32_t level_add(
        const tp_instrument* instrument, const char* price, const char* quantity,
        tp_level* levels, int32_t* count) noexcept nogil:
    """One more level of a side."""
    cdef tp_level* out = &levels[count[0]]
    cdef int32_t code
    if count[0] == TP_LEVELS_PER_FRAME_MAX:
        return TP_FEED_LEVELS
    code = count_read(price, &instrument.price, 1, &out.price_ticks)
    if code == TP_OK:
        code = count_read(quantity, &instrument.quantity, 0, &out.quantity_lots)
    if code == TP_OK:
        count[0] += 1
    return code


cdef inline int32_t side_add(
        const tp_instrument* instrument, int32_t side, const char* price, const char* quantity,
        tp_market_event* event) noexcept nogil:
    if side == 0:
        return level_add(instrument, price, quantity, event.bids, &event.bid_count)
    return level_add(instrument, price, quantity, event.asks, &event.ask_count)


cdef inline bint update_fast(
        const tp_instrument* instrument, const char* p, tp_market_event* event) noexcept nogil:
    """The usual update in the venue's own order of members; 0: declined, nothing was added."""
    cdef tp_level* out
    cdef const char* sign
    cdef int32_t* count
    if not tp_take(&p, b'{"side":"', 9):
        return 0
    if tp_take(&p, b'bid","event_time":"', 19):
        out = event.bids
        count = &event.bid_count
    elif tp_take(&p, b'offer","event_time":"', 21):
        out = event.asks
        count = &event.ask_count
    else:
        return 0
    if count[0] == TP_LEVELS_PER_FRAME_MAX:
        return 0
    out += count[0]
    p = tp_scan_string(p, &sign)
    if p == NULL or not tp_take(&p, b'","price_level":"', 17):
        return 0
    if not tp_scan_quoted(&p, &instrument.price, &out.price_ticks) or out.price_ticks == 0:
        return 0
    if not tp_take(&p, b'","new_quantity":"', 18):
        return 0
    if not tp_scan_quoted(&p, &instrument.quantity, &out.quantity_lots):
        return 0
    if not tp_take(&p, b'"}', 2):
        return 0
    count[0] += 1
    return 1


cdef inline int32_t update_read(
        const tp_instrument* instrument, const char* p, tp_market_event* event) noexcept nogil:
    """{side, price_level, new_quantity, ...}"""
    cdef Fields f
    cdef int32_t side = 0
    cdef int32_t code
    if p[0] != c"{":
        return TP_FEED_WRONG_TYPE
    fields_read(p, &f)
    code = side_read(f.at[KEY_SIDE], b"bid", b"offer", &side)
    if code != TP_OK:
        return code
    if f.at[KEY_PRICE_LEVEL] == NULL or f.at[KEY_NEW_QUANTITY] == NULL:
        return TP_FEED_MISSING_FIELD
    return side_add(instrument, side, f.at[KEY_PRICE_LEVEL], f.at[KEY_NEW_QUANTITY], event)


cdef inline int32_t updates_read(
        const tp_instrument* instrument, const char* p, tp_market_event* event) noexcept nogil:
    """The list of updates of a product."""
    cdef bint fast = (instrument.price.decimals == WIRE_FAST_DECIMALS
                      and instrument.quantity.decimals == WIRE_FAST_DECIMALS)
    cdef int32_t code = list_need(p)
    if code != TP_OK:
        return code
    p = tp_space_skip(p + 1)
    while p[0] != c"]":
        if not fast or not update_fast(instrument, p, event):
            code = update_read(instrument, p, event)
            if code != TP_OK:
                return code
        p = list_next(p)
    return TP_OK


cdef inline int32_t parts_read(const char* p, int32_t count, const char** parts) noexcept nogil:
    """Where the first `count` items of the array at `p` begin."""
    cdef int32_t k
    if p[0] != c"[":
        return TP_FEED_WRONG_TYPE
    p = tp_space_skip(p + 1)
    for k in range(count):
        if p[0] == c"]":
            return TP_FEED_WRONG_TYPE
        parts[k] = p
        p = list_next(p)
    return TP_OK


cdef inline int32_t changes_read(
        const tp_instrument* instrument, const char* p, tp_market_event* event) noexcept nogil:
    """[[side, price, quantity, ...], ...]"""
    cdef const char* parts[3]
    cdef int32_t side = 0
    cdef int32_t code = list_need(p)
    if code != TP_OK:
        return code
    p = tp_space_skip(p + 1)
    while p[0] != c"]":
        code = parts_read(p, 3, parts)
        if code == TP_OK:
            code = side_read(parts[0], b"buy", b"sell", &side)
        if code == TP_OK:
            code = side_add(instrument, side, parts[1], parts[2], event)
        if code != TP_OK:
            return code
        p = list_next(p)
    return TP_OK


cdef inline int32_t trade_read(
        WireState* s, const Fields* f, tp_trade* out, tp_market_event* event) noexcept nogil:
    """One trade; its side is the maker's."""
    cdef const tp_instrument* instrument = NULL
    cdef const char* side = f.at[KEY_SIDE]
    cdef int32_t code = product_read(s, f, event, &instrument)
    if code == TP_OK:
        code = id_read(f.at[KEY_TRADE_ID], &out.trade_id)
    if code == TP_OK:
        code = count_read(f.at[KEY_PRICE], &instrument.price, 1, &out.price_ticks)
    if code == TP_OK:
        code = count_read(f.at[KEY_SIZE], &instrument.quantity, 1, &out.quantity_lots)
    if code == TP_OK:
        code = text_need(side)
    if code != TP_OK:
        return code
    out.reserved = 0
    if tp_string_is(side, b"BUY") or tp_string_is(side, b"buy"):
        out.aggressor = TP_SELL
    elif tp_string_is(side, b"SELL") or tp_string_is(side, b"sell"):
        out.aggressor = TP_BUY
    else:
        return TP_FEED_WRONG_TYPE
    return TP_OK


cdef inline int32_t best_read(
        const tp_instrument* instrument, const Fields* f, const char* bid_quantity,
        const char* ask_quantity, tp_market_event* event) noexcept nogil:
    """Best bid and offer; a quantity that is NULL is 0."""
    cdef int32_t code
    event.kind = TP_EVENT_BBO
    event.bid_count = 1
    event.ask_count = 1
    event.bids[0].quantity_lots = 0
    event.asks[0].quantity_lots = 0
    code = count_read(f.at[KEY_BEST_BID], &instrument.price, 0, &event.bids[0].price_ticks)
    if code == TP_OK and bid_quantity != NULL:
        code = count_read(bid_quantity, &instrument.quantity, 0, &event.bids[0].quantity_lots)
    if code == TP_OK:
        code = count_read(f.at[KEY_BEST_ASK], &instrument.price, 0, &event.asks[0].price_ticks)
    if code == TP_OK and ask_quantity != NULL:
        code = count_read(ask_quantity, &instrument.quantity, 0, &event.asks[0].quantity_lots)
    return code
