"""SBE market frames, schema `stream_1_0`. Verdicts and their order are those of wire_sbe.py.

In: one binary frame. Out: a code and the event. Every step is checked against the frame's end;
blocks are skipped by the lengths in the frame. Worst case: a fixed number of steps a level.
"""

from libc.stdint cimport int8_t, int32_t, int64_t, uint8_t, uint16_t, uint32_t, uint64_t
from libc.string cimport memcpy
from tickpath.core.codes cimport (
    TP_FEED_DIGITS,
    TP_FEED_LEVELS,
    TP_FEED_MISSING_FIELD,
    TP_FEED_OFF_GRID,
    TP_FEED_RANGE,
    TP_FEED_SCHEMA,
    TP_FEED_SYNTAX,
    TP_FEED_TRUNCATED,
    TP_FEED_UNKNOWN_KIND,
    TP_FEED_UNKNOWN_SYMBOL,
    TP_FEED_WRONG_TYPE,
    TP_OK,
)
from tickpath.core.fixed cimport grid_divide
from tickpath.core.records cimport (
    TP_BUY,
    TP_EVENT_BBO,
    TP_EVENT_DEPTH,
    TP_EVENT_SNAPSHOT,
    TP_EVENT_TRADE,
    TP_LEVELS_PER_FRAME_MAX,
    TP_SELL,
    TP_TRADES_PER_FRAME_MAX,
    tp_grid,
    tp_instrument,
    tp_level,
    tp_market_event,
)
from tickpath.venues.text.market_state cimport WireState, wire_find

cdef enum:
    SBE_SCHEMA = 1
    SBE_TRADES = 10000
    SBE_BEST_BID_ASK = 10001
    SBE_DEPTH_SNAPSHOT = 10002
    SBE_DEPTH_DIFF = 10003
    SBE_HEADER_BYTES = 8
    SBE_TRADE_BYTES = 25
    SBE_LEVEL_BYTES = 16
    SBE_POWER_MAX = 18                # 10**18 is the last power of ten in 63 bits

cdef extern from *:
    """
    /* 10^n, and how large a mantissa may be for its product with it to fit 63 bits */
    #define TP_SBE_POWERS(X)                                                              \\
        X(1) X(10) X(100) X(1000) X(10000) X(100000) X(1000000) X(10000000) X(100000000)  \\
        X(1000000000) X(10000000000) X(100000000000) X(1000000000000) X(10000000000000)   \\
        X(100000000000000) X(1000000000000000) X(10000000000000000)                       \\
        X(100000000000000000) X(1000000000000000000)
    #define TP_SBE_FACTOR(n) n##LL,
    #define TP_SBE_MAX(n) INT64_MAX / n##LL,
    static const int64_t tp_sbe_factor[19] = {TP_SBE_POWERS(TP_SBE_FACTOR)};
    static const int64_t tp_sbe_mantissa_max[19] = {TP_SBE_POWERS(TP_SBE_MAX)};
    """
    const int64_t sbe_factor "tp_sbe_factor" [19]
    const int64_t sbe_mantissa_max "tp_sbe_mantissa_max" [19]

cdef struct SbeGroup:
    const char* at                    # the first entry
    int64_t entry_bytes
    int32_t count

cdef struct SbeScale:
    const tp_grid* grid
    int32_t power                     # exponent + decimals of the grid
    int64_t factor                    # 10**abs(power), 0 when that does not fit
    int64_t mantissa_max              # the largest whose product fits, 0 when power is negative


cdef inline uint16_t sbe_u16(const char* p) noexcept nogil:
    cdef uint16_t value
    memcpy(&value, p, 2)
    return value


cdef inline int64_t sbe_i64(const char* p) noexcept nogil:
    cdef int64_t value
    memcpy(&value, p, 8)
    return value


cdef inline void sbe_scale(SbeScale* scale, const tp_grid* grid, int8_t exponent) noexcept nogil:
    cdef int32_t power = exponent + grid.decimals
    cdef int32_t distance = power if power >= 0 else -power
    scale.grid = grid
    scale.power = power
    scale.factor = sbe_factor[distance] if distance <= SBE_POWER_MAX else 0
    scale.mantissa_max = sbe_mantissa_max[power] if 0 <= power <= SBE_POWER_MAX else 0


