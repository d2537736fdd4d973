"""The front of the walk to columns: frames through the feed and the books to `Ticks`.

What the walk takes is what is written: a frame goes through the venue's decoder, the sequencing of
`hot/feed` and the book of `hot/book`, in the same order as in the walk. Three things that only the
walk would know are said in rows:

- a book that is lost (gap, checksum, crossed for too long, another connection) is an event CLEAR;
- where a venue keeps a bounded book, levels that fall out of it are changes to 0 of the same event;
- events that a snapshot lets out of the buffer carry the time of that snapshot, as in the walk.

The event that loses a book is left out itself. Receive times that go back are lifted to the last.
Worst case: a venue that bounds its books costs a walk over both sides an event.
"""

from libc.stdint cimport int32_t, int64_t, uint64_t
from libc.stdlib cimport calloc, free, realloc
from libc.string cimport memcpy, memset
from tickpath.core.codes cimport TP_FEED_STALE_ID, TP_OK
from tickpath.core.records cimport (
    TP_BOOK_STALE,
    TP_EVENT_DEPTH,
    TP_EVENT_SNAPSHOT,
    TP_EVENT_TRADE,
    TP_FRAME_BYTES_MAX,
    TP_FRAME_PADDING_BYTES,
    tp_level,
    tp_market_event,
)
from tickpath.core.ticks cimport (
    ROW_CLEAR,
    ROW_NO_SIDE,
    Rows,
    row_put,
    rows_end,
    rows_free,
    rows_reserve,
    rows_taken,
)
from tickpath.hot.book.native cimport (
    Book,
    BookState,
    book_apply,
    book_clear,
    book_depth,
    book_level_count,
    book_snapshot,
    side_quantity,
)
from tickpath.hot.feed.native cimport (
    Feed,
    FeedState,
    feed_invalidate,
    feed_next,
    feed_on_frame,
    feed_on_next,
    feed_restart,
)

import numpy as np

from tickpath.core.backend import Backend
from tickpath.core.ticks import CHAIN_SHIFT, LAST, NO_SIDE, OrderRow
from tickpath.venues.abilities import counts_frames
from tickpath.venues.base import market_module

assert (LAST, CHAIN_SHIFT, NO_SIDE, OrderRow.CLEAR) == (1, 1, ROW_NO_SIDE, ROW_CLEAR)

cdef struct Front:
    FeedState* feed
    BookState** books
    Rows* rows                        # by instrument
    int32_t instruments
    int32_t no_memory
    int64_t now_ns
    int64_t lifted                    # times that went back
    int64_t lost                      # books
    tp_level* kept                    # both sides of a bounded book before an event, best first
    int64_t kept_room
    int32_t[2] kept_count
    tp_market_event event


cdef bint keep_book(Front* w, BookState* b) noexcept nogil:
    """Remember the levels of a bounded book; 0: no memory."""
    cdef tp_level* more
    cdef int32_t side
    for side in range(2):
        w.kept_count[side] = book_level_count(b, side)
    if w.kept_count[0] + w.kept_count[1] > w.kept_room:
        w.kept_room = w.kept_count[0] + w.kept_count[1]
        more = <tp_level*>realloc(w.kept, w.kept_room * sizeof(tp_level))
        if more == NULL:
            return 0
        w.kept = more
    book_depth(b, 0, w.kept_count[0], w.kept)
    book_depth(b, 1, w.kept_count[1], w.kept + w.kept_count[0])
    return 1


cdef inline bint holds(const BookState* b, int32_t side, int64_t price_ticks) noexcept nogil:
    return side_quantity(&b.sides[side], price_ticks ^ -<int64_t>side) != 0


cdef inline void level_put(
    Rows* r, const tp_market_event* ev, int32_t side, int64_t price_ticks, int64_t quantity_lots
) noexcept nogil:
    cdef int64_t told = ev.kind == TP_EVENT_DEPTH
    row_put(r, ev.t_recv_ns, ev.t_venue_ns, ev.first_id * told, ev.last_id, ev.prev_id * told,
            price_ticks, quantity_lots, ev.kind, side, ev.chained)


cdef bint deleted(const tp_level* levels, int32_t count, int64_t price_ticks) noexcept nogil:
    """Whether the last change of a price among levels is its deletion."""
    cdef int32_t k
    for k in range(count - 1, -1, -1):
        if levels[k].price_ticks == price_ticks:
            return levels[k].quantity_lots == 0
    return 0


