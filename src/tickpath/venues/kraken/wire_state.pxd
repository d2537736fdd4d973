"""State of the native Kraken market decoder: the lookup and arrays of text frames, and a depth.

Built once per source; nothing is taken or given back afterwards.
"""

from libc.stdint cimport int32_t
from tickpath.core.records cimport TP_CHAIN_NONE, tp_market_event
from tickpath.venues.text.market_state cimport WireState, wire_reset

cdef struct KrakenState:
    WireState wire
    int32_t depth                     # levels a side of the source's books
    int32_t reserved


cdef inline void kraken_reset(KrakenState* s, tp_market_event* event) noexcept nogil:
    """No event yet; none of the venue has an id to follow."""
    wire_reset(&s.wire, event)
    event.chained = TP_CHAIN_NONE
