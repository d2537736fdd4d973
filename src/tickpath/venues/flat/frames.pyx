"""Columns of ticks to flat frames, and a venue's recorded frames to columns of ticks.

Both are a pass or two over memory without the GIL: tens of millions of rows a second. What a
venue's decoder refuses is counted by its code and left out; gaps stay what they are, for the feed
to see.
"""

from cpython.pycapsule cimport PyCapsule_GetPointer
from libc.stdint cimport int32_t, int64_t, uint8_t
from libc.string cimport memcpy, memset
from tickpath.core.codes cimport TP_FEED_LEVELS, TP_OK
from tickpath.core.records cimport (
    TP_EVENT_BBO,
    TP_EVENT_DEPTH,
    TP_EVENT_NONE,
    TP_EVENT_SNAPSHOT,
    TP_EVENT_TRADE,
    TP_FRAME_PADDING_BYTES,
    TP_LEVELS_PER_FRAME_MAX,
    TP_TRADES_PER_FRAME_MAX,
    tp_decoder,
    tp_level,
    tp_market_event,
    tp_trade,
)
from tickpath.core.ticks cimport (
    ROW_CHAIN_SHIFT,
    ROW_LAST,
    ROW_NO_SIDE,
    Rows,
    row_put,
    rows_end,
    rows_free,
    rows_reserve,
    rows_taken,
)
from tickpath.venues.flat.wire cimport FLAT_CLEAR, FLAT_MAGIC, FlatHead, FlatOrder

import numpy as np

from tickpath.core.errors import DataError
from tickpath.core.ticks import CHAIN_SHIFT, LAST, NO_SIDE
from tickpath.venues.flat.wire import ORDER_DTYPE
from tickpath.venues.sim.frames import Recording

assert ORDER_DTYPE.itemsize == sizeof(FlatOrder)
assert (ROW_LAST, ROW_CHAIN_SHIFT, ROW_NO_SIDE) == (LAST, CHAIN_SHIFT, NO_SIDE)

cdef struct Columns:                  # borrowed arrays of equal length
    const int64_t* t_recv_ns
    const int64_t* t_venue_ns
    const int64_t* first_id
    const int64_t* last_id
    const int64_t* prev_id
    const int64_t* price_ticks
    const int64_t* quantity_lots
    const uint8_t* kind
    const uint8_t* side
    const uint8_t* flags
    int64_t rows

cdef struct Span:                     # the rows of one event
    int64_t start
    int64_t stop
    int32_t bids                      # levels, or trades
    int32_t asks


cdef int64_t event_span(const Columns* c, int64_t start, Span* span) noexcept nogil:
    """The event that begins at a row; returns the row at fault, -1: none. Levels of one side may
    lie anywhere among those of the other."""
    cdef int64_t k = start
    span.start = start
    span.bids = 0
    span.asks = 0
    while k < c.rows:
        if c.kind[k] != c.kind[start] or (
                (c.kind[k] < TP_EVENT_DEPTH or c.kind[k] > TP_EVENT_TRADE)
                and c.kind[k] != FLAT_CLEAR):
            return k
        if c.kind[k] == FLAT_CLEAR and c.side[k] != ROW_NO_SIDE:
            return k
        if c.side[k] > ROW_NO_SIDE or (c.side[k] == ROW_NO_SIDE and (
                k != start or not c.flags[k] & ROW_LAST or c.kind[k] == TP_EVENT_TRADE)):
            return k
        if c.kind[k] == TP_EVENT_TRADE or c.side[k] == 0:
            span.bids += 1
        elif c.side[k] == 1:
            span.asks += 1
        k += 1
        if c.flags[k - 1] & ROW_LAST:
            span.stop = k
            return -1
    span.stop = k
    return start                      # an event that does not end


cdef int64_t span_bytes(const Columns* c, const Span* span) noexcept nogil:
    cdef int64_t each = sizeof(tp_level)
    if c.kind[span.start] == TP_EVENT_TRADE:
        each = sizeof(tp_trade)
    return <int64_t>sizeof(FlatHead) + each * (<int64_t>span.bids + span.asks)


cdef bint span_fits(const Columns* c, const Span* span) noexcept nogil:
    if c.kind[span.start] == TP_EVENT_TRADE:
        return span.bids <= TP_TRADES_PER_FRAME_MAX
    return span.bids <= TP_LEVELS_PER_FRAME_MAX and span.asks <= TP_LEVELS_PER_FRAME_MAX


