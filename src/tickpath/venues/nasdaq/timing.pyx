"""Native loop that times the market decoder, for benchmarks: packets of one session, in order.

In: a decoder and packets, each with TP_FRAME_PADDING_BYTES behind it. Out: nanoseconds and counts.
Never on the walk.
"""

from libc.stdint cimport int32_t, int64_t
from tickpath.core.clock cimport monotonic_ns
from tickpath.core.codes cimport TP_OK
from tickpath.core.records cimport tp_market_event
from tickpath.venues.nasdaq.native cimport MarketDecoder
from tickpath.venues.nasdaq.wire cimport wire_decode, wire_next


def time_packets(MarketDecoder decoder, list packets):
    """(ns of all packets, events, refused ones) of one pass."""
    cdef tp_market_event event
    cdef int64_t start_ns, spent_ns = 0, taken = 0, refused = 0
    cdef int64_t size
    cdef int32_t code
    cdef const char* data
    for packet in packets:
        data = packet
        size = len(packet)
        start_ns = monotonic_ns()
        with nogil:
            code = wire_decode(decoder.state, data, size, &event)
            taken += code == TP_OK
            refused += code != TP_OK
            while wire_next(decoder.state, &event, &code):
                taken += code == TP_OK
                refused += code != TP_OK
        spent_ns += monotonic_ns() - start_ns
    return spent_ns, taken, refused