cdef void bounded_put(
    Front* w, const BookState* b, const tp_market_event* ev, int32_t side
) noexcept nogil:
    """A side's changes that the book still shows, and the levels that fell out of it."""
    cdef const tp_level* levels = ev.asks if side else ev.bids
    cdef int32_t count = ev.ask_count if side else ev.bid_count
    cdef const tp_level* kept = w.kept + (w.kept_count[0] if side else 0)
    cdef Rows* r = &w.rows[ev.instrument]
    cdef int32_t k
    for k in range(count):
        if levels[k].quantity_lots == 0 or holds(b, side, levels[k].price_ticks):
            level_put(r, ev, side, levels[k].price_ticks, levels[k].quantity_lots)
    for k in range(w.kept_count[side]):
        if not holds(b, side, kept[k].price_ticks) and (
                not deleted(levels, count, kept[k].price_ticks)):
            level_put(r, ev, side, kept[k].price_ticks, 0)


cdef void event_put(Front* w, const tp_market_event* ev, bint bounded) noexcept nogil:
    """The rows of one event."""
    cdef Rows* r = &w.rows[ev.instrument]
    cdef int64_t first, more = <int64_t>ev.bid_count + ev.ask_count + ev.trade_count + 1
    cdef int32_t k
    if bounded:
        more += w.kept_count[0] + w.kept_count[1]
    if not rows_reserve(r, more):
        w.no_memory = 1
        return
    first = r.count
    if ev.kind == TP_EVENT_TRADE:
        for k in range(ev.trade_count):
            row_put(r, ev.t_recv_ns, ev.t_venue_ns, 0, ev.trades[k].trade_id, 0,
                    ev.trades[k].price_ticks, ev.trades[k].quantity_lots, ev.kind,
                    ev.trades[k].aggressor, ev.chained)
    elif bounded:
        bounded_put(w, w.books[ev.instrument], ev, 0)
        bounded_put(w, w.books[ev.instrument], ev, 1)
    else:
        for k in range(ev.bid_count):
            level_put(r, ev, 0, ev.bids[k].price_ticks, ev.bids[k].quantity_lots)
        for k in range(ev.ask_count):
            level_put(r, ev, 1, ev.asks[k].price_ticks, ev.asks[k].quantity_lots)
    if r.count == first and ev.kind != TP_EVENT_TRADE:
        level_put(r, ev, ROW_NO_SIDE, 0, 0)
    if r.count > first:
        rows_end(r)


cdef void books_lost(Front* w, uint64_t instruments) noexcept nogil:
    """Books that can no longer be trusted."""
    cdef int32_t k
    for k in range(w.instruments):
        if not instruments >> k & 1:
            continue
        w.lost += 1
        book_clear(w.books[k], TP_BOOK_STALE)
        if not rows_reserve(&w.rows[k], 1):
            w.no_memory = 1
            return
        row_put(&w.rows[k], w.now_ns, 0, 0, 0, 0, 0, 0, ROW_CLEAR, ROW_NO_SIDE, 0)
        rows_end(&w.rows[k])


cdef int32_t event_take(Front* w, tp_market_event* ev) noexcept nogil:
    """feed -> book -> rows."""
    cdef BookState* b = w.books[ev.instrument]
    cdef bint bounded = ev.kind == TP_EVENT_DEPTH and ev.depth != 0
    cdef int32_t code = TP_OK
    if bounded and not keep_book(w, b):
        w.no_memory = 1
        return TP_OK
    if ev.kind == TP_EVENT_DEPTH:
        code = book_apply(b, ev)
    elif ev.kind == TP_EVENT_SNAPSHOT:
        code = book_snapshot(b, ev)
    if code != TP_OK:
        feed_invalidate(w.feed, ev.instrument)
        books_lost(w, <uint64_t>1 << ev.instrument)
        return code
    event_put(w, ev, bounded)
    return TP_OK


cdef int32_t answer_take(Front* w, int32_t code) noexcept nogil:
    """What the walk does with an answer of the feed, as far as the books go."""
    if code != TP_OK:
        books_lost(w, w.feed.lost)
        return code
    code = event_take(w, &w.event)
    while code == TP_OK and feed_next(w.feed, &w.event):
        code = event_take(w, &w.event)
    return code


cdef int32_t frame_take(
    Front* w, int32_t source, const char* data, int64_t size, int64_t t_ns
) noexcept nogil:
    """One frame. Returns the code that the walk would: OK, or of the event that was not."""
    cdef int32_t code, further
    if t_ns < w.now_ns:
        w.lifted += 1
    else:
        w.now_ns = t_ns
    code = answer_take(w, feed_on_frame(w.feed, source, data, size, w.now_ns, &w.event))
    while feed_on_next(w.feed, &w.event, &further):
        further = answer_take(w, further)
        if code == TP_OK:
            code = further
    return code


