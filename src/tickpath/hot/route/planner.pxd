"""From an intent to children, in C: see planner.py for the same in plain words.

Decides, changes nothing but the scratch in RouteState.search. Worst case: TP_VENUES_MAX venues of
TP_VIEW_LEVELS levels and a search of TP_ROUTE_NODES_MAX nodes, about a millisecond; over three
venues with equal order steps and no binding minimum it is one node.
"""

from libc.stdint cimport int32_t, int64_t, uint32_t
from tickpath.core.codes cimport (
    TP_OK,
    TP_ROUTE_DEPTH,
    TP_ROUTE_GRID,
    TP_ROUTE_NO_VENUE,
    TP_ROUTE_OVERFLOW,
)
from tickpath.core.records cimport (
    TP_BOOK_OK,
    TP_BUY,
    TP_FOK,
    TP_GTC,
    TP_MARKET,
    TP_POST_ONLY,
    TP_SELL,
    TP_SUBMIT,
    TP_VENUES_MAX,
    TP_VIEW_LEVELS,
    int128,
    tp_book_top,
    tp_intent,
    tp_level,
    tp_view,
)
from tickpath.hot.route.flow cimport flow_recent
from tickpath.hot.route.legs cimport leg_bound, leg_cut, leg_resting, leg_taking, units_gcd
from tickpath.hot.route.search cimport search_best, search_single
from tickpath.hot.route.single cimport FLAGS_STAY, route_fill, route_scaled
from tickpath.hot.route.structs cimport (
    RouteCandidate,
    RouteLeg,
    RoutePlan,
    RouteSearch,
    RouteState,
)

cdef enum:
    ROUTE_SUM_BITS = 126
    ROUTE_RATE_BITS = 118
    ROUTE_UNITS_BITS = 61


cdef inline int64_t far_touch(const tp_book_top* top, int32_t side) noexcept nogil:
    """The best price an order of this side would take: of the levels, of the touch without any."""
    if side == TP_BUY:
        return top.asks[0].price_ticks if top.ask_count > 0 else top.ask_ticks
    return top.bids[0].price_ticks if top.bid_count > 0 else top.bid_ticks


cdef inline int128 notional_lots(const RouteCandidate* c, int64_t ticks) noexcept nogil:
    """The fewest lots whose notional at this price is not below the venue's minimum."""
    cdef int128 floor = <int128>c.notional_units_min * c.value_den
    cdef int128 price
    if floor == 0:
        return 0
    if not c.inverse:
        price = <int128>ticks * c.value_num
        return (floor + price - 1) / price
    if floor > (<int128>1 << ROUTE_SUM_BITS) / ticks:
        return <int128>0x7FFFFFFFFFFFFFFF
    return (floor * ticks + c.value_num - 1) / c.value_num


cdef inline bint leg_init(
    RouteLeg* leg, const RouteCandidate* c, const tp_intent* intent, const tp_book_top* top,
    int64_t wanted
) noexcept nogil:
    """The candidate as a leg without levels; 0 when its grid or bounds cannot take part."""
    cdef int64_t ticks = 0, value_ticks, lots_max
    cdef int128 lots_min
    if intent.type != TP_MARKET:
        ticks = route_scaled(intent.price_ticks, &c.ticks)
        if ticks <= 0:
            return 0
    value_ticks = ticks if ticks != 0 else far_touch(top, intent.side)
    if value_ticks <= 0:
        return 0
    lots_max = wanted / c.lot_units
    lots_max = lots_max if lots_max < c.lots_max else c.lots_max
    lots_max -= lots_max % c.lots_step
    lots_min = notional_lots(c, value_ticks)
    lots_min = lots_min if lots_min > c.lots_min else c.lots_min
    if lots_min > lots_max:
        return 0
    leg.candidate = c
    leg.ticks = ticks
    leg.step_units = c.lots_step * c.lot_units
    leg.units_min = (
        (<int64_t>lots_min + c.lots_step - 1) / c.lots_step * c.lots_step * c.lot_units)
    leg.units_max = lots_max * c.lot_units
    return 1


cdef inline bint route_usable(
    const RouteState* r, const RouteCandidate* c, const tp_intent* intent,
    const tp_book_top* top, uint32_t excluded
) noexcept nogil:
    """Whether the venue may get the order at all. What only reduces stays where the position is."""
    if c.away and (intent.flags & FLAGS_STAY) != 0:
        return 0
    if not ((r.health & ~excluded) >> c.venue) & 1:
        return 0
    return r.tokens[c.venue] != 0 and top.status == TP_BOOK_OK


