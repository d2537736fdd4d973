"""Python handle of the native feed: frames in, records out, no rules.

A decoder that offers `capsule()` is called through its `tp_decoder` slot without the GIL; any other
object with `decode(data)` is called as Python: slow, for tests and mixed backends.
"""

from cpython.pycapsule cimport PyCapsule_GetPointer
from libc.stdint cimport int32_t, int64_t
from libc.stdlib cimport calloc, free
from libc.string cimport memcpy, memset
from tickpath.core.arena cimport arena_free, arena_init, arena_take
from tickpath.core.codes cimport TP_FEED_LEVELS, TP_OK
from tickpath.core.record_faces cimport event_out, levels_out
from tickpath.core.records cimport (
    TP_FRAME_PADDING_BYTES,
    TP_LEVELS_PER_FRAME_MAX,
    TP_TRADES_PER_FRAME_MAX,
    tp_trade,
)

from tickpath.core.backend import Available
from tickpath.core.errors import CapacityError, ConfigError, DataError
from tickpath.core.records import EventKind, MarketEvent
from tickpath.hot.feed.state import FeedRow, pack, unpack


def probe():
    """Available once this module was compiled and could be imported."""
    return Available(ok=True, reason="compiled")


cdef int32_t _fill(list levels, tp_level* out) except -1:
    cdef int32_t k
    for k in range(len(levels)):
        out[k].price_ticks = levels[k][0]
        out[k].quantity_lots = levels[k][1]
    return <int32_t>len(levels)


cdef class PythonDecoder:
    """Room for one event of a decoder written in Python."""

    cdef object decoder
    cdef object error              # what the decoder raised, for the handle to raise again
    cdef tp_level* bids
    cdef tp_level* asks
    cdef tp_trade* trades
    cdef int64_t sequence

    def __cinit__(self, decoder):
        self.decoder = decoder
        self.sequence = -1
        self.bids = <tp_level*>calloc(TP_LEVELS_PER_FRAME_MAX, sizeof(tp_level))
        self.asks = <tp_level*>calloc(TP_LEVELS_PER_FRAME_MAX, sizeof(tp_level))
        self.trades = <tp_trade*>calloc(TP_TRADES_PER_FRAME_MAX, sizeof(tp_trade))
        if self.bids == NULL or self.asks == NULL or self.trades == NULL:
            raise MemoryError()

    def __dealloc__(self):
        free(self.bids)
        free(self.asks)
        free(self.trades)

    cdef int32_t decode(self, bytes data, tp_market_event* ev) except -1:
        code, e = self.decoder.decode(data)
        self.sequence = getattr(self.decoder, "sequence", -1)
        return self.fill(code, e, ev)

    cdef bint decode_next(self, tp_market_event* ev, int32_t* code) except -1:
        found = self.decoder.decode_next()
        if found is None:
            return 0
        code[0] = self.fill(found[0], found[1], ev)
        return 1

    cdef int32_t fill(self, int32_t code, e, tp_market_event* ev) except -1:
        cdef int32_t k
        if e is None:
            return code or TP_FEED_UNKNOWN_SYMBOL
        if max(len(e.bids), len(e.asks)) > TP_LEVELS_PER_FRAME_MAX or (
                len(e.trades) > TP_TRADES_PER_FRAME_MAX):
            return TP_FEED_LEVELS
        ev.kind, ev.instrument, ev.chained, ev.lost = e.kind, e.instrument, e.chained, e.lost
        ev.t_venue_ns = e.t_venue_ns
        ev.first_id, ev.last_id, ev.prev_id = e.first_id, e.last_id, e.prev_id
        ev.depth, ev.checksum, ev.checksum_kind = e.depth, e.checksum, e.checksum_kind
        ev.bids, ev.asks, ev.trades = self.bids, self.asks, self.trades
        ev.bid_count = _fill(e.bids, self.bids)
        ev.ask_count = _fill(e.asks, self.asks)
        ev.trade_count = <int32_t>len(e.trades)
        for k in range(ev.trade_count):
            t = e.trades[k]
            self.trades[k].trade_id, self.trades[k].price_ticks = t[0], t[1]
            self.trades[k].quantity_lots, self.trades[k].aggressor = t[2], t[3]
        return code


cdef int32_t _decode_python(
    void* context, const char* data, int64_t size, tp_market_event* ev
) noexcept with gil:
    cdef PythonDecoder decoder = <PythonDecoder>context
    try:
        return decoder.decode(data[:size], ev)
    except Exception as error:
        decoder.error = error
        return TP_FEED_UNKNOWN_KIND


