"""What a simulated venue lives with a recording when no order of ours is there.

Its books, the trades, and what every price showed from which book on: for whoever asks many times
what an order would meet there, such as a sweep of parameter sets. Worst case: a snapshot, whose
levels are all changes.
"""

import numpy as np

from libc.stdint cimport int32_t, int64_t
from libc.stdlib cimport free, malloc, realloc
from libc.string cimport memcpy
from tickpath.core.codes cimport TP_OK
from tickpath.core.records cimport (
    TP_BOOK_OK,
    TP_EVENT_BBO,
    TP_EVENT_SNAPSHOT,
    TP_EVENT_TRADE,
    tp_level,
    tp_market_event,
)
from tickpath.hot.book.native cimport book_depth
from tickpath.hot.feed.native cimport feed_on_frame, feed_on_next
from tickpath.venues.sim.market cimport venue_event, venue_restart
from tickpath.venues.sim.matcher cimport SIM_DEPTH_MAX
from tickpath.venues.sim.native cimport SimVenue
from tickpath.venues.sim.venue cimport SimInstrument, VenueState, shown_at

from tickpath.venues.sim.timing import FeedClock

cdef enum:
    WALK_MAX = 65536                  # levels a side of a snapshot that are kept as changes
    BOUGHT = 0                        # kinds of a move: a trade by its taker's side, or a book
    IS_BOOK = 2

cdef struct Rows:                     # of `width` int64, growing
    int64_t* items
    int64_t count
    int64_t room
    int64_t width

cdef struct Tape:
    Rows books                        # t_ns, good, bid levels, ask levels
    Rows levels                       # price, lots: `depth` of bids, then of asks, a book
    Rows moves                        # t_ns, kind, price, lots
    Rows changes                      # side, price, book, lots
    Rows resets                       # book at which all prices show nothing but what changes then
    int64_t depth
    int64_t t_ns
    int32_t full                      # 1: no memory
    int32_t good                      # of the newest book
    tp_level* walk                    # [WALK_MAX]


cdef int64_t* row_add(Tape* t, Rows* r) noexcept nogil:
    """Where the next row goes; NULL without memory."""
    cdef int64_t room = 2 * r.room + 1024
    cdef int64_t* items
    if r.count == r.room:
        items = <int64_t*>realloc(r.items, room * r.width * sizeof(int64_t))
        if items == NULL:
            t.full = 1
            return NULL
        r.items = items
        r.room = room
    r.count += 1
    return r.items + (r.count - 1) * r.width


cdef void row_put(
    Tape* t, Rows* r, int64_t a, int64_t b, int64_t c, int64_t d
) noexcept nogil:
    """The first `width` of the values."""
    cdef int64_t[4] values
    cdef int64_t* row = row_add(t, r)
    values[0], values[1], values[2], values[3] = a, b, c, d
    if row != NULL:
        memcpy(row, values, r.width * sizeof(int64_t))


cdef void side_put(Tape* t, SimInstrument* i, int32_t side, bint whole) noexcept nogil:
    """The best levels of the newest book; with `whole` all of them as changes."""
    cdef int32_t n = book_depth(i.book, side, WALK_MAX if whole else SIM_DEPTH_MAX, t.walk)
    cdef int64_t k
    t.books.items[(t.books.count - 1) * t.books.width + 2 + side] = (
        n if n < SIM_DEPTH_MAX else SIM_DEPTH_MAX)
    for k in range(t.depth):
        if k < n:
            row_put(t, &t.levels, t.walk[k].price_ticks, t.walk[k].quantity_lots, 0, 0)
        else:
            row_put(t, &t.levels, 0, 0, 0, 0)
    if whole:
        for k in range(n):
            row_put(t, &t.changes, side, t.walk[k].price_ticks, t.books.count - 1,
                    t.walk[k].quantity_lots)


