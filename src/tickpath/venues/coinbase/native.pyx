"""Python handle of the native market decoder: takes bytes, gives records. No logic."""

from cpython.pycapsule cimport PyCapsule_New
from libc.stdint cimport int32_t, int64_t
from libc.string cimport memcpy
from tickpath.core.arena cimport arena_free, arena_init, arena_take
from tickpath.core.codes cimport TP_OK
from tickpath.core.instruments cimport instrument_fill
from tickpath.core.records cimport (
    TP_FRAME_BYTES_MAX,
    TP_FRAME_PADDING_BYTES,
    TP_LEVELS_PER_FRAME_MAX,
    TP_TRADES_PER_FRAME_MAX,
    tp_instrument,
    tp_level,
    tp_market_event,
    tp_trade,
)
from tickpath.venues.coinbase.wire cimport wire_decode, wire_next
from tickpath.venues.coinbase.wire_state cimport WIRE_SYMBOL_BYTES, WireName, WireState

from tickpath.core.backend import Available
from tickpath.core.records import EventKind, Level, MarketEvent, Trade
from tickpath.venues.base import source_symbols
from tickpath.venues.coinbase.wire import market_symbols


def probe():
    """Available once this module was compiled and could be imported."""
    return Available(ok=True, reason="compiled")


cdef int32_t _decode(
        void* context, const char* data, int64_t bytes, tp_market_event* event) noexcept nogil:
    return wire_decode(<WireState*>context, data, bytes, event)


cdef int32_t _next(void* context, tp_market_event* event, int32_t* code) noexcept nogil:
    return wire_next(<WireState*>context, event, code)


cdef list _levels(const tp_level* items, int32_t count):
    return [Level(items[k].price_ticks, items[k].quantity_lots) for k in range(count)]


cdef object _trade(const tp_trade* t):
    return Trade(t.trade_id, t.price_ticks, t.quantity_lots, t.aggressor)


cdef object _event(const tp_market_event* e):
    return MarketEvent(
        kind=EventKind(e.kind),
        source=e.source,
        instrument=e.instrument,
        t_recv_ns=e.t_recv_ns,
        t_venue_ns=e.t_venue_ns,
        first_id=e.first_id,
        last_id=e.last_id,
        prev_id=e.prev_id,
        chained=e.chained,
        bids=_levels(e.bids, e.bid_count),
        asks=_levels(e.asks, e.ask_count),
        trades=[_trade(&e.trades[k]) for k in range(e.trade_count)],
        lost=e.lost,
    )


cdef object _answer(int32_t code, const tp_market_event* event):
    if code != TP_OK and event.instrument < 0 and not event.lost:
        return code, None
    return code, _event(event)


cdef class MarketDecoder:
    """Decodes the frames of one source; same interface as `wire.MarketDecoder`."""

    def __cinit__(self, config, int source):
        instruments = tuple(source_symbols(config, source).values())
        named = market_symbols(config, source)
        cdef size_t side = TP_LEVELS_PER_FRAME_MAX * sizeof(tp_level)
        cdef size_t room = TP_FRAME_BYTES_MAX + TP_FRAME_PADDING_BYTES
        cdef size_t table = len(instruments) * sizeof(tp_instrument)
        cdef size_t names = len(named) * sizeof(WireName)
        cdef size_t trades = TP_TRADES_PER_FRAME_MAX * sizeof(tp_trade)
        cdef WireState* s
        cdef int32_t k
        if not arena_init(
                &self.arena, sizeof(WireState) + table + names + 2 * side + trades + room + 7 * 64):
            raise MemoryError()
        s = <WireState*>arena_take(&self.arena, sizeof(WireState))
        s.instruments = <tp_instrument*>arena_take(&self.arena, table)
        s.names = <WireName*>arena_take(&self.arena, names)
        s.bids = <tp_level*>arena_take(&self.arena, side)
        s.asks = <tp_level*>arena_take(&self.arena, side)
        s.trades = <tp_trade*>arena_take(&self.arena, trades)
        self.frame = <char*>arena_take(&self.arena, room)
        s.source = source
        s.sequence = -1
        for k, instrument in enumerate(instruments):
            instrument_fill(&s.instruments[k], instrument)
        for k, (symbol, instrument) in enumerate(named.items()):
            text = symbol.encode()[:WIRE_SYMBOL_BYTES]
            s.names[k].instrument = instruments.index(instrument)
            s.names[k].bytes = <int32_t>len(text)
            memcpy(s.names[k].text, <const char*>text, len(text))
        s.name_count = len(named)
        self.source = source
        self.state = s
        self.decoder.context = s
        self.decoder.decode = _decode
        self.decoder.next = _next
        self.decoder.sequence = &s.sequence

    def __dealloc__(self):
        arena_free(&self.arena)

    @property
    def sequence(self):
        """Number of the frame decoded last on its connection, -1: it carries none."""
        return self.state.sequence

    cdef char* place(self, bytes data):
        """Copy of the frame right before the padding, so that an overread leaves the block."""
        cdef Py_ssize_t n = len(data)
        if n > TP_FRAME_BYTES_MAX:
            return self.frame
        cdef char* at = self.frame + TP_FRAME_BYTES_MAX - n
        memcpy(at, <const char*>data, n)
        return at

    def capsule(self):
        """The `tp_decoder` slot for the native feed, borrowed: valid while this object lives."""
        return PyCapsule_New(&self.decoder, b"tickpath.decoder", NULL)

    def decode(self, bytes data):
        """(0, event), or (code, None or an event of kind NONE)."""
        cdef tp_market_event event
        cdef int32_t code = wire_decode(self.state, self.place(data), len(data), &event)
        return _answer(code, &event)

    def decode_next(self):
        """The next event of the frame decoded last, None when there is no more."""
        cdef tp_market_event event
        cdef int32_t code = TP_OK
        if not wire_next(self.state, &event, &code):
            return None
        return _answer(code, &event)
