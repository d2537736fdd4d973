"""The feed in C: decode a frame through its source's slot, then let it pass or not by its ids.

One `FeedState` an engine, written by the walk alone. A depth event that cannot be applied yet is
copied to the instrument's buffer; everything else passes by borrowed pointer, valid until the next
frame of the same source. Rules and sources: see the docstring of the package.

Cost: a comparison or two a frame. Worst case: buffering copies the levels of the event.
"""

from libc.stdint cimport int32_t, int64_t, uint32_t, uint64_t
from libc.string cimport memcpy
from tickpath.core.arena cimport Arena
from tickpath.core.codes cimport (
    TP_FEED_BUFFER_FULL,
    TP_FEED_BUFFERED,
    TP_FEED_GAP,
    TP_FEED_OVERSIZED,
    TP_FEED_SNAPSHOT_OLD,
    TP_FEED_STALE_ID,
    TP_FEED_UNKNOWN_KIND,
    TP_FEED_UNKNOWN_SOURCE,
    TP_FEED_UNKNOWN_SYMBOL,
    TP_FEED_UNSYNCED,
    TP_OK,
)
from tickpath.core.records cimport (
    TP_CHAIN_NONE,
    TP_CHAIN_PREV,
    TP_EVENT_BBO,
    TP_EVENT_DEPTH,
    TP_EVENT_NONE,
    TP_EVENT_SNAPSHOT,
    TP_EVENT_TRADE,
    TP_FRAME_BYTES_MAX,
    TP_PRESNAPSHOT_EVENTS_MAX,
    TP_PRESNAPSHOT_LEVELS_MAX,
    TP_SOURCES_MAX,
    tp_decode_next_fn,
    tp_decoder,
    tp_level,
    tp_market_event,
)

cdef enum:
    FEED_WAITING = 0               # for a snapshot; depth events are buffered
    FEED_SYNCED = 1
    FEED_CODES = 64                # slot 0 TP_OK, slot n code 99 + n
    FEED_CODE_BASE = 99

cdef struct FeedEvent:             # a buffered depth event; its levels lie in the instrument's pool
    int64_t t_venue_ns
    int64_t first_id
    int64_t last_id
    int64_t prev_id
    int32_t source
    int32_t chained
    int32_t bid_count
    int32_t ask_count
    tp_level* levels               # bids, then asks

cdef struct FeedInstrument:
    int32_t status                 # FEED_WAITING or FEED_SYNCED
    int32_t fresh                  # 1: synced, and no depth event passed since the snapshot
    int64_t last_id                # of the book: last snapshot or depth event that passed
    int64_t bbo_id
    int64_t trade_id               # of the last trade without ids
    int64_t source                 # of the last snapshot
    int32_t event_count            # buffered: one unbroken chain, oldest first
    int32_t event_next             # first one that feed_next still has to give
    int64_t level_count
    FeedEvent* events
    tp_level* levels
    int64_t[FEED_CODES] counters   # frames by code

cdef struct FeedState:
    int32_t source_count
    int32_t instrument_count
    int32_t last_instrument        # of the last frame, -1 when it could not be told
    int32_t draining               # instrument whose buffer feed_next gives, -1 for none
    int64_t drain_ns               # stamp of the snapshot that is being followed
    uint64_t lost                  # bit k: the last event made instrument k wait for a snapshot
    tp_decode_next_fn more         # of the frame in hand, NULL: it held one event
    int64_t more_ns
    int32_t more_source
    int32_t reserved
    tp_decoder[TP_SOURCES_MAX] decoders
    int64_t[TP_SOURCES_MAX] sequences  # of the last frame of a connection, -1 before the first
    FeedInstrument* instruments    # one more than there are: the last counts frames of nobody


cdef inline int32_t feed_count(FeedState* f, int32_t instrument, int32_t code) noexcept nogil:
    """Count a frame; returns its code."""
    cdef int32_t row = instrument if instrument >= 0 else f.instrument_count
    cdef int32_t slot = code - FEED_CODE_BASE if code != TP_OK else 0
    if 0 <= slot < FEED_CODES:
        f.instruments[row].counters[slot] += 1
    return code


cdef inline void feed_drop_buffer(FeedInstrument* s) noexcept nogil:
    s.event_count = 0
    s.event_next = 0
    s.level_count = 0