cdef void book_put(Tape* t, SimInstrument* i, const tp_market_event* event) noexcept nogil:
    """The book after an event, NULL: after a new beginning."""
    cdef bint good = i.book.status == TP_BOOK_OK
    cdef bint whole = event == NULL or event.kind == TP_EVENT_SNAPSHOT or good != t.good
    cdef int64_t place = t.books.count
    cdef int64_t ticks
    cdef int32_t k
    row_put(t, &t.books, t.t_ns, good, 0, 0)
    row_put(t, &t.moves, t.t_ns, IS_BOOK, 0, 0)
    if t.full:
        return
    t.good = good
    if whole:
        row_put(t, &t.resets, place, 0, 0, 0)
    side_put(t, i, 0, whole)
    side_put(t, i, 1, whole)
    if whole:
        return
    for k in range(event.bid_count):
        ticks = event.bids[k].price_ticks
        row_put(t, &t.changes, 0, ticks, place, shown_at(i, 0, ticks))
    for k in range(event.ask_count):
        ticks = event.asks[k].price_ticks
        row_put(t, &t.changes, 1, ticks, place, shown_at(i, 1, ticks))


cdef void event_put(Tape* t, VenueState* v, const tp_market_event* event) noexcept nogil:
    """The venue lives one event."""
    cdef int32_t k
    venue_event(v, event, t.t_ns)
    if event.kind == TP_EVENT_TRADE:
        for k in range(event.trade_count):
            row_put(t, &t.moves, t.t_ns, event.trades[k].aggressor, event.trades[k].price_ticks,
                    event.trades[k].quantity_lots)
    elif event.kind != TP_EVENT_BBO:
        book_put(t, &v.instruments[0], event)


cdef void frame_put(Tape* t, VenueState* v, const char* data, int64_t size) noexcept nogil:
    """One frame, as `venue_market` takes it."""
    cdef tp_market_event event
    cdef int32_t code = feed_on_frame(v.feed, 0, data, size, t.t_ns, &event)
    if code == TP_OK:
        event_put(t, v, &event)
    while feed_on_next(v.feed, &event, &code):
        if code == TP_OK:
            event_put(t, v, &event)


cdef object taken(Rows* r):
    """The rows as int64 [row][width]."""
    found = np.empty((r.count, r.width), np.int64)
    cdef int64_t[:, ::1] view = found
    if r.count:
        memcpy(&view[0, 0], r.items, r.count * r.width * sizeof(int64_t))
    return found


def market_of(SimVenue venue, recording, int64_t depth, int64_t until_ns):
    """(books, levels, moves, changes, resets) of what is lived up to `until_ns`, int64 each.

    Rows of `books` are (t_ns, good, bid levels, ask levels), of `levels` [book][side][depth]
    (price, lots), of `moves` (t_ns, kind, price, lots) with the taker's side or 2 for the next
    book as kind, of `changes` (side, price, book, lots shown from that book on), and `resets` are
    books at which every price shows nothing but what changes then. `venue` is a fresh one of a
    single instrument and is used up. Raises MemoryError, and what FeedClock raises.
    """
    cdef VenueState* v = venue.state
    lived = FeedClock(venue.config.sim).lived(recording)
    cdef const unsigned char[::1] blob = recording.blob
    cdef const int64_t[::1] offsets = recording.offsets
    cdef const int64_t[::1] sizes = recording.sizes
    cdef const int64_t[::1] times = lived.t_ns
    cdef const int64_t[::1] order = lived.order
    cdef int64_t n = np.searchsorted(lived.t_ns, until_ns, "right")
    cdef int64_t k, at
    begins = np.zeros(len(recording) + 1, np.uint8)
    begins[list(recording.starts)] = 1
    cdef const unsigned char[::1] start = begins
    cdef Tape t
    t.books.width = t.moves.width = t.changes.width = 4
    t.levels.width, t.resets.width = 2, 1
    t.depth, t.full, t.good = depth, 0, 0
    cdef Rows** all_rows = [&t.books, &t.levels, &t.moves, &t.changes, &t.resets]
    for k in range(5):
        all_rows[k].items = NULL
        all_rows[k].count = all_rows[k].room = 0
    t.walk = <tp_level*>malloc(WALK_MAX * sizeof(tp_level))
    t.full = t.walk == NULL
    try:
        with nogil:
            for k in range(n):
                if t.full:
                    break
                at = order[k]
                t.t_ns = times[k]
                if start[at]:
                    venue_restart(v, 0)
                    book_put(&t, &v.instruments[0], NULL)
                frame_put(&t, v, <const char*>&blob[offsets[at]], sizes[at])
        if t.full:
            raise MemoryError
        return tuple(taken(all_rows[k]) for k in range(5))
    finally:
        free(t.walk)
        for k in range(5):
            free(all_rows[k].items)
