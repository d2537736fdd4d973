"""Python handle of the native route stage: tests, shadow, mixed backends. No logic."""

from libc.stdint cimport int32_t
from libc.stdlib cimport calloc, free
from tickpath.core.codes cimport TP_OK
from tickpath.core.records cimport TP_INSTRUMENTS_MAX, tp_intent, tp_request, tp_view

from tickpath.core.backend import Available
from tickpath.core.records import Request
from tickpath.hot.route import state as layout
from tickpath.hot.route.table import candidates_of


def probe() -> Available:
    """There when it was built."""
    return Available(ok=True, reason="compiled")


cdef int fill_candidate(RouteCandidate* to, object c, object home, object there) except -1:
    cdef int32_t passive, side
    to.instrument, to.venue = c.instrument, c.venue
    to.away = c.instrument != home
    for passive in range(2):
        for side in range(2):
            to.weights[passive][side] = c.weights[passive][side]
    to.ticks.num, to.ticks.den = c.tick_ratio.as_integer_ratio()
    to.lots.num, to.lots.den = c.lot_ratio.as_integer_ratio()
    to.lots_min, to.lots_max = there.quantity_lots_min, there.quantity_lots_max
    to.lots_step = there.order_step_lots
    return 0


cdef class Route:
    """Chooses a venue for a new order; owns their health."""

    def __cinit__(self, config):
        cdef int32_t k, n
        table = candidates_of(config)
        self.state = <RouteState*>calloc(1, sizeof(RouteState))
        self.views = <tp_view*>calloc(TP_INSTRUMENTS_MAX, sizeof(tp_view))
        if self.state == NULL or self.views == NULL:
            raise MemoryError()
        self.state.venue_count = len(config.venues)
        self.state.instrument_count = len(config.instruments)
        self.state.health = (1 << len(config.venues)) - 1
        for k, found in enumerate(table):
            self.state.venues[k] = config.instruments[k].venue
            self.state.candidate_count[k] = len(found)
            for n, c in enumerate(found):
                fill_candidate(
                    &self.state.candidates[k][n], c, k, config.instruments[c.instrument])

    def __dealloc__(self):
        free(self.state)
        free(self.views)

    def set_health(self, venue, ok) -> None:
        """A venue that is not healthy gets no new orders; cancels still go there."""
        route_set_health(self.state, venue, ok)

    def route(self, intent, tops) -> tuple:
        """(code, request). A cancel or replace stays on the intent's own instrument."""
        cdef tp_intent i
        cdef tp_request q
        cdef int32_t k, code
        i.kind, i.strategy, i.instrument = intent.kind, intent.strategy, intent.instrument
        i.side, i.type, i.time_in_force = intent.side, intent.type, intent.time_in_force
        i.flags, i.tag, i.at_ns = intent.flags, intent.tag, intent.at_ns
        i.price_ticks, i.quantity_lots = intent.price_ticks, intent.quantity_lots
        i.client_order_id = intent.client_order_id
        for k in range(self.state.instrument_count):
            self.views[k].top.status = tops[k].status
            self.views[k].top.bid_ticks = tops[k].bid_ticks
            self.views[k].top.ask_ticks = tops[k].ask_ticks
        code = route_pick(self.state, &i, self.views, &q)
        if code != TP_OK:
            return code, None
        return code, Request(
            q.kind, q.venue, q.instrument, q.strategy, q.side, q.type, q.time_in_force, q.flags,
            q.tag, q.price_ticks, q.quantity_lots, q.client_order_id, q.orig_client_order_id)

    def export_state(self) -> bytes:
        """Canonical state, see state.py."""
        return layout.pack(self.state.health)

    def import_state(self, data: bytes) -> None:
        """Raises DataError for a state that is not one of this stage."""
        self.state.health = layout.unpack(data, self.state.venue_count)
