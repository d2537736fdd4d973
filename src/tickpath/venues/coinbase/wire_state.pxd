"""State of the native Coinbase market decoder: symbols, the event's arrays, the place in the frame.

Built once per source; nothing is taken or given back afterwards. The arrays hold the event that
was decoded last; the place points into the frame, which stays where it is until its last event.
Worst case of a lookup: one comparison a symbol.
"""

from libc.stdint cimport int32_t, int64_t
from libc.string cimport memcmp
from tickpath.core.records cimport tp_instrument, tp_level, tp_market_event, tp_trade
from tickpath.venues.text.market_state cimport WIRE_SYMBOL_BYTES, event_reset

cdef enum:
    CHANNEL_NONE = 0                  # nothing more to give
    CHANNEL_L2 = 1
    CHANNEL_TRADES = 2
    CHANNEL_TICKERS = 3

cdef struct WireName:                 # an instrument as market channels name it
    int32_t instrument                # place in `instruments`
    int32_t bytes
    char text[WIRE_SYMBOL_BYTES]

cdef struct WireState:
    int64_t sequence                  # of the frame decoded last, -1: it carries none
    int64_t t_ns                      # its time at the venue, 0: none
    const char* events                # what is left of its list of events
    const char* items                 # what is left of the trades or tickers of one, NULL: none
    int32_t channel                   # CHANNEL_*
    int32_t source
    int32_t name_count
    int32_t last                      # name found last
    tp_instrument* instruments        # of the source, in its order
    WireName* names                   # at most two an instrument
    tp_level* bids                    # TP_LEVELS_PER_FRAME_MAX each
    tp_level* asks
    tp_trade* trades                  # TP_TRADES_PER_FRAME_MAX


cdef inline bint wire_is(const WireName* name, const char* symbol, int32_t bytes) noexcept nogil:
    return name.bytes == bytes and memcmp(name.text, symbol, bytes) == 0


cdef inline const tp_instrument* wire_find(
        WireState* s, const char* symbol, int32_t bytes) noexcept nogil:
    """The instrument of that symbol, the last one first; NULL: not of the source."""
    cdef int32_t k
    if wire_is(&s.names[s.last], symbol, bytes):
        return &s.instruments[s.names[s.last].instrument]
    for k in range(s.name_count):
        if wire_is(&s.names[k], symbol, bytes):
            s.last = k
            return &s.instruments[s.names[k].instrument]
    return NULL


cdef inline void wire_reset(WireState* s, tp_market_event* event) noexcept nogil:
    event_reset(event, s.source, s.bids, s.asks, s.trades)
