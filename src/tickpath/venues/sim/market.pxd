"""A market frame at the simulated venue: its book, its BBO check, and what it fills of ours."""

from libc.stdint cimport int32_t, int64_t, uint64_t
from tickpath.core.codes cimport TP_OK
from tickpath.core.records cimport (
    TP_BOOK_OK,
    TP_BOOK_STALE,
    TP_BOOK_STATUS_CROSSED,
    TP_BUY,
    TP_EVENT_BBO,
    TP_EVENT_DEPTH,
    TP_EVENT_SNAPSHOT,
    TP_EVENT_TRADE,
    tp_book_top,
    tp_market_event,
    tp_trade,
)
from tickpath.hot.book.native cimport book_apply, book_clear, book_snapshot, book_top
from tickpath.hot.feed.native cimport (
    feed_invalidate, feed_next, feed_on_frame, feed_on_next, feed_restart,
)
from tickpath.venues.sim.fifo_queue cimport fifo_frame, fifo_trade
from tickpath.venues.sim.matcher cimport (
    WHY_CROSS,
    WHY_QUEUE,
    SimOrder,
    clip_filled,
    leaves,
    order_depth,
    order_trade,
    would_cross,
)
from tickpath.venues.sim.orders cimport expire_orders, trigger
from tickpath.venues.sim.venue cimport (
    TICKERS_MAX,
    UNCHECKED_MAX,
    SimInstrument,
    Ticker,
    VenueState,
    drop_done,
    fill,
    join,
    shown_at,
)


cdef inline void best_compare(SimInstrument* i, const Ticker* best) noexcept nogil:
    """A best after a depth message against the last bookTicker at or before its id."""
    if i.ticker.update_id == 0:
        return
    i.bbo_checked += 1
    i.bbo_equal += (
        i.ticker.bid_ticks == best.bid_ticks and i.ticker.bid_lots == best.bid_lots
        and i.ticker.ask_ticks == best.ask_ticks and i.ticker.ask_lots == best.ask_lots)


cdef inline void best_settle(SimInstrument* i) noexcept nogil:
    """Check every kept best that a bookTicker has passed. Either stream may run ahead."""
    cdef Ticker* best
    while i.unchecked_tail < i.unchecked_head:
        best = &i.unchecked[i.unchecked_tail & (UNCHECKED_MAX - 1)]
        while i.ticker_tail < i.ticker_head and (
            i.tickers[i.ticker_tail & (TICKERS_MAX - 1)].update_id <= best.update_id
        ):
            i.ticker = i.tickers[i.ticker_tail & (TICKERS_MAX - 1)]
            i.ticker_tail += 1
        if i.ticker_tail == i.ticker_head:
            return
        best_compare(i, best)
        i.unchecked_tail += 1


cdef inline void best_keep(SimInstrument* i, const tp_book_top* top) noexcept nogil:
    """A best after a depth message waits until a bookTicker passes its id."""
    cdef Ticker* t = &i.unchecked[i.unchecked_head & (UNCHECKED_MAX - 1)]
    if i.unchecked_head - i.unchecked_tail >= UNCHECKED_MAX:
        i.unchecked_tail += 1
    i.unchecked_head += 1
    t.update_id = top.last_id
    t.bid_ticks = top.bid_ticks
    t.bid_lots = top.bid_lots
    t.ask_ticks = top.ask_ticks
    t.ask_lots = top.ask_lots
    best_settle(i)


cdef inline void ticker_keep(SimInstrument* i, const tp_market_event* event) noexcept nogil:
    """A bookTicker waits until the depth stream reaches its id; the oldest is overwritten."""
    cdef Ticker* t = &i.tickers[i.ticker_head & (TICKERS_MAX - 1)]
    if i.ticker_head - i.ticker_tail >= TICKERS_MAX:
        i.ticker_tail += 1
    i.ticker_head += 1
    t.update_id = event.last_id
    t.bid_ticks = event.bids[0].price_ticks
    t.bid_lots = event.bids[0].quantity_lots
    t.ask_ticks = event.asks[0].price_ticks
    t.ask_lots = event.asks[0].quantity_lots
    best_settle(i)