cdef int32_t _next_python(
    void* context, tp_market_event* ev, int32_t* code
) noexcept with gil:
    cdef PythonDecoder decoder = <PythonDecoder>context
    try:
        return decoder.decode_next(ev, code)
    except Exception as error:
        decoder.error = error
        return 0


cdef class Feed:
    """Sequencing of every instrument of an engine; same interface as `reference.Feed`."""

    def __cinit__(self, config, decoders):
        cdef int32_t instruments = len(config.instruments)
        cdef size_t rows = (instruments + 1) * sizeof(FeedInstrument)
        cdef size_t events = TP_PRESNAPSHOT_EVENTS_MAX * sizeof(FeedEvent)
        cdef size_t levels = TP_PRESNAPSHOT_LEVELS_MAX * sizeof(tp_level)
        cdef size_t frame = TP_FRAME_BYTES_MAX + TP_FRAME_PADDING_BYTES
        cdef int32_t k
        if len(decoders) != len(config.sources):
            raise ConfigError(
                f"feed: {len(decoders)} decoders for {len(config.sources)} sources: one each")
        if len(decoders) > TP_SOURCES_MAX:
            raise ConfigError(f"feed: {len(decoders)} sources, at most {TP_SOURCES_MAX}")
        if not arena_init(
                &self.arena, sizeof(FeedState) + rows + frame + 256
                + instruments * (events + levels + 128)):
            raise MemoryError()
        self.state = <FeedState*>arena_take(&self.arena, sizeof(FeedState))
        self.state.instruments = <FeedInstrument*>arena_take(&self.arena, rows)
        self.frame = <char*>arena_take(&self.arena, frame)
        for k in range(instruments):
            self.state.instruments[k].events = <FeedEvent*>arena_take(&self.arena, events)
            self.state.instruments[k].levels = <tp_level*>arena_take(&self.arena, levels)
        self.state.source_count = len(decoders)
        self.state.instrument_count = instruments
        self.state.last_instrument = -1
        self.state.draining = -1
        for k in range(TP_SOURCES_MAX):
            self.state.sequences[k] = -1
        self.keep = []
        for k in range(len(decoders)):
            self._attach(k, decoders[k])

    def __dealloc__(self):
        arena_free(&self.arena)

    def _attach(self, int32_t source, decoder):
        """Put a decoder in its source's slot."""
        cdef tp_decoder* slot = &self.state.decoders[source]
        if hasattr(decoder, "capsule"):
            slot[0] = (<tp_decoder*>PyCapsule_GetPointer(decoder.capsule(), b"tickpath.decoder"))[0]
        else:
            decoder = PythonDecoder(decoder)
            slot.context = <void*>decoder
            slot.decode = _decode_python
            inner = (<PythonDecoder>decoder).decoder
            if hasattr(inner, "decode_next"):
                slot.next = _next_python
            slot.sequence = &(<PythonDecoder>decoder).sequence
        self.keep.append(decoder)

    def on_frame(self, int32_t source, bytes data, int64_t t_recv_ns):
        """One frame of a source: OK and the events to apply now, or a code and none."""
        cdef tp_market_event ev
        cdef int64_t size = len(data)
        cdef int32_t code
        if size <= TP_FRAME_BYTES_MAX:
            memcpy(self.frame, <const char*>data, size)
            memset(self.frame + size, 0, TP_FRAME_PADDING_BYTES)
        ev.trade_count = 0
        code = feed_on_frame(self.state, source, self.frame, size, t_recv_ns, &ev)
        self._raise(source)
        return code, self._events(&ev) if code == TP_OK else []

    def on_next(self):
        """The next event of the frame in hand, as `on_frame` gave the first; None: no more."""
        cdef tp_market_event ev
        cdef int32_t code = TP_OK
        cdef int32_t source = self.state.more_source
        ev.trade_count = 0
        found = feed_on_next(self.state, &ev, &code)
        self._raise(source)
        if not found:
            return None
        return code, self._events(&ev) if code == TP_OK else []

    cdef object _events(self, tp_market_event* ev):
        """The event that passed, and what a snapshot lets out of the buffer."""
        events = [event_out(ev)]
        while feed_next(self.state, ev):
            events.append(event_out(ev))
        return events

    def restart(self, int64_t source):
        """The connection of a source begins anew: its numbers do, and its books (`lost`) wait for a
        snapshot. FEED_UNKNOWN_SOURCE: there is none."""
        return feed_restart(self.state, source)

    @property
    def lost(self):
        """Instruments whose book the last event or restart made wait for a snapshot."""
        return [k for k in range(self.state.instrument_count) if self.state.lost >> k & 1]

    def _raise(self, int32_t source):
        if not 0 <= source < len(self.keep) or not isinstance(self.keep[source], PythonDecoder):
            return
        error = (<PythonDecoder>self.keep[source]).error
        if error is not None:
            (<PythonDecoder>self.keep[source]).error = None
            raise error

    def invalidate(self, int32_t instrument):
        """The book was thrown away: wait for a snapshot, buffer from the next depth event on."""
        self._row(instrument)
        feed_invalidate(self.state, instrument)

    def waiting(self, int32_t instrument):
        """Whether the instrument needs a snapshot."""
        return self.state.instruments[self._row(instrument)].status == FEED_WAITING

    def counters(self, int32_t instrument):
        """Frames by code, -1 for those whose instrument could not be told."""
        cdef FeedInstrument* s = &self.state.instruments[self._row(instrument)]
        return {
            k + FEED_CODE_BASE if k else TP_OK: s.counters[k]
            for k in range(FEED_CODES) if s.counters[k]}

    def _row(self, int32_t instrument):
        if not -1 <= instrument < self.state.instrument_count:
            raise IndexError(f"instrument {instrument} of {self.state.instrument_count}")
        return instrument if instrument >= 0 else self.state.instrument_count

    @property
    def last_instrument(self):
        """Whose the last frame was, -1 when that could not be told."""
        return self.state.last_instrument

    def export_state(self):
        """Canonical bytes, see state.py."""
        cdef FeedInstrument* s
        cdef FeedEvent* e
        rows = []
        for k in [*range(self.state.instrument_count), -1]:
            s = &self.state.instruments[self._row(k)]
            row = FeedRow(status=s.status, fresh=s.fresh, last_id=s.last_id, bbo_id=s.bbo_id,
                          trade_id=s.trade_id, source=s.source, counters=self.counters(k))
            for n in range(s.event_count):
                e = &s.events[n]
                row.events.append(MarketEvent(
                    kind=EventKind.DEPTH, source=e.source, instrument=k, t_recv_ns=0,
                    t_venue_ns=e.t_venue_ns, first_id=e.first_id, last_id=e.last_id,
                    prev_id=e.prev_id, chained=e.chained, bids=levels_out(e.levels, e.bid_count),
                    asks=levels_out(e.levels + e.bid_count, e.ask_count)))
            rows.append(row)
        sequences = [self.state.sequences[k] for k in range(self.state.source_count)]
        return pack(self.state.last_instrument, sequences, rows)

    def import_state(self, bytes data):
        """Continue from bytes that any backend exported under the same configuration."""
        cdef int32_t k
        last_instrument, sequences, rows = unpack(data)
        if (len(rows), len(sequences)) != (
                self.state.instrument_count + 1, self.state.source_count):
            raise DataError(
                f"feed state: {len(rows) - 1} instruments on {len(sequences)} sources, this feed "
                f"has {self.state.instrument_count} on {self.state.source_count}: import it under "
                "the configuration it was exported from")
        self.state.last_instrument = last_instrument
        self.state.lost = 0
        self.state.more = NULL
        for k in range(len(sequences)):
            self.state.sequences[k] = sequences[k]
        self.state.draining = -1
        for k in range(len(rows)):
            self._import_row(&self.state.instruments[k], rows[k])

    cdef int _import_row(self, FeedInstrument* s, row) except -1:
        cdef FeedEvent e
        cdef tp_level* pair
        feed_drop_buffer(s)
        s.status, s.fresh, s.last_id, s.bbo_id = row.status, row.fresh, row.last_id, row.bbo_id
        s.trade_id, s.source = row.trade_id, row.source
        memset(s.counters, 0, sizeof(s.counters))
        for code, frames in row.counters.items():
            s.counters[code - FEED_CODE_BASE if code else 0] = frames
        for event in row.events:
            pair = <tp_level*>calloc(len(event.bids) + len(event.asks) + 1, sizeof(tp_level))
            if pair == NULL:
                raise MemoryError()
            try:
                e.source, e.chained, e.t_venue_ns = event.source, event.chained, event.t_venue_ns
                e.first_id, e.last_id, e.prev_id = event.first_id, event.last_id, event.prev_id
                e.bid_count = _fill(event.bids, pair)
                e.ask_count = _fill(event.asks, pair + e.bid_count)
                if s.levels == NULL or not feed_append(s, &e, pair, pair + e.bid_count):
                    raise CapacityError("feed state: more buffered events than limits.toml allows")
            finally:
                free(pair)
        return 0
