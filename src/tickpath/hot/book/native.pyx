"""Python handle of the native book: records in and out, no logic."""

from libc.stdint cimport int32_t, int64_t, uint64_t
from libc.stdlib cimport calloc, free
from tickpath.core.codes cimport TP_OK
from tickpath.core.records cimport (
    TP_BOOK_EMPTY,
    TP_FAR_LEVELS_MAX,
    TP_LADDER_WINDOW_TICKS,
    TP_LEVELS_PER_FRAME_MAX,
    TP_VIEW_LEVELS,
    tp_book_top,
    tp_level,
    tp_market_event,
)
from tickpath.hot.book.ladder cimport KEY_NONE

from tickpath.core.backend import Available
from tickpath.core.errors import CapacityError, ConfigError, DataError
from tickpath.core.records import BookTop, Level
from tickpath.hot.book.state import BookRecord, pack, text_units, unpack


def probe():
    """Available once this module was compiled and could be imported."""
    return Available(ok=True, reason="compiled")


cdef list _list(const tp_level* levels, int32_t count):
    return [Level(levels[k].price_ticks, levels[k].quantity_lots) for k in range(count)]


def crc32(bytes data):
    """(CRC32 as books are checked by, the same by tables alone): zlib's, for tests."""
    cdef const char* text = data
    return tp_crc32(text, len(data)), tp_crc32_tables(text, len(data))


cdef class Book:
    """The levels of one instrument; same interface as `reference.Book`."""

    def __cinit__(self, config, int instrument):
        if not 0 <= instrument < len(config.instruments):
            raise ConfigError(
                f"book: instrument {instrument} is not one of the "
                f"{len(config.instruments)} configured")
        self.state = <BookState*>calloc(1, sizeof(BookState))
        self.levels = <tp_level*>calloc(2 * TP_LEVELS_PER_FRAME_MAX, sizeof(tp_level))
        if self.state == NULL or self.levels == NULL:
            raise MemoryError()
        self.state.instrument = instrument
        units = text_units(config.instruments[instrument])
        self.state.memo.price_units, self.state.memo.quantity_units = units
        book_clear(self.state, TP_BOOK_EMPTY)

    def __dealloc__(self):
        free(self.state)
        free(self.levels)

    cdef tp_level* fill(self, list levels, tp_level* at) except NULL:
        cdef int32_t k
        if len(levels) > TP_LEVELS_PER_FRAME_MAX:
            raise CapacityError(
                f"book: {len(levels)} levels a side in one event, "
                f"at most {TP_LEVELS_PER_FRAME_MAX}")
        for k in range(len(levels)):
            at[k].price_ticks = levels[k][0]
            at[k].quantity_lots = levels[k][1]
        return at

    def _event(self, event, bint snapshot):
        cdef tp_market_event e
        e.bids = self.fill(event.bids, self.levels)
        e.asks = self.fill(event.asks, self.levels + TP_LEVELS_PER_FRAME_MAX)
        e.bid_count = len(event.bids)
        e.ask_count = len(event.asks)
        e.last_id = event.last_id
        e.t_recv_ns = event.t_recv_ns
        e.depth = event.depth
        e.checksum = event.checksum
        e.checksum_kind = event.checksum_kind
        return book_snapshot(self.state, &e) if snapshot else book_apply(self.state, &e)

    def snapshot(self, event):
        """Replace everything by a snapshot. Returns a code."""
        return self._event(event, True)

    def apply(self, event):
        """Apply one complete depth message. Returns a code."""
        return self._event(event, False)

    def clear(self, int status):
        """Forget all levels and ids; the status says why."""
        book_clear(self.state, status)

    def top(self, int levels):
        """Best bid and ask and up to `levels` levels a side."""
        cdef tp_book_top t
        book_top(self.state, &t, min(levels, TP_VIEW_LEVELS))
        return BookTop(
            bid_ticks=t.bid_ticks, bid_lots=t.bid_lots, ask_ticks=t.ask_ticks, ask_lots=t.ask_lots,
            last_id=t.last_id, t_recv_ns=t.t_recv_ns, status=t.status,
            bids=_list(t.bids, t.bid_count), asks=_list(t.asks, t.ask_count))

    def depth(self, int side, int count):
        """Up to `count` levels of a side (0 bid, 1 ask), best first."""
        cdef int32_t room = max(0, min(count, book_level_count(self.state, side)))
        cdef tp_level* out = <tp_level*>calloc(room + 1, sizeof(tp_level))
        if out == NULL:
            raise MemoryError()
        try:
            return _list(out, book_depth(self.state, side, room, out))
        finally:
            free(out)

    def level_count(self, int side):
        """Levels of a side."""
        return book_level_count(self.state, side)

    @property
    def hash(self):
        """Order-independent hash of all levels, 0 when empty."""
        return book_hash(self.state)

    @property
    def recentre_count(self):
        """How often the window moved."""
        return self.state.recentre_count

    @property
    def crossed_count(self):
        """Messages that left the book locked or crossed."""
        return self.state.crossed_count

    @property
    def checksum_ok(self):
        """Messages whose checksum was that of the book."""
        return self.state.checksum_ok

    @property
    def checksum_bad(self):
        """Messages whose checksum was another: each emptied the book."""
        return self.state.checksum_bad

    def export_state(self):
        """Canonical bytes, see state.py."""
        cdef BookState* b = self.state
        return pack(BookRecord(
            status=b.status, last_id=b.last_id, t_recv_ns=b.t_recv_ns, base_ticks=b.base_ticks,
            crossed_since_ns=b.crossed_since_ns, crossed_messages=b.crossed_messages,
            crossed_count=b.crossed_count, recentre_count=b.recentre_count,
            checksum_ok=b.checksum_ok, checksum_bad=b.checksum_bad,
            bids=self.depth(0, book_level_count(b, 0)), asks=self.depth(1, book_level_count(b, 1))))

    def import_state(self, bytes data):
        """Continue from bytes that any backend exported."""
        record = unpack(data)
        cdef BookState* b = self.state
        cdef tp_level level
        cdef int32_t side, code = TP_OK
        book_clear(b, record.status)
        b.base_ticks = record.base_ticks
        for side in range(2):
            b.sides[side].ladder.base = side_base(side, b.base_ticks)
            for price, quantity in (record.asks if side else record.bids):
                level.price_ticks = price
                level.quantity_lots = quantity
                code = code or book_change(b, side, &level, 1)
        if code != TP_OK:
            book_clear(b, TP_BOOK_EMPTY)
            raise DataError(f"book state: levels refused with code {code}; export it again")
        b.bid_key = side_best(&b.sides[0])
        b.ask_key = side_best(&b.sides[1])
        b.last_id, b.t_recv_ns = record.last_id, record.t_recv_ns
        b.crossed_since_ns, b.crossed_messages = record.crossed_since_ns, record.crossed_messages
        b.crossed_count, b.recentre_count = record.crossed_count, record.recentre_count
        b.checksum_ok, b.checksum_bad = record.checksum_ok, record.checksum_bad