cdef inline void market_trade(
    VenueState* v, int32_t instrument, const tp_trade* trade, int64_t t_ns
) noexcept nogil:
    """A trade meets our orders in order of arrival; what fills one is gone for the next."""
    cdef int64_t left = trade.quantity_lots
    cdef int64_t lots
    cdef int32_t k, why = 0
    cdef SimOrder* o
    if v.fifo != NULL:
        if not v.fifo.told:
            fifo_trade(v, instrument, trade.aggressor, trade.price_ticks, left, t_ns)
        return
    for k in range(v.order_count):
        o = &v.orders[k]
        if o.instrument != instrument:
            continue
        lots = order_trade(
            o, trade.aggressor, trade.price_ticks, trade.quantity_lots, left, v.whole_fills, &why)
        if lots > 0:
            left -= lots if o.price_ticks == trade.price_ticks else 0
            fill(v, o, o.price_ticks, lots, 1, why, t_ns)
            if why == WHY_QUEUE and clip_filled(o, lots):
                join(v, o)
    drop_done(v)


cdef inline void market_depth(
    VenueState* v, int32_t instrument, const tp_book_top* top, int64_t t_ns
) noexcept nogil:
    """After a depth message: queues advance, orders the other side has crossed are filled. What
    rests beside quantity it took already is crossed again only after the other side was away."""
    cdef SimInstrument* i = &v.instruments[instrument]
    cdef bint crossed
    cdef SimOrder* o
    cdef int32_t k
    for k in range(v.order_count):
        o = &v.orders[k]
        if o.instrument != instrument:
            continue
        order_depth(o, &i.queue, shown_at(i, o.side, o.price_ticks))
        crossed = would_cross(o.side, o.price_ticks, top.bid_ticks, top.ask_ticks)
        if crossed and not o.beside:
            fill(v, o, o.price_ticks, leaves(o), 1, WHY_CROSS, t_ns)
        o.beside = o.beside and crossed
    drop_done(v)


cdef inline int32_t market_book(SimInstrument* i, const tp_market_event* event) noexcept nogil:
    if event.kind == TP_EVENT_SNAPSHOT:
        i.snapshots += 1
        return book_snapshot(i.book, event)
    return book_apply(i.book, event)


cdef inline void venue_market(
    VenueState* v, int32_t source, const char* data, int64_t size, int64_t t_ns
) noexcept nogil:
    """One frame as the venue lived it. A generated market matches our orders itself: then a frame
    only shows whether what the venue publishes is one consistent book."""
    cdef tp_market_event event
    cdef int32_t code
    expire_orders(v, t_ns)
    if v.fifo != NULL:
        fifo_frame(v, source, data, size, t_ns)
    code = feed_on_frame(v.feed, source, data, size, t_ns, &event)
    if code == TP_OK:
        venue_event(v, &event, t_ns)
    while feed_on_next(v.feed, &event, &code):
        if code == TP_OK:
            venue_event(v, &event, t_ns)


cdef inline int32_t venue_restart(VenueState* v, int32_t source) noexcept nogil:
    """The recorded connection of a source begins anew: its books wait for a snapshot."""
    cdef int32_t code = feed_restart(v.feed, source)
    cdef int32_t k
    for k in range(v.instrument_count):
        if v.feed.lost >> k & 1:
            book_clear(v.instruments[k].book, TP_BOOK_STALE)
    v.marked |= v.feed.lost
    return code


cdef inline void venue_event(
    VenueState* v, const tp_market_event* event, int64_t t_ns
) noexcept nogil:
    """One event of a frame that passed the feed."""
    cdef tp_market_event more
    cdef tp_book_top top
    cdef SimInstrument* i
    cdef int32_t k, code
    i = &v.instruments[event.instrument]
    if event.kind == TP_EVENT_TRADE:
        for k in range(event.trade_count):
            if v.crowd == NULL:
                market_trade(v, event.instrument, &event.trades[k], t_ns)
            trigger(v, event.instrument, event.trades[k].price_ticks, t_ns)
        return
    if event.kind == TP_EVENT_BBO:
        ticker_keep(i, event)
        return
    v.marked |= <uint64_t>1 << event.instrument
    code = market_book(i, event)
    while code == TP_OK and event.kind == TP_EVENT_SNAPSHOT and feed_next(v.feed, &more):
        code = market_book(i, &more)
    if code != TP_OK:
        feed_invalidate(v.feed, event.instrument)
        book_clear(i.book, TP_BOOK_STALE)
        return
    book_top(i.book, &top, 1)
    i.crossed += top.status == TP_BOOK_STATUS_CROSSED
    if event.kind == TP_EVENT_DEPTH:
        best_keep(i, &top)
    if top.status == TP_BOOK_OK and v.crowd == NULL:
        market_depth(v, event.instrument, &top, t_ns)