cdef void frame_fill(const Columns* c, const Span* span, char* out) noexcept nogil:
    """Write the frame of an event."""
    cdef FlatHead* head = <FlatHead*>out
    cdef tp_level* bids = <tp_level*>(out + sizeof(FlatHead))
    cdef tp_level* asks = bids + span.bids
    cdef tp_trade* trade = <tp_trade*>bids
    cdef int64_t last = span.stop - 1
    cdef int64_t k
    head.magic = FLAT_MAGIC
    head.kind = c.kind[last]
    head.chain = c.flags[last] >> ROW_CHAIN_SHIFT & 3
    head.place = 0
    head.bid_count = span.bids
    head.ask_count = span.asks
    head.order_count = 0
    head.t_venue_ns = c.t_venue_ns[last]
    head.first_id = c.first_id[last]
    head.last_id = c.last_id[last]
    head.prev_id = c.prev_id[last]
    for k in range(span.start, span.stop):
        if c.kind[k] == TP_EVENT_TRADE:
            trade.trade_id = c.last_id[k]
            trade.price_ticks = c.price_ticks[k]
            trade.quantity_lots = c.quantity_lots[k]
            trade.aggressor = c.side[k]
            trade.reserved = 0
            trade += 1
        elif c.side[k] == 0:
            bids.price_ticks = c.price_ticks[k]
            bids.quantity_lots = c.quantity_lots[k]
            bids += 1
        elif c.side[k] == 1:
            asks.price_ticks = c.price_ticks[k]
            asks.quantity_lots = c.quantity_lots[k]
            asks += 1


cdef const int64_t* wide_of(ticks, str name) except NULL:
    cdef const int64_t[::1] column = ticks[name]
    return &column[0]


cdef const uint8_t* narrow_of(ticks, str name) except NULL:
    cdef const uint8_t[::1] column = ticks[name]
    return &column[0]


cdef int columns_of(ticks, Columns* c) except -1:
    """Borrow the columns of `Ticks`."""
    memset(c, 0, sizeof(Columns))
    c.rows = len(ticks)
    if c.rows == 0:
        return 0
    c.t_recv_ns, c.t_venue_ns = wide_of(ticks, "t_recv_ns"), wide_of(ticks, "t_venue_ns")
    c.first_id, c.last_id = wide_of(ticks, "first_id"), wide_of(ticks, "last_id")
    c.prev_id = wide_of(ticks, "prev_id")
    c.price_ticks, c.quantity_lots = wide_of(ticks, "price_ticks"), wide_of(ticks, "quantity_lots")
    c.kind, c.side, c.flags = (
        narrow_of(ticks, "kind"), narrow_of(ticks, "side"), narrow_of(ticks, "flags"))
    return 0


def refuse_row(ticks, int64_t row):
    """The DataError of a row that is part of no event."""
    kind, side = int(ticks["kind"][row]), int(ticks["side"][row])
    raise DataError(
        f"ticks: row {row} (kind {kind}, side {side}, t_recv_ns {int(ticks['t_recv_ns'][row])}) "
        "is part of no complete event: the rows of an event have one kind, the last carries LAST; "
        "rows of orders (L3) are made levels first")


cdef void order_fill(const FlatOrder* row, char* frame, char* end) noexcept nogil:
    """The order row of an event behind its frame."""
    (<FlatHead*>frame).order_count = 1
    memcpy(end, row, sizeof(FlatOrder))


def flat_recording(venue, symbol, ticks, orders=None) -> Recording:
    """The frames of all events of `ticks` as a recording of a source with `wire = "flat"`; `orders`
    (ORDER_DTYPE, one an event) are the order rows behind them. Raises DataError for rows that are
    no whole event, an event with more levels than a frame may have, or another number of orders.
    """
    cdef const char[::1] rows
    cdef const FlatOrder* order = NULL
    cdef Columns c
    cdef Span span
    cdef int64_t row = 0, at = 0, events = 0, size = 0, fault
    columns_of(ticks, &c)
    count = ticks.events()
    if orders is not None and len(orders) != count:
        raise DataError(f"ticks: {count} events with {len(orders)} order rows: one an event")
    if orders is not None and count:
        rows = np.ascontiguousarray(orders, ORDER_DTYPE).view(np.int8)
        order = <const FlatOrder*>&rows[0]
    sizes = np.zeros(count, np.int64)
    cdef int64_t[::1] size_view = sizes
    while row < c.rows:
        fault = event_span(&c, row, &span)
        if fault >= 0:
            refuse_row(ticks, fault)
        if not span_fits(&c, &span):
            raise DataError(
                f"ticks: the event at row {row} has {span.bids} bids and {span.asks} asks, "
                f"more than levels_per_frame_max in limits.toml")
        size_view[events] = span_bytes(&c, &span)
        if order != NULL and order[events].kind != 0:
            size_view[events] += <int64_t>sizeof(FlatOrder)
        size += size_view[events] + TP_FRAME_PADDING_BYTES
        events += 1
        row = span.stop
    blob = np.zeros(size, np.uint8)
    offsets = np.zeros(count, np.int64)
    times = np.zeros(count, np.int64)
    stamped = np.zeros(count, np.int64)
    if count:
        frames_fill(&c, order, sizes, blob, offsets, times, stamped)
    return Recording(
        venue=venue, symbol=symbol, blob=blob, offsets=offsets, sizes=sizes,
        t_ns=np.maximum.accumulate(times) if count else times, wire="flat",
        t_venue_ns=stamped)