cdef inline void feed_invalidate(FeedState* f, int32_t instrument) noexcept nogil:
    """The book was thrown away: wait for a snapshot, begin to buffer with the next depth event."""
    cdef FeedInstrument* s = &f.instruments[instrument]
    feed_drop_buffer(s)
    s.status = FEED_WAITING
    s.fresh = 0
    s.last_id = 0
    if f.draining == instrument:
        f.draining = -1


cdef inline int32_t feed_follow(
    int64_t last_id, bint fresh, const FeedEvent* e
) noexcept nogil:
    """Whether a depth event continues from `last_id`: OK, STALE_ID or GAP.

    `fresh`: last_id is a snapshot's. Chained events then may straddle it, and name their
    predecessor exactly from there on.
    """
    if e.chained == TP_CHAIN_PREV:
        if fresh:
            if e.last_id < last_id:
                return TP_FEED_STALE_ID
            return TP_OK if e.prev_id <= last_id else TP_FEED_GAP
        if e.last_id <= last_id:
            return TP_FEED_STALE_ID
        return TP_OK if e.prev_id == last_id else TP_FEED_GAP
    if e.last_id <= last_id:
        return TP_FEED_STALE_ID
    return TP_OK if e.first_id - 1 <= last_id else TP_FEED_GAP


cdef inline void feed_event_of(const tp_market_event* ev, FeedEvent* e) noexcept nogil:
    """The part of an event that is kept when it is buffered; levels are not copied."""
    e.t_venue_ns = ev.t_venue_ns
    e.first_id = ev.first_id
    e.last_id = ev.last_id
    e.prev_id = ev.prev_id
    e.source = ev.source
    e.chained = ev.chained
    e.bid_count = ev.bid_count
    e.ask_count = ev.ask_count


cdef inline bint feed_append(
    FeedInstrument* s, FeedEvent* e, const tp_level* bids, const tp_level* asks
) noexcept nogil:
    """Copy an event behind the buffered ones; 0 when it does not fit."""
    cdef int64_t count = <int64_t>e.bid_count + e.ask_count
    if s.event_count == TP_PRESNAPSHOT_EVENTS_MAX:
        return 0
    if s.level_count + count > TP_PRESNAPSHOT_LEVELS_MAX:
        return 0
    e.levels = s.levels + s.level_count
    if e.bid_count > 0:
        memcpy(e.levels, bids, e.bid_count * sizeof(tp_level))
    if e.ask_count > 0:
        memcpy(e.levels + e.bid_count, asks, e.ask_count * sizeof(tp_level))
    s.events[s.event_count] = e[0]
    s.event_count += 1
    s.level_count += count
    return 1


cdef inline int32_t feed_buffer(
    FeedInstrument* s, FeedEvent* e, const tp_level* bids, const tp_level* asks
) noexcept nogil:
    """Keep a depth event until a snapshot comes. A broken chain or a full buffer starts it anew."""
    cdef int32_t code = TP_OK
    if s.event_count > 0:
        code = feed_follow(s.events[s.event_count - 1].last_id, 0, e)
    if code == TP_FEED_STALE_ID:
        return code
    if code == TP_OK and feed_append(s, e, bids, asks):
        return TP_FEED_BUFFERED
    feed_drop_buffer(s)
    feed_append(s, e, bids, asks)
    return code if code != TP_OK else TP_FEED_BUFFER_FULL


cdef inline int32_t feed_depth(FeedState* f, const tp_market_event* ev) noexcept nogil:
    cdef FeedInstrument* s = &f.instruments[ev.instrument]
    cdef FeedEvent e
    cdef int32_t code
    if ev.chained == TP_CHAIN_NONE:
        if s.status == FEED_WAITING or s.source != ev.source:
            return TP_FEED_UNSYNCED   # nothing would tell whether the snapshot has it
        s.last_id = ev.last_id
        s.fresh = 0
        return TP_OK
    feed_event_of(ev, &e)
    if s.status == FEED_WAITING:
        return feed_buffer(s, &e, ev.bids, ev.asks)
    code = feed_follow(s.last_id, s.fresh, &e)
    if code == TP_OK:
        s.last_id = e.last_id
        s.fresh = 0
    elif code == TP_FEED_GAP:
        feed_invalidate(f, ev.instrument)
        feed_buffer(s, &e, ev.bids, ev.asks)
    return code


