"""State of a native market decoder of text frames: its symbol lookup and the arrays of an event.

Built once per source; nothing is taken or given back afterwards. The arrays hold the event that
was decoded last. Worst case of a lookup: the table is at most a quarter full, a handful of probes.
"""

from libc.stdint cimport int32_t, uint32_t, uint64_t
from libc.string cimport memcmp, memcpy, memset
from tickpath.core.records cimport (
    TP_EVENT_NONE,
    tp_instrument,
    tp_level,
    tp_market_event,
    tp_trade,
)

cdef enum:
    WIRE_SYMBOL_BYTES = 32
    WIRE_SLOTS = 256                  # power of two, at least four for each instrument
    WIRE_KEY_BYTES = 16
    WIRE_FAST_DECIMALS = 8            # of both grids, else the fast scanner leaves it alone

cdef struct WireKey:
    uint64_t word[2]                  # the symbol and the quote behind it
    uint64_t mask[2]
    int32_t bytes                     # of the symbol
    int32_t fast                      # 1: both grids have WIRE_FAST_DECIMALS

cdef struct WireState:
    int32_t source
    int32_t instrument_count
    int32_t last                      # position of the last instrument found
    uint32_t level_bytes              # of the level scanned last: a guess, see scan.h
    tp_instrument* instruments        # of the source, in its order
    WireKey* keys                     # the same order
    tp_level* bids                    # TP_LEVELS_PER_FRAME_MAX each
    tp_level* asks
    tp_trade* trades                  # TP_TRADES_PER_FRAME_MAX
    int32_t slots[WIRE_SLOTS]         # position + 1 in `instruments`, 0 free


cdef inline uint32_t wire_hash(const char* symbol, int32_t bytes) noexcept nogil:
    """FNV-1a, 32 bits (Fowler, Noll, Vo)."""
    cdef uint32_t h = <uint32_t>2166136261
    cdef int32_t k
    for k in range(bytes):
        h = (h ^ <unsigned char>symbol[k]) * <uint32_t>16777619
    return h


cdef inline bint wire_is(
        const tp_instrument* entry, const char* symbol, int32_t bytes) noexcept nogil:
    return entry.symbol_bytes == bytes and memcmp(entry.symbol, symbol, bytes) == 0


cdef inline void wire_insert(WireState* s, int32_t position) noexcept nogil:
    """Runs at start, once for each instrument; the table never fills."""
    cdef const tp_instrument* entry = &s.instruments[position]
    cdef uint32_t slot = wire_hash(entry.symbol, entry.symbol_bytes) & (WIRE_SLOTS - 1)
    while s.slots[slot] != 0:
        slot = (slot + 1) & (WIRE_SLOTS - 1)
    s.slots[slot] = position + 1


cdef inline void wire_key_fill(WireKey* key, const tp_instrument* entry) noexcept nogil:
    """Runs at start, once for each instrument. Longer symbols get words that match no text."""
    cdef char text[WIRE_KEY_BYTES]
    memset(key, 0, sizeof(WireKey))
    key.bytes = entry.symbol_bytes
    key.fast = (entry.price.decimals == WIRE_FAST_DECIMALS
                and entry.quantity.decimals == WIRE_FAST_DECIMALS)
    if entry.symbol_bytes >= WIRE_KEY_BYTES:
        key.word[0] = 1
        return
    memset(text, 0, WIRE_KEY_BYTES)
    memcpy(text, entry.symbol, entry.symbol_bytes)
    text[entry.symbol_bytes] = c'"'
    memcpy(key.word, text, WIRE_KEY_BYTES)
    memset(text, 0, WIRE_KEY_BYTES)
    memset(text, 255, entry.symbol_bytes + 1)
    memcpy(key.mask, text, WIRE_KEY_BYTES)


cdef inline const tp_instrument* wire_find(
        WireState* s, const char* symbol, int32_t bytes) noexcept nogil:
    """The instrument of that symbol, the last one first; NULL: not of the source."""
    cdef uint32_t slot
    if wire_is(&s.instruments[s.last], symbol, bytes):
        return &s.instruments[s.last]
    slot = wire_hash(symbol, bytes) & (WIRE_SLOTS - 1)
    while s.slots[slot] != 0:
        if wire_is(&s.instruments[s.slots[slot] - 1], symbol, bytes):
            s.last = s.slots[slot] - 1
            return &s.instruments[s.last]
        slot = (slot + 1) & (WIRE_SLOTS - 1)
    return NULL


cdef inline void event_reset(
        tp_market_event* event, int32_t source, tp_level* bids, tp_level* asks,
        tp_trade* trades) noexcept nogil:
    """Nothing said yet, with room for what may be."""
    memset(event, 0, sizeof(tp_market_event))
    event.kind = TP_EVENT_NONE
    event.source = source
    event.instrument = -1
    event.bids = bids
    event.asks = asks
    event.trades = trades


cdef inline int32_t event_refuse(int32_t code, tp_market_event* event) noexcept nogil:
    """What an error leaves behind: the instrument, and whether its book is lost."""
    cdef int32_t instrument = event.instrument
    cdef int32_t lost = event.lost
    event_reset(event, event.source, event.bids, event.asks, event.trades)
    event.instrument = instrument
    event.lost = lost
    return code


cdef inline void wire_reset(WireState* s, tp_market_event* event) noexcept nogil:
    event_reset(event, s.source, s.bids, s.asks, s.trades)
