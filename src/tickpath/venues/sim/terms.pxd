"""What a request asks for, or why the venue refuses it: fields, filters, state of the market.

In: a parsed request of one venue. Out: a `SimOrder`, or a `Refusal` with the venue's code. Codes
and texts are those of the venue's error page; -4164 and -5022 are the futures' own.
"""

from libc.stdint cimport INT64_MAX, int32_t, int64_t, uint64_t
from libc.string cimport memcmp, memset
from tickpath.core.fixed cimport grid_divide
from tickpath.core.ids cimport client_order_id_parse
from tickpath.core.records cimport (
    TP_BOOK_OK,
    TP_BUY,
    TP_FOK,
    TP_GTC,
    TP_IOC,
    TP_LIMIT,
    TP_LINEAR,
    TP_MARKET,
    TP_POST_ONLY,
    TP_SELL,
    TP_SPOT,
    tp_grid,
    tp_instrument,
)
from tickpath.hot.book.native cimport KEY_NONE, BookState
from tickpath.venues.sim.crowd cimport CrowdState, crowd_best, crowd_holds
from tickpath.venues.sim.matcher cimport (
    LEG_BOTH,
    LEG_LONG,
    LEG_SHORT,
    SIM_ALGO_ORDERS_MAX,
    SIM_GOOD_TILL_MS_MIN,
    SIM_ICEBERG_PARTS_MAX,
    SIM_ORDERS_MAX,
    SimOrder,
    closes_leg,
    leaves,
    stop_reached,
    too_small,
    would_cross,
)
from tickpath.venues.sim.text cimport (
    param,
    slice_is,
    slice_units,
    tp_sim_request,
    tp_sim_slice,
)
from tickpath.venues.sim.venue cimport (
    CODE_FILTER,
    CODE_NOT_REQUIRED,
    CODE_PARAMETER,
    CODE_REJECT,
    SimInstrument,
    VenueState,
)

cdef struct Refusal:
    int32_t code                      # 0: none
    const char* message


cdef inline void refuse(Refusal* r, int32_t code, const char* message) noexcept nogil:
    r.code = code
    r.message = message


cdef inline int64_t best_at(VenueState* v, int32_t instrument, int32_t side) noexcept nogil:
    """Best price of a side that a new order would meet, 0 when the side is empty."""
    cdef BookState* book = v.instruments[instrument].book
    cdef int64_t key = book.bid_key if side == TP_BUY else book.ask_key
    if v.crowd != NULL:
        return crowd_best(<CrowdState*>v.crowd, side)
    if key == KEY_NONE:
        return 0
    return key if side == TP_BUY else ~key


cdef inline int32_t find_instrument(
    VenueState* v, int32_t venue, const tp_sim_request* q, Refusal* r
) noexcept nogil:
    """Index of the venue's instrument that the request names, or -1 and a refusal."""
    cdef tp_sim_slice symbol
    cdef int32_t k
    if not param(q, b"symbol", &symbol):
        refuse(r, CODE_PARAMETER, b"Mandatory parameter 'symbol' was not sent.")
        return -1
    for k in range(v.instrument_count):
        if v.instruments[k].info.venue == venue and (
            v.instruments[k].info.symbol_bytes == symbol.bytes
            and memcmp(v.instruments[k].info.symbol, symbol.text, symbol.bytes) == 0
        ):
            return k
    refuse(r, -1121, b"Invalid symbol.")
    return -1


cdef inline SimOrder* find_order(VenueState* v, uint64_t id) noexcept nogil:
    """An open order, whether it rests or waits, or NULL."""
    cdef int32_t k
    for k in range(v.order_count):
        if v.orders[k].client_order_id == id:
            return &v.orders[k]
    for k in range(v.waiting_count):
        if v.waiting[k].client_order_id == id:
            return &v.waiting[k]
    return NULL


cdef inline uint64_t id_param(const tp_sim_request* q, const char* key) noexcept nogil:
    """A client order id of ours, 0 when absent or another form."""
    cdef tp_sim_slice s
    if not param(q, key, &s):
        return 0
    return client_order_id_parse(s.text, s.bytes)


cdef inline bint steps_param(
    const tp_sim_request* q, const char* key, const tp_grid* grid, int64_t* out
) noexcept nogil:
    """A decimal parameter that is an exact positive multiple of its step."""
    cdef tp_sim_slice s
    cdef uint64_t units
    if not param(q, key, &s) or not slice_units(s, grid.decimals, &units):
        return 0
    return grid_divide(grid, units, out) and out[0] > 0