cdef inline int32_t feed_snapshot(FeedState* f, const tp_market_event* ev) noexcept nogil:
    """Accept a snapshot that is newer than the book and reaches the first buffered event; one
    without an id is the newest."""
    cdef FeedInstrument* s = &f.instruments[ev.instrument]
    cdef int32_t k = 0
    if ev.chained == TP_CHAIN_NONE:
        feed_drop_buffer(s)
    elif s.status == FEED_SYNCED:
        if ev.last_id <= s.last_id:
            return TP_FEED_SNAPSHOT_OLD
    else:
        while k < s.event_count and (
                feed_follow(ev.last_id, 1, &s.events[k]) == TP_FEED_STALE_ID):
            k += 1
        if k < s.event_count and feed_follow(ev.last_id, 1, &s.events[k]) != TP_OK:
            return TP_FEED_SNAPSHOT_OLD
        s.event_next = k
        f.draining = ev.instrument
        f.drain_ns = ev.t_recv_ns
    s.status = FEED_SYNCED
    s.fresh = 1
    s.last_id = ev.last_id
    s.source = ev.source
    return TP_OK


cdef inline int32_t feed_next(FeedState* f, tp_market_event* ev) noexcept nogil:
    """After a snapshot: 1 and the next buffered depth event still needed, 0 when there is none.

    The event carries the snapshot's stamp: it is applied in that input. Its levels are borrowed
    from the buffer until the next frame.
    """
    cdef FeedInstrument* s
    cdef FeedEvent* e
    if f.draining < 0:
        return 0
    s = &f.instruments[f.draining]
    if s.event_next >= s.event_count:
        feed_drop_buffer(s)
        f.draining = -1
        return 0
    e = &s.events[s.event_next]
    s.event_next += 1
    s.last_id = e.last_id
    s.fresh = 0
    ev.kind = TP_EVENT_DEPTH
    ev.source = e.source
    ev.instrument = f.draining
    ev.chained = e.chained
    ev.t_recv_ns = f.drain_ns
    ev.t_venue_ns = e.t_venue_ns
    ev.first_id = e.first_id
    ev.last_id = e.last_id
    ev.prev_id = e.prev_id
    ev.bid_count = e.bid_count
    ev.ask_count = e.ask_count
    ev.trade_count = 0
    ev.depth = 0
    ev.lost = 0
    ev.bids = e.levels
    ev.asks = e.levels + e.bid_count
    ev.trades = NULL
    ev.checksum = 0
    ev.checksum_kind = 0
    return 1


cdef inline int32_t feed_pass(FeedState* f, const tp_market_event* ev) noexcept nogil:
    """The code of a decoded event by its kind and ids."""
    cdef FeedInstrument* s = &f.instruments[ev.instrument]
    if ev.kind == TP_EVENT_DEPTH:
        return feed_depth(f, ev)
    if ev.kind == TP_EVENT_BBO:
        if ev.last_id < s.bbo_id and ev.chained != TP_CHAIN_NONE:
            return TP_FEED_STALE_ID
        s.bbo_id = ev.last_id
        return TP_OK
    if ev.kind == TP_EVENT_TRADE:
        if ev.chained == TP_CHAIN_NONE:
            if ev.last_id <= s.trade_id:
                return TP_FEED_STALE_ID
            s.trade_id = ev.last_id
        return TP_OK
    if ev.kind == TP_EVENT_SNAPSHOT:
        return feed_snapshot(f, ev)
    return TP_FEED_UNKNOWN_KIND


cdef inline void feed_lose(FeedState* f, int32_t source, int32_t instrument) noexcept nogil:
    """Books that the source feeds wait for a snapshot: the instrument's, -1: all of them."""
    cdef FeedInstrument* s
    cdef int32_t k
    for k in range(f.instrument_count):
        s = &f.instruments[k]
        if (instrument < 0 or k == instrument) and (
                s.status == FEED_SYNCED and s.source == source):
            feed_invalidate(f, k)
            f.lost |= <uint64_t>1 << k


cdef inline int32_t feed_order(FeedState* f, int32_t source) noexcept nogil:
    """Whether the frame follows the last one of its connection: OK, STALE_ID or GAP."""
    cdef int64_t sequence = f.decoders[source].sequence[0]
    cdef int64_t last = f.sequences[source]
    if sequence < 0:
        return TP_OK
    if sequence <= last:
        return TP_FEED_STALE_ID
    f.sequences[source] = sequence
    return TP_OK if last < 0 or sequence == last + 1 else TP_FEED_GAP


