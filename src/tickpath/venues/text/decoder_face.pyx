"""The Python handle of a native market decoder: takes bytes, gives records. No logic.

A venue's handle owns the state that `decoder.context` points to and fills in the slot; the frame's
room and the arrays of the event are here.
"""

from cpython.pycapsule cimport PyCapsule_New
from libc.stdint cimport int32_t
from libc.string cimport memcpy
from tickpath.core.arena cimport arena_free, arena_init, arena_take
from tickpath.core.codes cimport TP_OK
from tickpath.core.instruments cimport instrument_fill
from tickpath.core.record_faces cimport event_out
from tickpath.core.records cimport (
    TP_FRAME_BYTES_MAX,
    TP_FRAME_PADDING_BYTES,
    TP_LEVELS_PER_FRAME_MAX,
    TP_TRADES_PER_FRAME_MAX,
    tp_instrument,
)
from tickpath.venues.text.market_state cimport WireKey, wire_insert, wire_key_fill


cdef class DecoderFace:
    """Decodes the frames of one source; same interface as the venue's `wire.MarketDecoder`."""

    def __cinit__(self, config, int source):
        cdef size_t side = TP_LEVELS_PER_FRAME_MAX * sizeof(tp_level)
        cdef size_t trades = TP_TRADES_PER_FRAME_MAX * sizeof(tp_trade)
        cdef size_t room = TP_FRAME_BYTES_MAX + TP_FRAME_PADDING_BYTES
        if not arena_init(&self.arena, 2 * side + trades + room + 4 * 64):
            raise MemoryError()
        self.bids = <tp_level*>arena_take(&self.arena, side)
        self.asks = <tp_level*>arena_take(&self.arena, side)
        self.trades = <tp_trade*>arena_take(&self.arena, trades)
        self.frame = <char*>arena_take(&self.arena, room)
        self.source = source

    def __dealloc__(self):
        arena_free(&self.arena)

    cdef char* place(self, bytes data):
        """Copy of the frame right before the padding, so that an overread leaves the block."""
        cdef Py_ssize_t n = len(data)
        if n > TP_FRAME_BYTES_MAX:
            return self.frame
        cdef char* at = self.frame + TP_FRAME_BYTES_MAX - n
        memcpy(at, <const char*>data, n)
        return at

    cdef tuple answer(self, int32_t code, const tp_market_event* event):
        if code != TP_OK and event.instrument < 0 and not event.lost:
            return code, None
        return code, event_out(event)

    @property
    def sequence(self):
        """Number of the frame decoded last on its connection, -1: it carries none."""
        return self.decoder.sequence[0] if self.decoder.sequence != NULL else -1

    def capsule(self):
        """The `tp_decoder` slot for the native feed, borrowed: valid while this object lives."""
        return PyCapsule_New(&self.decoder, b"tickpath.decoder", NULL)

    def decode(self, bytes data):
        """(0, event), or (code, None or an event of kind NONE that names what it is about)."""
        cdef tp_market_event event
        cdef int32_t code = self.decoder.decode(
            self.decoder.context, self.place(data), len(data), &event)
        return self.answer(code, &event)

    def decode_next(self):
        """The next event of the frame decoded last, None when there is no more."""
        cdef tp_market_event event
        cdef int32_t code = TP_OK
        if self.decoder.next == NULL or not self.decoder.next(
                self.decoder.context, &event, &code):
            return None
        return self.answer(code, &event)


cdef size_t symbols_bytes(int32_t count):
    """Room that `symbols_fill` takes."""
    return count * (sizeof(tp_instrument) + sizeof(WireKey)) + 2 * 64


cdef int symbols_fill(WireState* s, DecoderFace face, Arena* arena, list instruments) except -1:
    """The symbols of a source and the arrays of its event."""
    cdef int32_t k
    s.source = face.source
    s.bids = face.bids
    s.asks = face.asks
    s.trades = face.trades
    s.instrument_count = len(instruments)
    s.instruments = <tp_instrument*>arena_take(arena, len(instruments) * sizeof(tp_instrument))
    s.keys = <WireKey*>arena_take(arena, len(instruments) * sizeof(WireKey))
    for k, instrument in enumerate(instruments):
        instrument_fill(&s.instruments[k], instrument)
        wire_insert(s, k)
        wire_key_fill(&s.keys[k], &s.instruments[k])
    return 0