cdef int32_t source_restart(Front* w, int64_t source) noexcept nogil:
    cdef int32_t code = feed_restart(w.feed, source)
    books_lost(w, w.feed.lost)
    return code


cdef bint some_full(const Front* w, int64_t rows) noexcept nogil:
    cdef int32_t k
    for k in range(w.instruments):
        if w.rows[k].count >= rows:
            return 1
    return 0


cdef class Decoder:
    """Frames of all sources of a configuration to rows by instrument. `decoders`: one a source, by
    default those of the venues."""

    cdef readonly object config
    cdef readonly Feed feed
    cdef readonly list books
    cdef Front w

    def __cinit__(self, config, decoders=None):
        cdef int32_t k
        cdef Book book
        self.config = config
        venues = enumerate(config.venues[source.venue] for source in config.sources)
        self.feed = Feed(config, decoders or [
            market_module(venue, Backend.NATIVE).MarketDecoder(config, n) for n, venue in venues])
        self.books = [Book(config, i.index) for i in config.instruments]
        self.w.feed = self.feed.state
        self.w.instruments = <int32_t>len(self.books)
        self.w.books = <BookState**>calloc(len(self.books) + 1, sizeof(BookState*))
        self.w.rows = <Rows*>calloc(len(self.books) + 1, sizeof(Rows))
        if self.w.books == NULL or self.w.rows == NULL:
            raise MemoryError()
        for k in range(self.w.instruments):
            book = self.books[k]
            self.w.books[k] = book.state

    def __dealloc__(self):
        cdef int32_t k
        for k in range(self.w.instruments if self.w.rows != NULL else 0):
            rows_free(&self.w.rows[k])
        free(self.w.rows)
        free(self.w.books)
        free(self.w.kept)

    @property
    def lifted(self):
        """Receive times that went back."""
        return self.w.lifted

    @property
    def lost(self):
        """Books that were lost."""
        return self.w.lost

    def frame(self, int32_t source, bytes data, int64_t t_ns):
        """One frame. Returns the code that the walk would: OK, or of the event that was not."""
        cdef int64_t size = len(data)
        cdef int32_t code
        if size <= TP_FRAME_BYTES_MAX:
            memcpy(self.feed.frame, <const char*>data, size)
            memset(self.feed.frame + size, 0, TP_FRAME_PADDING_BYTES)
        code = frame_take(&self.w, source, self.feed.frame, size, t_ns)
        self._check(source)
        return code

    def read(self, int32_t source, recording, int64_t at, int64_t rows, bint continues=False):
        """Frames of a recording from `at` on, until an instrument has `rows` rows or more; returns
        the frame after. `continues`: the recording goes on with the session that was read before,
        unless the number of its first frame says otherwise."""
        cdef const unsigned char[::1] blob = recording.blob
        cdef const int64_t[::1] offsets = recording.offsets
        cdef const int64_t[::1] sizes = recording.sizes
        cdef const int64_t[::1] times = recording.t_ns
        cdef const int64_t[::1] starts = np.array([*recording.starts, len(recording)], np.int64)
        cdef int64_t start = np.searchsorted(starts, at), frames = len(recording)
        cdef bint numbered = continues and at == 0 and counts_frames(
            self.config.venues[self.config.sources[source].venue])
        cdef int32_t code
        with nogil:
            while at < frames and not self.w.no_memory:
                if at == starts[start]:
                    source_restart(&self.w, source)
                    start += 1
                code = frame_take(
                    &self.w, source, <const char*>&blob[offsets[at]], sizes[at], times[at])
                if numbered and code == TP_FEED_STALE_ID:
                    source_restart(&self.w, source)
                    frame_take(
                        &self.w, source, <const char*>&blob[offsets[at]], sizes[at], times[at])
                numbered = 0
                at += 1
                if some_full(&self.w, rows):
                    break
        self._check(source)
        return at

    def restart(self, int64_t source):
        """The connection of a source begins anew. Returns the code."""
        code = source_restart(&self.w, source)
        self._check(-1)
        return code

    def rows(self, int32_t instrument):
        """Rows that `take` would give."""
        return self._rows(instrument).count

    def take(self, int32_t instrument):
        """The rows since the last call, of whole events."""
        return rows_taken(self._rows(instrument))

    cdef Rows* _rows(self, int32_t instrument) except NULL:
        if not 0 <= instrument < self.w.instruments:
            raise IndexError(f"instrument {instrument} of {self.w.instruments}")
        return &self.w.rows[instrument]

    cdef int _check(self, int32_t source) except -1:
        """What went wrong without the GIL."""
        if self.w.no_memory:
            raise MemoryError("no room for the rows of the frames read")
        self.feed._raise(source)
        return 0