cdef inline void refuse_date(Refusal* r) noexcept nogil:
    refuse(r, -1130, b"Data sent for parameter 'goodTillDate' is not valid.")


cdef inline void read_date(const tp_sim_request* q, SimOrder* o, Refusal* r) noexcept nogil:
    cdef tp_sim_slice date
    cdef uint64_t units
    if not param(q, b"goodTillDate", &date):
        refuse(r, CODE_PARAMETER, b"Mandatory parameter 'goodTillDate' was not sent.")
    elif not slice_units(date, 0, &units) or units == 0 or units > <uint64_t>INT64_MAX:
        refuse_date(r)
    else:
        o.good_till_ms = <int64_t>units


cdef inline void read_force(
    const tp_sim_request* q, int32_t kind, SimOrder* o, Refusal* r
) noexcept nogil:
    """Time in force of a LIMIT order; GTX is the futures form of post-only, GTD is USD-M's."""
    cdef tp_sim_slice force
    cdef bint spot = kind == TP_SPOT
    o.time_in_force = TP_GTC
    if not param(q, b"timeInForce", &force):
        refuse(r, CODE_PARAMETER, b"Mandatory parameter 'timeInForce' was not sent.")
    elif slice_is(force, b"GTX") and not spot:
        o.type = TP_POST_ONLY
    elif slice_is(force, b"GTD") and kind == TP_LINEAR:
        read_date(q, o, r)
    elif slice_is(force, b"IOC"):
        o.time_in_force = TP_IOC
    elif slice_is(force, b"FOK"):
        o.time_in_force = TP_FOK
    elif not slice_is(force, b"GTC"):
        refuse(r, -1115, b"Invalid timeInForce.")


cdef inline void read_leg(
    const tp_sim_request* q, bint spot, SimOrder* o, Refusal* r
) noexcept nogil:
    """The leg that an order of the futures means, both unless it says so."""
    cdef tp_sim_slice named
    if not param(q, b"positionSide", &named):
        return
    if spot:
        refuse(r, CODE_NOT_REQUIRED, b"Parameter 'positionSide' sent when not required.")
    elif slice_is(named, b"LONG"):
        o.leg = LEG_LONG
    elif slice_is(named, b"SHORT"):
        o.leg = LEG_SHORT
    elif not slice_is(named, b"BOTH"):
        refuse(r, -1130, b"Data sent for parameter 'positionSide' is not valid.")


cdef inline void read_terms(
    const tp_sim_request* q, int32_t market, SimOrder* o, Refusal* r
) noexcept nogil:
    """Side, type, time in force and reduce-only."""
    cdef tp_sim_slice side, kind, other
    cdef bint spot = market == TP_SPOT
    if not param(q, b"side", &side) or not (slice_is(side, b"BUY") or slice_is(side, b"SELL")):
        refuse(r, -1117, b"Invalid side.")
        return
    o.side = TP_BUY if slice_is(side, b"BUY") else TP_SELL
    read_leg(q, spot, o, r)
    if r.code != 0:
        return
    if param(q, b"reduceOnly", &other):
        o.reduce_only = slice_is(other, b"true")
        if spot or o.leg != LEG_BOTH:
            refuse(r, CODE_NOT_REQUIRED, b"Parameter 'reduceOnly' sent when not required.")
            return
    if not param(q, b"type", &kind):
        refuse(r, CODE_PARAMETER, b"Mandatory parameter 'type' was not sent.")
    elif slice_is(kind, b"LIMIT"):
        o.type = TP_LIMIT
        read_force(q, market, o, r)
    elif slice_is(kind, b"STOP_LOSS_LIMIT") and spot:
        o.type = TP_LIMIT
        o.waits = 1
        read_force(q, market, o, r)
    elif slice_is(kind, b"LIMIT_MAKER") and spot:
        o.type = TP_POST_ONLY
        o.time_in_force = TP_GTC
        if param(q, b"timeInForce", &other):
            refuse(r, CODE_NOT_REQUIRED, b"Parameter 'timeInForce' sent when not required.")
    elif slice_is(kind, b"MARKET") or (slice_is(kind, b"STOP_LOSS") and spot):
        o.waits = slice_is(kind, b"STOP_LOSS")
        o.type = TP_MARKET
        o.time_in_force = TP_IOC
        if param(q, b"price", &other) or param(q, b"timeInForce", &other):
            refuse(r, CODE_NOT_REQUIRED, b"Parameter 'price' sent when not required.")
    else:
        refuse(r, -1116, b"Invalid orderType.")