cdef inline void leg_book(
    RouteLeg* leg, const tp_intent* intent, const tp_book_top* top, int64_t wanted
) noexcept nogil:
    """Taking levels from the displayed book; the touch alone when no levels are shown."""
    cdef tp_level touch
    if intent.side == TP_BUY:
        touch.price_ticks, touch.quantity_lots = top.ask_ticks, top.ask_lots
        if top.ask_count > 0:
            leg_taking(leg, intent.side, top.asks, top.ask_count, wanted)
            return
    else:
        touch.price_ticks, touch.quantity_lots = top.bid_ticks, top.bid_lots
        if top.bid_count > 0:
            leg_taking(leg, intent.side, top.bids, top.bid_count, wanted)
            return
    leg_taking(leg, intent.side, &touch, 1, wanted)


cdef inline int32_t plan_collect(
    RouteState* r, const tp_intent* intent, const tp_view* views, uint32_t excluded
) noexcept nogil:
    """A code, and the legs with their taking levels."""
    cdef RouteSearch* s = &r.search
    cdef const RouteCandidate* c
    cdef const tp_book_top* top
    cdef int64_t step = 0
    cdef int32_t k, reached = 0
    s.leg_count = 0
    for k in range(r.candidate_count[intent.instrument]):
        c = &r.candidates[intent.instrument][k]
        top = &views[c.instrument].top
        if not route_usable(r, c, intent, top, excluded):
            continue
        reached += 1
        if not leg_init(&s.legs[s.leg_count], c, intent, top, s.wanted):
            continue
        leg_book(&s.legs[s.leg_count], intent, top, s.wanted)
        step = units_gcd(s.legs[s.leg_count].step_units, step)
        s.leg_count += 1
    if reached == 0:
        return TP_ROUTE_NO_VENUE
    return TP_ROUTE_GRID if s.leg_count == 0 or s.wanted % step != 0 else TP_OK


cdef inline bint plan_takes(const RouteSearch* s, const tp_intent* intent) noexcept nogil:
    """Whether the order takes what is displayed, at least in part."""
    cdef int32_t k
    if intent.type == TP_POST_ONLY:
        return 0
    if intent.type == TP_MARKET or intent.time_in_force != TP_GTC:
        return 1
    for k in range(s.leg_count):
        if s.legs[k].level_count > 0:
            return 1
    return 0


cdef inline int64_t queue_ahead(
    const tp_book_top* top, int32_t side, int64_t ticks
) noexcept nogil:
    """Displayed lots at the order's price or better on its own side."""
    cdef bint buy = side == TP_BUY
    cdef int32_t k, count = top.bid_count if buy else top.ask_count
    cdef int64_t price, lots
    cdef int128 ahead = 0
    for k in range(count if count < TP_VIEW_LEVELS else TP_VIEW_LEVELS):
        price = top.bids[k].price_ticks if buy else top.asks[k].price_ticks
        lots = top.bids[k].quantity_lots if buy else top.asks[k].quantity_lots
        if lots <= 0 or (price < ticks if buy else price > ticks):
            break
        ahead += lots
    return <int64_t>ahead if ahead <= <int128>0x7FFFFFFFFFFFFFFF else 0x7FFFFFFFFFFFFFFF


cdef inline int32_t plan_rest(
    RouteState* r, const tp_intent* intent, const tp_view* views, int64_t now_ns
) noexcept nogil:
    """Queue levels for every leg; legs without a far touch only when no leg has one."""
    cdef RouteSearch* s = &r.search
    cdef RouteLeg* leg
    cdef const tp_book_top* top
    cdef int64_t touch, flow
    cdef int32_t k, kept = 0, known = 0
    for k in range(s.leg_count):
        known |= far_touch(&views[s.legs[k].candidate.instrument].top, intent.side) > 0
    for k in range(s.leg_count):
        top = &views[s.legs[k].candidate.instrument].top
        touch = far_touch(top, intent.side)
        if known and touch <= 0:
            continue
        if kept != k:
            s.legs[kept] = s.legs[k]
        leg = &s.legs[kept]
        kept += 1
        flow = flow_recent(
            &r.flows[leg.candidate.instrument], 1 - intent.side, now_ns, r.flow_ns)
        if not leg_resting(
                leg, intent.side, touch if known else leg.ticks,
                queue_ahead(top, intent.side, leg.ticks), flow, s.wanted):
            return TP_ROUTE_OVERFLOW
    s.leg_count = kept
    return TP_OK