cdef inline void feed_begin(FeedState* f, tp_market_event* ev) noexcept nogil:
    """Before an event: nothing of the one before is given any more."""
    ev.kind = TP_EVENT_NONE
    ev.instrument = -1
    ev.lost = 0
    f.lost = 0
    if f.draining >= 0:
        feed_drop_buffer(&f.instruments[f.draining])
        f.draining = -1


cdef inline int32_t feed_take(
    FeedState* f, int32_t source, int32_t code, int64_t t_recv_ns, tp_market_event* ev
) noexcept nogil:
    """One event of a frame in its place; returns its code."""
    ev.source = source
    ev.t_recv_ns = t_recv_ns
    if ev.instrument < 0 or ev.instrument >= f.instrument_count:
        ev.instrument = -1
        code = code if code != TP_OK else TP_FEED_UNKNOWN_SYMBOL
    f.last_instrument = ev.instrument
    if code == TP_OK:
        code = feed_pass(f, ev)
        if code == TP_FEED_GAP:
            f.lost |= <uint64_t>1 << ev.instrument
    elif ev.lost:
        feed_lose(f, source, ev.instrument)
    return feed_count(f, ev.instrument, code)


cdef inline int32_t feed_refuse(
    FeedState* f, int32_t source, int32_t code, tp_market_event* ev
) noexcept nogil:
    """A frame out of the order of its connection is dropped; returns its code."""
    if ev.instrument < 0 or ev.instrument >= f.instrument_count:
        ev.instrument = -1
    f.last_instrument = ev.instrument
    if code == TP_FEED_GAP:
        feed_lose(f, source, -1)
    return feed_count(f, ev.instrument, code)


cdef inline int32_t feed_on_frame(
    FeedState* f, int32_t source, const char* data, int64_t bytes, int64_t t_recv_ns,
    tp_market_event* ev
) noexcept nogil:
    """One frame of a source. TP_OK: `ev` is to be applied now, and after a SNAPSHOT feed_next.
    While `more` is not NULL the frame may hold further events: feed_on_next.

    On any other code `ev.instrument` says whose frame it was, -1 when that could not be told, and
    `lost` whose books wait for a snapshot now.
    `data` is followed by TP_FRAME_PADDING_BYTES readable bytes.
    """
    cdef int32_t code, order
    feed_begin(f, ev)
    f.more = NULL
    if <uint32_t>source >= <uint32_t>f.source_count:
        code = TP_FEED_UNKNOWN_SOURCE
    elif bytes > TP_FRAME_BYTES_MAX:
        code = TP_FEED_OVERSIZED
    else:
        code = f.decoders[source].decode(f.decoders[source].context, data, bytes, ev)
        if f.decoders[source].sequence != NULL:
            order = feed_order(f, source)
            if order != TP_OK:
                return feed_refuse(f, source, order, ev)
        f.more = f.decoders[source].next
        if f.more != NULL:
            f.more_source = source
            f.more_ns = t_recv_ns
    return feed_take(f, source, code, t_recv_ns, ev)


cdef inline bint feed_on_next(FeedState* f, tp_market_event* ev, int32_t* code) noexcept nogil:
    """The next event of the frame in hand, as feed_on_frame gave the first; 0: no more."""
    cdef int32_t source = f.more_source
    if f.more == NULL:
        return 0
    feed_begin(f, ev)
    if not f.more(f.decoders[source].context, ev, code):
        f.more = NULL
        return 0
    code[0] = feed_take(f, source, code[0], f.more_ns, ev)
    return 1


cdef inline int32_t feed_restart(FeedState* f, int64_t source) noexcept nogil:
    """The connection of a source begins anew: its numbers do, and its books wait for a snapshot."""
    f.lost = 0
    f.more = NULL
    if source < 0 or source >= f.source_count:
        return TP_FEED_UNKNOWN_SOURCE
    f.sequences[source] = -1
    feed_lose(f, <int32_t>source, -1)
    return TP_OK


cdef class Feed:
    cdef FeedState* state
    cdef Arena arena
    cdef char* frame               # room for the longest frame and its padding
    cdef list keep                 # the decoders, which own what the slots point to

    cdef int _import_row(self, FeedInstrument* s, row) except -1
    cdef object _events(self, tp_market_event* ev)