cdef inline void read_special(
    const tp_sim_request* q, const tp_instrument* i, SimOrder* o, Refusal* r
) noexcept nogil:
    """Trigger of a stop, displayed quantity of an iceberg: only where they belong."""
    cdef tp_sim_slice s
    if o.waits:
        if not param(q, b"stopPrice", &s):
            refuse(r, CODE_PARAMETER, b"Mandatory parameter 'stopPrice' was not sent.")
            return
        if not steps_param(q, b"stopPrice", &i.price, &o.stop_ticks):
            refuse(r, CODE_FILTER, b"Filter failure: PRICE_FILTER")
            return
    elif param(q, b"stopPrice", &s):
        refuse(r, CODE_NOT_REQUIRED, b"Parameter 'stopPrice' sent when not required.")
        return
    if not param(q, b"icebergQty", &s):
        return
    if i.kind != TP_SPOT or o.waits or o.type == TP_MARKET or o.time_in_force != TP_GTC:
        refuse(r, CODE_NOT_REQUIRED, b"Parameter 'icebergQty' sent when not required.")
    elif not steps_param(q, b"icebergQty", &i.quantity, &o.display_lots):
        refuse(r, CODE_FILTER, b"Filter failure: LOT_SIZE")


cdef inline bint check_display(
    const SimInstrument* i, const SimOrder* o, Refusal* r
) noexcept nogil:
    """The clips of an iceberg are whole steps, and not too many."""
    if o.display_lots % i.info.order_step_lots != 0 or o.display_lots > o.quantity_lots:
        refuse(r, CODE_FILTER, b"Filter failure: LOT_SIZE")
        return 0
    if (o.quantity_lots - 1) // o.display_lots >= SIM_ICEBERG_PARTS_MAX:
        refuse(r, CODE_FILTER, b"Filter failure: ICEBERG_PARTS")
        return 0
    return 1


cdef inline void check_notional(VenueState* v, const SimOrder* o, Refusal* r) noexcept nogil:
    """A market order counts at the best opposite price; futures let reduce-only orders be small."""
    cdef SimInstrument* i = &v.instruments[o.instrument]
    cdef int64_t ticks = o.price_ticks if o.price_ticks != 0 else o.stop_ticks
    if ticks == 0:
        ticks = best_at(v, o.instrument, 1 - o.side)
    if ticks == 0 or not too_small(&i.info, ticks, o.quantity_lots):
        return
    if i.info.kind == TP_SPOT:
        refuse(r, CODE_FILTER, b"Filter failure: NOTIONAL")
    elif not o.reduce_only:
        refuse(r, -4164, b"Order's notional must be no smaller than the minimum.")


cdef inline void check_filters(VenueState* v, const SimOrder* o, Refusal* r) noexcept nogil:
    """Steps and bounds of the instrument, in the venue's order."""
    cdef SimInstrument* i = &v.instruments[o.instrument]
    if o.quantity_lots % i.info.order_step_lots != 0:
        refuse(r, CODE_FILTER, b"Filter failure: LOT_SIZE")
    elif o.quantity_lots < i.info.quantity_lots_min or o.quantity_lots > i.info.quantity_lots_max:
        refuse(r, CODE_FILTER, b"Filter failure: LOT_SIZE")
    elif o.display_lots != 0 and not check_display(i, o, r):
        return
    elif v.crowd != NULL and o.type != TP_MARKET and not crowd_holds(
        <CrowdState*>v.crowd, o.price_ticks
    ):
        refuse(r, CODE_FILTER, b"Filter failure: PERCENT_PRICE_BY_SIDE")
    else:
        check_notional(v, o, r)