cdef inline int32_t plan_take(RouteState* r, const tp_intent* intent) noexcept nogil:
    """Keep the legs that may take: a market order needs a level, fill-or-kill the whole depth."""
    cdef RouteSearch* s = &r.search
    cdef int32_t k, kept = 0
    cdef bint whole = intent.time_in_force == TP_FOK and r.fok_refuse
    for k in range(s.leg_count):
        if whole and s.legs[k].covered_units < s.wanted:
            continue
        if intent.type == TP_MARKET and s.legs[k].level_count == 0:
            continue
        if kept != k:
            s.legs[kept] = s.legs[k]
        kept += 1
    s.leg_count = kept
    return TP_OK if kept > 0 else TP_ROUTE_DEPTH


cdef inline int32_t plan_search(
    RouteState* r, const tp_intent* intent, bint taking, bint alone
) noexcept nogil:
    """The best split over the legs."""
    cdef RouteSearch* s = &r.search
    cdef int128 bound = 0
    cdef int32_t k
    for k in range(s.leg_count):
        bound = leg_bound(&s.legs[k], bound)
    if bound > (<int128>1 << ROUTE_RATE_BITS) / s.wanted:
        return TP_ROUTE_OVERFLOW
    for k in range(s.leg_count):
        leg_cut(&s.legs[k], bound)
    s.children_max = r.children_max if taking or r.split_resting else 1
    if alone or intent.time_in_force == TP_FOK or s.children_max == 1 or s.leg_count == 1:
        search_single(s)
    else:
        search_best(s)
    return TP_OK if s.found else TP_ROUTE_GRID


cdef inline void plan_children(
    const RouteSearch* s, const tp_intent* intent, RoutePlan* plan
) noexcept nogil:
    cdef const RouteLeg* leg
    cdef int32_t k
    plan.count = 0
    plan.exact = s.exact
    plan.cost = s.cost
    plan.total_units = s.wanted
    for k in range(s.leg_count):
        if s.best[k] == 0:
            continue
        leg = &s.legs[k]
        plan.units[plan.count] = s.best[k]
        route_fill(
            intent, leg.candidate.venue, leg.candidate.instrument, leg.ticks,
            s.best[k] / leg.candidate.lot_units, &plan.children[plan.count])
        plan.count += 1


cdef inline bint route_splits(const RouteState* r, const tp_intent* intent) noexcept nogil:
    """Whether `route_plan` routes this intent, not `route_pick`."""
    if not r.split or intent.kind != TP_SUBMIT or intent.link != 0:
        return 0
    if intent.instrument < 0 or intent.instrument >= r.instrument_count:
        return 0
    return r.candidate_count[intent.instrument] > 1


cdef inline int32_t route_plan(
    RouteState* r, const tp_intent* intent, const tp_view* views, int64_t now_ns,
    uint32_t excluded, int64_t units, RoutePlan* plan
) noexcept nogil:
    """TP_OK and the children, which sum to the order. `excluded` is a bit for each venue that may
    not take part; `units` above 0 asks for one child of that quantity."""
    cdef RouteSearch* s = &r.search
    cdef int32_t home = intent.instrument
    cdef int32_t k, code
    cdef bint taking
    cdef int128 wanted = units
    plan.count = 0
    if home < 0 or home >= r.instrument_count:
        return TP_ROUTE_NO_VENUE
    if intent.side != TP_BUY and intent.side != TP_SELL:
        return TP_ROUTE_NO_VENUE
    if units <= 0:
        for k in range(r.candidate_count[home]):
            if not r.candidates[home][k].away:
                wanted = <int128>intent.quantity_lots * r.candidates[home][k].lot_units
    if wanted <= 0 or wanted > <int128>1 << ROUTE_UNITS_BITS:
        return TP_ROUTE_OVERFLOW
    s.wanted = <int64_t>wanted
    code = plan_collect(r, intent, views, excluded)
    if code != TP_OK:
        return code
    taking = plan_takes(s, intent)
    code = plan_take(r, intent) if taking else plan_rest(r, intent, views, now_ns)
    if code != TP_OK:
        return code
    code = plan_search(r, intent, taking, units > 0)
    if code == TP_OK:
        plan_children(s, intent, plan)
    return code
