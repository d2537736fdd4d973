"""Records as C structs and as the plain classes: one place for every Python face."""

from libc.stdint cimport int32_t
from libc.string cimport memset
from tickpath.core.records cimport (
    tp_intent,
    tp_level,
    tp_market_event,
    tp_report,
    tp_request,
    tp_trade,
)

from tickpath.core.records import EventKind, Intent, Level, MarketEvent, Report, Request, Trade


cdef int intent_in(object intent, tp_intent* out) except -1:
    memset(out, 0, sizeof(tp_intent))
    out.kind = intent.kind
    out.strategy = intent.strategy
    out.instrument = intent.instrument
    out.side = intent.side
    out.type = intent.type
    out.time_in_force = intent.time_in_force
    out.flags = intent.flags
    out.tag = intent.tag
    out.price_ticks = intent.price_ticks
    out.quantity_lots = intent.quantity_lots
    out.client_order_id = intent.client_order_id
    out.at_ns = intent.at_ns
    out.trigger_ticks = intent.trigger_ticks
    out.expire_ns = intent.expire_ns
    out.display_lots = intent.display_lots
    out.link = intent.link
    out.role = intent.role
    return 0


cdef object intent_out(const tp_intent* i):
    return Intent(
        i.kind, i.strategy, i.instrument, i.side, i.type, i.time_in_force, i.flags, i.tag,
        i.price_ticks, i.quantity_lots, i.client_order_id, i.at_ns, i.trigger_ticks, i.expire_ns,
        i.display_lots, i.link, i.role)


cdef int request_in(object request, tp_request* out) except -1:
    memset(out, 0, sizeof(tp_request))
    out.kind = request.kind
    out.venue = request.venue
    out.instrument = request.instrument
    out.strategy = request.strategy
    out.side = request.side
    out.type = request.type
    out.time_in_force = request.time_in_force
    out.flags = request.flags
    out.tag = request.tag
    out.price_ticks = request.price_ticks
    out.quantity_lots = request.quantity_lots
    out.client_order_id = request.client_order_id
    out.orig_client_order_id = request.orig_client_order_id
    out.expire_ns = request.expire_ns
    out.link = request.link
    out.role = request.role
    out.trigger_ticks = request.trigger_ticks
    out.display_lots = request.display_lots
    return 0


cdef object request_out(const tp_request* r):
    return Request(
        r.kind, r.venue, r.instrument, r.strategy, r.side, r.type, r.time_in_force, r.flags, r.tag,
        r.price_ticks, r.quantity_lots, r.client_order_id, r.orig_client_order_id, r.expire_ns,
        r.link, r.role, r.trigger_ticks, r.display_lots)


cdef int report_in(object report, tp_report* out) except -1:
    memset(out, 0, sizeof(tp_report))
    out.kind = report.kind
    out.instrument = report.instrument
    out.maker = report.maker
    out.code = report.code
    out.client_order_id = report.client_order_id
    out.orig_client_order_id = report.orig_client_order_id
    out.venue_order_id = report.venue_order_id
    out.trade_id = report.trade_id
    out.last_ticks = report.last_ticks
    out.last_lots = report.last_lots
    out.cumulative_lots = report.cumulative_lots
    out.fee_units = report.fee_units
    out.fee_currency = report.fee_currency
    out.t_venue_ns = report.t_venue_ns
    return 0


cdef object report_out(const tp_report* r):
    return Report(
        kind=r.kind,
        instrument=r.instrument,
        maker=r.maker,
        code=r.code,
        client_order_id=r.client_order_id,
        orig_client_order_id=r.orig_client_order_id,
        venue_order_id=r.venue_order_id,
        trade_id=r.trade_id,
        last_ticks=r.last_ticks,
        last_lots=r.last_lots,
        cumulative_lots=r.cumulative_lots,
        fee_units=r.fee_units,
        fee_currency=r.fee_currency,
        t_venue_ns=r.t_venue_ns,
    )


cdef list levels_out(const tp_level* levels, int32_t count):
    cdef int32_t k
    return [Level(levels[k].price_ticks, levels[k].quantity_lots) for k in range(count)]


cdef object _trade_out(const tp_trade* t):
    return Trade(t.trade_id, t.price_ticks, t.quantity_lots, t.aggressor)


cdef object event_out(const tp_market_event* e):
    cdef int32_t k
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
        bids=levels_out(e.bids, e.bid_count),
        asks=levels_out(e.asks, e.ask_count),
        trades=[_trade_out(&e.trades[k]) for k in range(e.trade_count)],
        depth=e.depth,
        checksum=e.checksum,
        checksum_kind=e.checksum_kind,
        lost=e.lost,
    )