cdef inline void read_order(
    VenueState* v, int32_t venue, const tp_sim_request* q, SimOrder* o, Refusal* r
) noexcept nogil:
    """A new order out of a request: fields and filters, in the venue's order."""
    cdef SimInstrument* i
    memset(o, 0, sizeof(SimOrder))
    o.instrument = find_instrument(v, venue, q, r)
    if o.instrument < 0:
        return
    i = &v.instruments[o.instrument]
    o.client_order_id = id_param(q, b"newClientOrderId")
    if o.client_order_id == 0:
        refuse(r, CODE_PARAMETER, b"Mandatory parameter 'newClientOrderId' was not sent.")
        return
    read_terms(q, i.info.kind, o, r)
    if r.code != 0:
        return
    if not steps_param(q, b"quantity", &i.info.quantity, &o.quantity_lots):
        refuse(r, CODE_FILTER, b"Filter failure: LOT_SIZE")
    elif o.type != TP_MARKET and not steps_param(q, b"price", &i.info.price, &o.price_ticks):
        refuse(r, CODE_FILTER, b"Filter failure: PRICE_FILTER")
    else:
        read_special(q, &i.info, o, r)
        if r.code == 0:
            check_filters(v, o, r)


cdef inline void check_date(const SimOrder* o, int64_t t_ns, Refusal* r) noexcept nogil:
    """A good-till date is far enough ahead when the request arrives."""
    if o.good_till_ms != 0 and o.good_till_ms - t_ns // 1000000 <= SIM_GOOD_TILL_MS_MIN:
        refuse_date(r)


cdef inline bint check_leg(VenueState* v, const SimOrder* o, Refusal* r) noexcept nogil:
    """A hedging account names the leg, and all that is open against one is at most the leg."""
    cdef SimInstrument* i = &v.instruments[o.instrument]
    cdef int64_t held = i.legs[o.leg] if i.legs[o.leg] > 0 else -i.legs[o.leg]
    cdef int32_t k
    if i.hedging != (o.leg != LEG_BOTH):
        refuse(r, -4061, b"Order's position side does not match user's setting.")
        return 0
    if not closes_leg(o):
        return 1
    for k in range(v.order_count):
        if v.orders[k].instrument == o.instrument and v.orders[k].leg == o.leg \
                and v.orders[k].side == o.side:
            held -= leaves(&v.orders[k])
    if o.quantity_lots <= held:
        return 1
    refuse(r, -2022, b"ReduceOnly Order is rejected.")
    return 0


cdef inline bint check_stop(VenueState* v, const SimOrder* o, Refusal* r) noexcept nogil:
    """A stop waits, beside few others."""
    cdef int64_t last = v.instruments[o.instrument].last_ticks
    cdef int32_t k, count = 0
    for k in range(v.waiting_count):
        count += v.waiting[k].instrument == o.instrument
    if count >= SIM_ALGO_ORDERS_MAX:
        refuse(r, CODE_FILTER, b"Filter failure: MAX_NUM_ALGO_ORDERS")
    elif last != 0 and stop_reached(o, last):
        refuse(r, CODE_REJECT, b"Stop price would trigger immediately.")
    return r.code == 0


cdef inline void check_market(VenueState* v, const SimOrder* o, Refusal* r) noexcept nogil:
    """What only the market's state can refuse: ids, halts, stops, reduce-only, post-only."""
    cdef SimInstrument* i = &v.instruments[o.instrument]
    cdef int64_t signed = o.quantity_lots if o.side == TP_BUY else -o.quantity_lots
    cdef bint crosses = would_cross(
        o.side, o.price_ticks, best_at(v, o.instrument, 0), best_at(v, o.instrument, 1))
    if find_order(v, o.client_order_id) != NULL:
        refuse(r, CODE_REJECT, b"Duplicate order sent.")
    elif i.book.status != TP_BOOK_OK or not i.info.trading:
        refuse(r, CODE_REJECT, b"Market is closed.")
    elif v.order_count + v.waiting_count >= SIM_ORDERS_MAX:
        refuse(r, -1015, b"Too many new orders.")
    elif (o.waits and not check_stop(v, o, r)) or not check_leg(v, o, r):
        return
    elif o.reduce_only and (
        i.position_lots == 0 or (i.position_lots > 0) == (signed > 0)
        or o.quantity_lots > (i.position_lots if i.position_lots > 0 else -i.position_lots)
    ):
        refuse(r, -2022, b"ReduceOnly Order is rejected.")
    elif o.type == TP_POST_ONLY and crosses:
        if i.info.kind == TP_SPOT:
            refuse(r, CODE_REJECT, b"Order would immediately match and take.")
        else:
            refuse(r, -5022, b"Post Only order will be rejected.")