cdef inline int32_t sbe_divide(
        const SbeScale* scale, int64_t mantissa, int64_t* out) noexcept nogil:
    """Mantissas that cannot simply be multiplied: negative, too large, or to be divided."""
    if mantissa < 0:
        return TP_FEED_RANGE
    if scale.power >= 0 or scale.factor == 0 or mantissa % scale.factor != 0:
        return TP_FEED_DIGITS
    return TP_OK if grid_divide(
        scale.grid, <uint64_t>(mantissa // scale.factor), out) else TP_FEED_OFF_GRID


cdef inline int32_t sbe_count(const SbeScale* scale, int64_t mantissa, int64_t* out) noexcept nogil:
    """mantissa * 10**exponent as ticks or lots."""
    if <uint64_t>mantissa > <uint64_t>scale.mantissa_max:
        return sbe_divide(scale, mantissa, out)
    if not grid_divide(scale.grid, <uint64_t>(mantissa * scale.factor), out):
        return TP_FEED_OFF_GRID
    return TP_OK


cdef inline int32_t sbe_levels(
        const SbeGroup* group, const SbeScale* price, const SbeScale* quantity, tp_level* out,
        int32_t* count) noexcept nogil:
    cdef const char* p = group.at
    cdef int32_t code
    cdef int32_t k
    for k in range(group.count):
        code = sbe_count(price, sbe_i64(p), &out[k].price_ticks)
        if code != TP_OK:
            return code
        if out[k].price_ticks == 0:
            return TP_FEED_RANGE
        code = sbe_count(quantity, sbe_i64(p + 8), &out[k].quantity_lots)
        if code != TP_OK:
            return code
        p += group.entry_bytes
    count[0] = group.count
    return TP_OK


cdef inline int32_t sbe_trades(
        const SbeGroup* group, const SbeScale* price, const SbeScale* quantity,
        tp_market_event* event) noexcept nogil:
    cdef const char* p = group.at
    cdef int32_t code
    cdef int32_t k
    if group.count == 0:
        return TP_FEED_MISSING_FIELD
    for k in range(group.count):
        event.trades[k].trade_id = sbe_i64(p)
        if event.trades[k].trade_id < 0:
            return TP_FEED_RANGE
        code = sbe_count(price, sbe_i64(p + 8), &event.trades[k].price_ticks)
        if code == TP_OK and event.trades[k].price_ticks == 0:
            code = TP_FEED_RANGE
        if code == TP_OK:
            code = sbe_count(quantity, sbe_i64(p + 16), &event.trades[k].quantity_lots)
        if code == TP_OK and event.trades[k].quantity_lots == 0:
            code = TP_FEED_RANGE
        if code != TP_OK:
            return code
        if <uint8_t>p[24] > 1:
            return TP_FEED_WRONG_TYPE
        event.trades[k].aggressor = TP_SELL if p[24] else TP_BUY
        p += group.entry_bytes
    event.kind = TP_EVENT_TRADE
    event.trade_count = group.count
    event.first_id = event.trades[0].trade_id
    event.last_id = event.trades[group.count - 1].trade_id
    return TP_OK


cdef inline int32_t sbe_bbo(
        const char* p, const SbeScale* price, const SbeScale* quantity,
        tp_market_event* event) noexcept nogil:
    """`p` at the four mantissas."""
    cdef int32_t code
    code = sbe_count(price, sbe_i64(p), &event.bids[0].price_ticks)
    if code == TP_OK:
        code = sbe_count(quantity, sbe_i64(p + 8), &event.bids[0].quantity_lots)
    if code == TP_OK:
        code = sbe_count(price, sbe_i64(p + 16), &event.asks[0].price_ticks)
    if code == TP_OK:
        code = sbe_count(quantity, sbe_i64(p + 24), &event.asks[0].quantity_lots)
    event.kind = TP_EVENT_BBO
    event.bid_count = 1
    event.ask_count = 1
    return code


cdef inline int32_t sbe_group(
        const char** p, const char* end, bint wide, int32_t entry_bytes_min, int32_t count_max,
        SbeGroup* group) noexcept nogil:
    """A group header (count of 16 bits, or 32 when `wide`) and its entries."""
    cdef int64_t head = 6 if wide else 4
    cdef uint32_t count = 0
    if end - p[0] < head:
        return TP_FEED_TRUNCATED
    group.entry_bytes = sbe_u16(p[0])
    memcpy(&count, p[0] + 2, head - 2)
    if count > <uint32_t>count_max:
        return TP_FEED_LEVELS
    if count > 0 and group.entry_bytes < entry_bytes_min:
        return TP_FEED_SCHEMA
    group.at = p[0] + head
    group.count = <int32_t>count
    if end - group.at < group.entry_bytes * group.count:
        return TP_FEED_TRUNCATED
    p[0] = group.at + group.entry_bytes * group.count
    return TP_OK


cdef inline int32_t sbe_block_bytes(uint16_t template) noexcept nogil:
    """Length of version 0's block, 0 for an unknown template."""
    if template == SBE_DEPTH_DIFF:
        return 26
    if template == SBE_BEST_BID_ASK:
        return 50
    if template == SBE_TRADES or template == SBE_DEPTH_SNAPSHOT:
        return 18
    return 0


cdef inline int32_t sbe_layout(
        const char* data, const char* end, uint16_t template, SbeGroup* groups,
        const char** symbol) noexcept nogil:
    """Checks every length; `symbol` is left at its length byte."""
    cdef const char* p = data + SBE_HEADER_BYTES
    cdef int32_t code = TP_OK
    cdef int k
    if sbe_u16(data) < sbe_block_bytes(template):
        return TP_FEED_SCHEMA
    if end - p < sbe_u16(data):
        return TP_FEED_TRUNCATED
    p += sbe_u16(data)
    if template == SBE_TRADES:
        code = sbe_group(&p, end, 1, SBE_TRADE_BYTES, TP_TRADES_PER_FRAME_MAX, &groups[0])
    elif template != SBE_BEST_BID_ASK:
        for k in range(2):
            if code == TP_OK:
                code = sbe_group(
                    &p, end, 0, SBE_LEVEL_BYTES, TP_LEVELS_PER_FRAME_MAX, &groups[k])
    if code != TP_OK:
        return code
    if end - p < 1 or end - p < 1 + <int64_t><uint8_t>p[0]:
        return TP_FEED_TRUNCATED
    if sbe_u16(data + 6) == 0 and end - p != 1 + <int64_t><uint8_t>p[0]:
        return TP_FEED_SYNTAX
    symbol[0] = p
    return TP_OK


cdef inline int32_t sbe_fields(
        const char* block, uint16_t template, const SbeGroup* groups,
        const tp_instrument* instrument, tp_market_event* event) noexcept nogil:
    cdef const char* exponents = block + (24 if template == SBE_DEPTH_DIFF else 16)
    cdef SbeScale price
    cdef SbeScale quantity
    cdef int64_t stamp_us = sbe_i64(block)
    cdef int32_t code
    if stamp_us < 0 or stamp_us > <int64_t>0x7FFFFFFFFFFFFFFF // 1000:
        return TP_FEED_RANGE
    event.t_venue_ns = stamp_us * 1000
    sbe_scale(&price, &instrument.price, <int8_t>exponents[0])
    sbe_scale(&quantity, &instrument.quantity, <int8_t>exponents[1])
    if template == SBE_TRADES:
        return sbe_trades(&groups[0], &price, &quantity, event)
    event.last_id = sbe_i64(exponents - 8)
    if template == SBE_DEPTH_DIFF:
        event.first_id = sbe_i64(block + 8)
    if event.first_id < 0 or event.last_id < 0:
        return TP_FEED_RANGE
    if template == SBE_BEST_BID_ASK:
        return sbe_bbo(exponents + 2, &price, &quantity, event)
    event.kind = TP_EVENT_DEPTH if template == SBE_DEPTH_DIFF else TP_EVENT_SNAPSHOT
    code = sbe_levels(&groups[0], &price, &quantity, event.bids, &event.bid_count)
    if code != TP_OK:
        return code
    return sbe_levels(&groups[1], &price, &quantity, event.asks, &event.ask_count)


cdef inline int32_t sbe_decode(
        WireState* s, const char* data, const char* end, tp_market_event* event) noexcept nogil:
    """A binary frame."""
    cdef SbeGroup groups[2]
    cdef const tp_instrument* instrument
    cdef const char* symbol = NULL
    cdef uint16_t template
    cdef int32_t code
    if end - data < SBE_HEADER_BYTES:
        return TP_FEED_TRUNCATED
    if sbe_u16(data + 4) != SBE_SCHEMA:
        return TP_FEED_SCHEMA
    template = sbe_u16(data + 2)
    if sbe_block_bytes(template) == 0:
        return TP_FEED_UNKNOWN_KIND
    code = sbe_layout(data, end, template, groups, &symbol)
    if code != TP_OK:
        return code
    instrument = wire_find(s, symbol + 1, <uint8_t>symbol[0])
    if instrument == NULL:
        return TP_FEED_UNKNOWN_SYMBOL
    event.instrument = instrument.index
    return sbe_fields(data + SBE_HEADER_BYTES, template, groups, instrument, event)
