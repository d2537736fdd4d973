"""Python handle of the native route stage: tests, shadow, mixed backends. No logic."""

from libc.stdint cimport int32_t
from libc.stdlib cimport calloc, free
from tickpath.core.codes cimport TP_OK
from tickpath.core.instruments cimport instrument_fill
from tickpath.core.records cimport (
    TP_INSTRUMENTS_MAX,
    TP_VENUES_MAX,
    tp_intent,
    tp_request,
    tp_view,
)

import struct

from tickpath.core.backend import Available
from tickpath.core.errors import ConfigError, VerificationError
from tickpath.core.records import Request
from tickpath.hot.route.table import candidates_of, latency_cost_ppm

STATE = struct.Struct("<II")
VERSION = 1


def probe() -> Available:
    """There when it was built."""
    return Available(ok=True, reason="compiled")


cdef class Route:
    """Chooses a venue for a new order; owns their health (canonical state: u32 1, u32 bits)."""

    def __cinit__(self, config):
        cdef int32_t k, n
        self.state = <RouteState*>calloc(1, sizeof(RouteState))
        self.views = <tp_view*>calloc(TP_INSTRUMENTS_MAX, sizeof(tp_view))
        if self.state == NULL or self.views == NULL:
            raise MemoryError
        self.instrument_count = len(config.instruments)
        for k, instrument in enumerate(config.instruments):
            instrument_fill(&self.state.instruments[k], instrument)
        for k, ppm in enumerate(latency_cost_ppm(config)):
            self.state.latency_ppm[k] = ppm
        for k, found in enumerate(candidates_of(config)):
            if len(found) > TP_VENUES_MAX:
                raise ConfigError(
                    f"{config.instruments[k].symbol}: {len(found)} instruments trade the same "
                    f"thing, at most {TP_VENUES_MAX}: leave some out")
            self.state.candidate_count[k] = len(found)
            for n, index in enumerate(found):
                self.state.candidates[k][n] = index
        self.state.health = (1 << len(config.venues)) - 1

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
        for k in range(self.instrument_count):
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
        """Canonical state: u32 version, u32 health bits."""
        return STATE.pack(VERSION, self.state.health)

    def import_state(self, data: bytes) -> None:
        """Raises VerificationError for a state that is not one of this stage."""
        if len(data) != STATE.size or STATE.unpack(data)[0] != VERSION:
            raise VerificationError("route state is torn or of another version")
        self.state.health = STATE.unpack(data)[1]