cdef int frames_fill(
    const Columns* c, const FlatOrder* order, int64_t[::1] sizes, uint8_t[::1] blob,
    int64_t[::1] offsets, int64_t[::1] times, int64_t[::1] stamped
) except -1:
    """Write the frames of columns that were checked."""
    cdef Span span
    cdef int64_t row = 0, at = 0, k = 0
    with nogil:
        while row < c.rows:
            event_span(c, row, &span)
            frame_fill(c, &span, <char*>&blob[at])
            if order != NULL and order[k].kind != 0:
                order_fill(&order[k], <char*>&blob[at], <char*>&blob[at] + span_bytes(c, &span))
            offsets[k] = at
            times[k] = c.t_recv_ns[span.start]
            stamped[k] = c.t_venue_ns[span.stop - 1]
            at += sizes[k] + TP_FRAME_PADDING_BYTES
            k += 1
            row = span.stop
    return 0


cdef inline void event_row(
    Rows* r, const tp_market_event* ev, int64_t t_ns, int64_t last_id, int32_t side,
    int64_t price_ticks, int64_t quantity_lots
) noexcept nogil:
    row_put(r, t_ns, ev.t_venue_ns, ev.first_id, last_id, ev.prev_id, price_ticks, quantity_lots,
            ev.kind, side, ev.chained)


cdef bint rows_add(Rows* r, const tp_market_event* ev, int64_t t_ns) noexcept nogil:
    """The rows of an event; 0: no memory."""
    cdef int32_t k
    if not rows_reserve(r, ev.bid_count + ev.ask_count + ev.trade_count + 1):
        return 0
    if ev.kind == TP_EVENT_TRADE:
        for k in range(ev.trade_count):
            event_row(r, ev, t_ns, ev.trades[k].trade_id, ev.trades[k].aggressor,
                      ev.trades[k].price_ticks, ev.trades[k].quantity_lots)
    else:
        for k in range(ev.bid_count):
            event_row(r, ev, t_ns, ev.last_id, 0, ev.bids[k].price_ticks, ev.bids[k].quantity_lots)
        for k in range(ev.ask_count):
            event_row(r, ev, t_ns, ev.last_id, 1, ev.asks[k].price_ticks, ev.asks[k].quantity_lots)
        if ev.bid_count + ev.ask_count == 0:
            event_row(r, ev, t_ns, ev.last_id, ROW_NO_SIDE, 0, 0)
    rows_end(r)
    return 1


cdef int64_t decode_all(
    const tp_decoder* d, const unsigned char* blob, const int64_t* offsets, const int64_t* sizes,
    const int64_t* times, int64_t frames, int32_t instrument, Rows* rows, int64_t* codes
) noexcept nogil:
    """Every event of one instrument; returns the frame at which memory ran out, -1: none."""
    cdef tp_market_event ev
    cdef int64_t k
    cdef int32_t code
    memset(&ev, 0, sizeof(ev))
    for k in range(frames):
        code = d.decode(d.context, <const char*>blob + offsets[k], sizes[k], &ev)
        codes[code] += 1
        while True:
            if code == TP_OK and ev.kind != TP_EVENT_NONE and ev.instrument == instrument and (
                    not rows_add(rows, &ev, times[k])):
                return k
            if d.next == NULL or not d.next(d.context, &ev, &code):
                break
            codes[code] += code != TP_OK
    return -1


def ticks_of_recording(recording, config, decoder, int32_t instrument=0):
    """(`Ticks`, frames by code) of one instrument of a recording. `decoder` is a native
    `MarketDecoder` of the recording's source; the events are as decoded: no rule of the feed was
    applied. MemoryError when the columns do not fit."""
    cdef const tp_decoder* d = <const tp_decoder*>PyCapsule_GetPointer(
        decoder.capsule(), b"tickpath.decoder")
    cdef const unsigned char[::1] blob = recording.blob
    cdef const int64_t[::1] offsets = recording.offsets
    cdef const int64_t[::1] sizes = recording.sizes
    cdef const int64_t[::1] times = recording.t_ns
    cdef int64_t[::1] codes = np.zeros(1000, np.int64)
    cdef Rows rows
    cdef int64_t frames = len(recording), stopped = -1
    cdef int32_t k
    memset(&rows, 0, sizeof(rows))
    try:
        if frames:
            with nogil:
                stopped = decode_all(
                    d, &blob[0], &offsets[0], &sizes[0], &times[0], frames, instrument, &rows,
                    &codes[0])
        if stopped >= 0:
            raise MemoryError(f"no room for the ticks of frame {stopped} and after")
        return rows_taken(&rows), {k: int(n) for k, n in enumerate(codes) if n}
    finally:
        rows_free(&rows)
