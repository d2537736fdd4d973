"""Kraken market frames to `tp_market_event`: the native decoder's entry.

In: one frame of a source with TP_FRAME_PADDING_BYTES zero bytes behind it. Out: a code and the
event, whose arrays stay valid until the next frame. Same verdicts as wire.py, in the same order.
The usual compact book frames take the fast scanner, which declines whatever it is not sure of; the
general scanner then decides.
"""

from libc.stdint cimport int32_t, int64_t
from tickpath.core.codes cimport (
    TP_FEED_OVERSIZED,
    TP_FEED_SYNTAX,
    TP_FEED_TRUNCATED,
    TP_OK,
)
from tickpath.core.records cimport TP_FRAME_BYTES_MAX, tp_market_event
from tickpath.hot.feed.scan cimport tp_is_space
from tickpath.venues.kraken.wire_fast cimport fast_decode
from tickpath.venues.kraken.wire_state cimport KrakenState, kraken_reset
from tickpath.venues.kraken.wire_text cimport text_decode
from tickpath.venues.text.market_state cimport event_refuse


cdef inline int32_t kraken_decode_general(
        KrakenState* s, const char* data, int64_t bytes, tp_market_event* event) noexcept nogil:
    """Any frame, without the fast scanner."""
    cdef const char* end = data + bytes
    cdef const char* p = data
    cdef int32_t code
    kraken_reset(s, event)
    event.lost = 1
    if bytes > TP_FRAME_BYTES_MAX:
        code = TP_FEED_OVERSIZED
    else:
        while p < end and tp_is_space(p[0]):
            p += 1
        if p >= end:
            code = TP_FEED_TRUNCATED
        elif p[0] != c"{" and p[0] != c"[":
            code = TP_FEED_SYNTAX
        else:
            code = text_decode(s, data, end, event)
    if code != TP_OK:
        return event_refuse(code, event)
    event.lost = 0
    return TP_OK


cdef inline int32_t kraken_decode(
        KrakenState* s, const char* data, int64_t bytes, tp_market_event* event) noexcept nogil:
    """Any frame; the usual compact ones without a second look."""
    if bytes <= TP_FRAME_BYTES_MAX and fast_decode(s, data, data + bytes, event):
        return TP_OK
    return kraken_decode_general(s, data, bytes, event)
