"""Python handle of the native route stage: tests, shadow, mixed backends. No logic."""

from libc.stdint cimport int32_t, int64_t, uint64_t
from libc.stdlib cimport calloc, free
from libc.string cimport memset
from tickpath.core.codes cimport TP_OK
from tickpath.core.record_faces cimport intent_in, intent_out, request_out
from tickpath.core.records cimport (
    TP_INSTRUMENTS_MAX,
    TP_ROUTE_PARENTS_MAX,
    TP_VENUES_MAX,
    TP_VIEW_LEVELS,
    int128,
    tp_intent,
    tp_level,
    tp_order_update,
    tp_request,
    tp_view,
)
from tickpath.hot.route.parents cimport parent_dropped_units, parent_open_units, place_put
from tickpath.hot.route.structs cimport RouteCandidate, RouteParent

from tickpath.core.backend import Available
from tickpath.core.records import InstrumentKind
from tickpath.hot.route import Plan
from tickpath.hot.route import state as layout
from tickpath.hot.route.flow import Flow
from tickpath.hot.route.parents import Child, Parent
from tickpath.hot.route.table import candidates_of


def probe() -> Available:
    """There when it was built."""
    return Available(ok=True, reason="compiled")


cdef int fill_candidate(
    RouteCandidate* to, object c, object home, object there, bint split
) except -1:
    cdef int32_t passive, side
    to.instrument, to.venue = c.instrument, c.venue
    to.away = c.instrument != home
    to.inverse = there.kind == InstrumentKind.INVERSE
    for passive in range(2):
        for side in range(2):
            to.weights[passive][side] = c.weights[passive][side]
    to.ticks.num, to.ticks.den = c.tick_ratio.as_integer_ratio()
    to.lots.num, to.lots.den = c.lot_ratio.as_integer_ratio()
    to.lots_min, to.lots_max = there.quantity_lots_min, there.quantity_lots_max
    to.lots_step = there.order_step_lots
    if split:
        to.lot_units = c.lot_units
        to.notional_units_min = there.notional_units_min
        to.value_num, to.value_den = there.value_ratio
    return 0


cdef int32_t fill_levels(tp_level* to, object levels) except -1:
    cdef int32_t n = 0
    for ticks, lots in levels[:TP_VIEW_LEVELS]:
        to[n].price_ticks = ticks
        to[n].quantity_lots = lots
        n += 1
    return n


cdef object int_from(int128 value):
    cdef int64_t high = <int64_t>(value >> 64)
    cdef uint64_t low = <uint64_t>value
    return (int(high) << 64) + int(low)


cdef int fill_plan(RoutePlan* to, object plan) except -1:
    cdef int32_t k
    memset(to, 0, sizeof(RoutePlan))
    to.count, to.total_units, to.exact = len(plan.children), plan.total_units, plan.exact
    for k in range(to.count):
        to.units[k] = plan.units[k]
        to.children[k].instrument = plan.children[k].instrument
        to.children[k].venue = plan.children[k].venue
        to.children[k].quantity_lots = plan.children[k].quantity_lots
    return 0


cdef object parent_from(const RouteParent* p):
    cdef int32_t k
    parent = Parent(
        p.number, p.strategy, p.instrument, p.side, p.type, p.time_in_force, p.flags, p.tag,
        p.refused, p.price_ticks, p.expire_ns, p.total_units, p.filled_units, p.over_units)
    for k in range(p.child_count):
        parent.children.append(Child(
            p.children[k].client_order_id, p.children[k].instrument, p.children[k].venue,
            p.children[k].lot_units, p.children[k].moved, p.children[k].open_units,
            p.children[k].dropped_units))
    return parent


cdef int parent_to(RouteParent* to, object p) except -1:
    cdef int32_t k
    to.number, to.strategy, to.instrument, to.side = p.number, p.strategy, p.instrument, p.side
    to.type, to.time_in_force, to.flags, to.tag = p.type, p.time_in_force, p.flags, p.tag
    to.refused, to.price_ticks, to.expire_ns = p.refused, p.price_ticks, p.expire_ns
    to.total_units = p.total_units
    to.filled_units, to.over_units = p.filled_units, p.over_units
    to.child_count = len(p.children)
    for k, c in enumerate(p.children):
        to.children[k].client_order_id = c.client_order_id
        to.children[k].instrument, to.children[k].venue = c.instrument, c.venue
        to.children[k].lot_units, to.children[k].moved = c.lot_units, c.moved
        to.children[k].open_units, to.children[k].dropped_units = c.open_units, c.dropped_units
    return 0


