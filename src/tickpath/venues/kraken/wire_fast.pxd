"""The usual compact book frames of v2, in the venue's key order, in one pass.

In: one frame with its padding. Out: 1 and the event, or 0: declined, the general scanner decides.
What is accepted here is exactly what the general scanner would have said: literals and digits are
compared byte by byte, the last byte used is the frame's last (white space may follow), prices and
quantities lie on their grids. Worst case: a frame that is declined near its end is scanned thrice.
"""

from libc.stdint cimport int32_t, int64_t, uint32_t, uint64_t
from tickpath.core.records cimport (
    TP_CHECKSUM_CRC32_TEN,
    TP_EVENT_DEPTH,
    TP_EVENT_SNAPSHOT,
    TP_LEVELS_PER_FRAME_MAX,
    tp_grid,
    tp_instrument,
    tp_level,
    tp_market_event,
)
from tickpath.hot.feed.scan cimport tp_is_space, tp_load8, tp_scan_uint, tp_take
from tickpath.venues.kraken.wire_state cimport KrakenState, kraken_reset
from tickpath.venues.text.market_state cimport WIRE_SYMBOL_BYTES, WireKey, wire_find
from tickpath.venues.text.stamps cimport TIME_BYTES_MAX, time_ns

cdef extern from "../hot/feed/scan.h" nogil:
    uint32_t tp_others16(const char* p) noexcept
    bint tp_scan_shape(
        const char* p, uint64_t others, uint32_t* whole, uint32_t* close) noexcept
    uint64_t tp_units(const char* p, uint32_t whole, uint32_t close) noexcept
    bint tp_scan_steps(uint64_t units, const tp_grid* grid, int64_t* count) noexcept


cdef inline bint fast_count(const char** p, const tp_grid* grid, int64_t* count) noexcept nogil:
    """A bare decimal of at most 15 characters; *p is left behind it, where the caller compares."""
    cdef uint32_t whole = 0
    cdef uint32_t close = 0
    cdef uint64_t others = tp_others16(p[0]) | ~<uint64_t>0xFFFF
    if not tp_scan_shape(p[0], others, &whole, &close) or close > 15:
        return 0
    if not tp_scan_steps(tp_units(p[0], whole, close), grid, count):
        return 0
    p[0] += close
    return 1


cdef inline const char* fast_levels(
        const char* p, const tp_instrument* instrument, tp_level* out,
        int32_t* count) noexcept nogil:
    """`p` behind the '[' of a list of {"price":..,"qty":..}; behind its ']' or NULL."""
    cdef int32_t n = 0
    if p[0] == c"]":
        count[0] = 0
        return p + 1
    while n < TP_LEVELS_PER_FRAME_MAX:
        if not tp_take(&p, b'{"price":', 9):
            return NULL
        if not fast_count(&p, &instrument.price, &out[n].price_ticks) or out[n].price_ticks == 0:
            return NULL
        if not tp_take(&p, b',"qty":', 7):
            return NULL
        if not fast_count(&p, &instrument.quantity, &out[n].quantity_lots):
            return NULL
        n += 1
        if tp_take(&p, b"},", 2):
            continue
        if not tp_take(&p, b"}]", 2):
            return NULL
        count[0] = n
        return p
    return NULL


cdef inline const char* fast_symbol(
        KrakenState* s, const char* p, const tp_instrument** found) noexcept nogil:
    """The symbol in its string and the closing quote: the last one seen in two compares."""
    cdef const WireKey* key = &s.wire.keys[s.wire.last]
    cdef int32_t k
    if key.fast and ((tp_load8(p) & key.mask[0]) ^ key.word[0]
                     | (tp_load8(p + 8) & key.mask[1]) ^ key.word[1]) == 0:
        found[0] = &s.wire.instruments[s.wire.last]
        return p + key.bytes + 1
    for k in range(WIRE_SYMBOL_BYTES + 1):
        if p[k] == c'"':
            found[0] = wire_find(&s.wire, p, k)
            if found[0] == NULL or not s.wire.keys[found[0] - s.wire.instruments].fast:
                return NULL
            return p + k + 1
    return NULL


cdef inline const char* fast_stamp(const char* p, int64_t* out) noexcept nogil:
    """A time and its closing quote, behind it or NULL."""
    cdef int32_t k
    for k in range(TIME_BYTES_MAX + 1):
        if p[k] == c'"':
            out[0] = time_ns(p, k)
            return p + k + 1 if out[0] >= 0 else NULL
    return NULL


cdef inline bint fast_decode(
        KrakenState* s, const char* p, const char* end, tp_market_event* event) noexcept nogil:
    """1 and the event, or 0: declined."""
    cdef const tp_instrument* instrument = NULL
    cdef int64_t checksum = 0
    kraken_reset(s, event)
    if not tp_take(&p, b'{"channel":"book","type":"', 26):
        return 0
    event.kind = TP_EVENT_DEPTH
    if not tp_take(&p, b'update","data":[{"symbol":"', 27):
        event.kind = TP_EVENT_SNAPSHOT
        if not tp_take(&p, b'snapshot","data":[{"symbol":"', 29):
            return 0
    p = fast_symbol(s, p, &instrument)
    if p == NULL or not tp_take(&p, b',"bids":[', 9):
        return 0
    p = fast_levels(p, instrument, event.bids, &event.bid_count)
    if p == NULL or not tp_take(&p, b',"asks":[', 9):
        return 0
    p = fast_levels(p, instrument, event.asks, &event.ask_count)
    if p == NULL or not tp_take(&p, b',"checksum":', 12) or not tp_scan_uint(&p, &checksum):
        return 0
    if checksum > <int64_t>0xFFFFFFFF:
        return 0
    if tp_take(&p, b',"timestamp":"', 14):
        p = fast_stamp(p, &event.t_venue_ns)
        if p == NULL:
            return 0
    if not tp_take(&p, b"}]}", 3):
        return 0
    while p < end and tp_is_space(p[0]):
        p += 1
    if p != end:
        return 0
    event.instrument = instrument.index
    event.depth = s.depth
    event.checksum = <uint32_t>checksum
    event.checksum_kind = TP_CHECKSUM_CRC32_TEN
    return 1