cdef class Route:
    """Chooses venues for a new order; owns their health, their tokens and the children."""

    def __cinit__(self, config):
        cdef int32_t k, n
        self.table = candidates_of(config)
        self.state = <RouteState*>calloc(1, sizeof(RouteState))
        self.views = <tp_view*>calloc(TP_INSTRUMENTS_MAX, sizeof(tp_view))
        if self.state == NULL or self.views == NULL:
            raise MemoryError()
        self.state.venue_count = len(config.venues)
        self.state.instrument_count = len(config.instruments)
        self.state.health = (1 << len(config.venues)) - 1
        self.state.split = config.route.split
        self.state.split_resting = config.route.split_resting
        self.state.children_max = config.route.children_max
        self.state.fok_refuse = config.route.fok == "refuse"
        self.state.flow_ns = config.route.flow_ns
        for k in range(TP_VENUES_MAX):
            self.state.tokens[k] = -1
        for k, found in enumerate(self.table):
            self.state.venues[k] = config.instruments[k].venue
            self.state.candidate_count[k] = len(found)
            for n, c in enumerate(found):
                fill_candidate(
                    &self.state.candidates[k][n], c, k, config.instruments[c.instrument],
                    config.route.split)

    def __dealloc__(self):
        free(self.state)
        free(self.views)

    cdef int sample(self, tops) except -1:
        cdef int32_t k
        cdef tp_view* view
        for k in range(self.state.instrument_count):
            top, view = tops[k], &self.views[k]
            view.top.status = top.status
            view.top.bid_ticks, view.top.bid_lots = top.bid_ticks, top.bid_lots
            view.top.ask_ticks, view.top.ask_lots = top.ask_ticks, top.ask_lots
            view.top.bid_count = fill_levels(view.top.bids, top.bids)
            view.top.ask_count = fill_levels(view.top.asks, top.asks)
        return 0

    def set_health(self, venue, ok) -> None:
        """A venue that is not healthy gets no new orders; cancels still go there."""
        route_set_health(self.state, venue, ok)

    def set_tokens(self, venue, tokens) -> None:
        """Orders that the venue still takes; below 0: no limit known."""
        route_set_tokens(self.state, venue, tokens)

    def route(self, intent, tops) -> tuple:
        """(code, request). A cancel or replace stays on the intent's own instrument."""
        cdef tp_intent i
        cdef tp_request q
        cdef int32_t code
        intent_in(intent, &i)
        self.sample(tops)
        code = route_pick(self.state, &i, self.views, &q)
        return code, request_out(&q) if code == TP_OK else None

    def usable(self, instrument, tops) -> bool:
        """Whether new orders may go to an instrument: its venue is healthy and its book good."""
        self.sample(tops)
        return bool(instrument_usable(self.state, instrument, self.views))

    def splits(self, intent) -> bool:
        """Whether `plan` routes this intent, not `route`."""
        cdef tp_intent i
        intent_in(intent, &i)
        return bool(route_splits(self.state, &i))

    def plan(self, intent, tops, now_ns, excluded=0, units=0) -> tuple:
        """(code, children); with `units` one child of that quantity."""
        cdef tp_intent i
        cdef RoutePlan plan
        cdef int32_t code, k
        intent_in(intent, &i)
        self.sample(tops)
        code = route_plan(self.state, &i, self.views, now_ns, excluded, units, &plan)
        if code != TP_OK:
            return code, None
        return code, Plan(
            plan.total_units, int_from(plan.cost), bool(plan.exact),
            [request_out(&plan.children[k]) for k in range(plan.count)],
            [plan.units[k] for k in range(plan.count)])

    def open_parent(self, intent, plan, verdicts) -> int:
        """The row that follows these children; those with a verdict are dropped; -1: full."""
        cdef tp_intent i
        cdef RoutePlan p
        cdef int32_t[TP_VENUES_MAX] codes
        cdef int32_t k
        intent_in(intent, &i)
        fill_plan(&p, plan)
        for k in range(p.count):
            codes[k] = verdicts[k]
        return route_open(self.state, &i, &p, codes)

    def sent(self, row, k, client_order_id) -> None:
        """Child k left under this id; 0: it did not leave."""
        route_sent(self.state, row, k, client_order_id)

    def on_update(self, update):
        """Follow an order report; (row, child) of a child that may move."""
        cdef tp_order_update u
        cdef int32_t row, k
        if update.order is None:
            return None
        u.code, u.report, u.fill_lots = update.code, update.report, update.fill_lots
        u.order.client_order_id = update.order.client_order_id
        u.order.state = update.order.state
        return (row, k) if route_on_update(self.state, &u, &row, &k) else None

    def move_intent(self, row, k) -> tuple:
        """(the parent as an intent, units to move, venues that refused) of a refused child."""
        cdef tp_intent i
        cdef int32_t r = row, n = k
        route_move_intent(self.state, r, &i)
        p = &self.state.parents.rows[r]
        return intent_out(&i), p.children[n].open_units, p.refused

    def moved(self, row, k, plan, client_order_id) -> None:
        """Child k is now the only child of `plan`, under this id."""
        cdef RoutePlan p
        fill_plan(&p, plan)
        route_moved(self.state, row, k, &p, client_order_id)

    def drop(self, row, k) -> None:
        """Nobody works on what is open of child k any more."""
        route_drop(self.state, row, k)

    def end(self, client_order_id) -> None:
        """A child was replaced: its order is gone, the new one is no child."""
        route_end(self.state, client_order_id)

    def on_trade(self, instrument, aggressor, lots, now_ns) -> None:
        """Count a trade of an instrument."""
        if 0 <= instrument < self.state.instrument_count:
            route_on_trade(self.state, instrument, aggressor, lots, now_ns)

    def parents(self) -> list:
        """(number, total, filled, open, dropped) of every parent in the table."""
        cdef int32_t k
        cdef RouteParent* p
        found = []
        for k in range(TP_ROUTE_PARENTS_MAX):
            p = &self.state.parents.rows[k]
            if p.number:
                found.append((
                    p.number, p.total_units, p.filled_units, parent_open_units(p),
                    parent_dropped_units(p)))
        return found

    def export_state(self) -> bytes:
        """Canonical state, see state.py."""
        cdef RouteState* r = self.state
        cdef int32_t k
        flows = [
            Flow(r.flows[k].start_ns, [r.flows[k].lots[0], r.flows[k].lots[1]],
                 [r.flows[k].lots_before[0], r.flows[k].lots_before[1]])
            for k in range(r.instrument_count)]
        rows = {
            k: parent_from(&r.parents.rows[k])
            for k in range(TP_ROUTE_PARENTS_MAX) if r.parents.rows[k].number}
        return layout.pack(layout.Image(
            r.health, r.parents.made, r.parents.cursor,
            [r.tokens[k] for k in range(r.venue_count)], flows, rows))

    def import_state(self, data: bytes) -> None:
        """Raises DataError for a state that is not one of this stage."""
        cdef RouteState* r = self.state
        cdef int32_t k, n
        image = layout.unpack(data, r.venue_count, self.table)
        r.health = image.health
        memset(&r.parents, 0, sizeof(r.parents))
        r.parents.made, r.parents.cursor = image.made, image.cursor
        for k in range(r.venue_count):
            r.tokens[k] = image.tokens[k]
        for k, flow in enumerate(image.flows):
            r.flows[k].start_ns = flow.start_ns
            for n in range(2):
                r.flows[k].lots[n] = flow.lots[n]
                r.flows[k].lots_before[n] = flow.lots_before[n]
        for k, parent in image.rows.items():
            parent_to(&r.parents.rows[k], parent)
            for n in range(r.parents.rows[k].child_count):
                if r.parents.rows[k].children[n].client_order_id:
                    place_put(&r.parents, r.parents.rows[k].children[n].client_order_id, k, n)
