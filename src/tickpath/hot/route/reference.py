"""Routing in plain Python: the venue with the least effective cost that can express the order."""

import struct
from collections.abc import Sequence

from tickpath.core.backend import Available
from tickpath.core.codes import Code
from tickpath.core.config import Config
from tickpath.core.errors import VerificationError
from tickpath.core.limits import LIMITS
from tickpath.core.records import (
    BookStatus,
    BookTop,
    Intent,
    IntentKind,
    OrderType,
    Request,
    Side,
)
from tickpath.hot.route.table import candidates_of, latency_cost_ppm

STATE = struct.Struct("<II")
VERSION = 1
PPM = 1_000_000


def probe() -> Available:
    """Always there."""
    return Available(ok=True, reason="plain Python")


class Route:
    """Chooses a venue for a new order; owns their health (canonical state: u32 1, u32 bits)."""

    def __init__(self, config: Config) -> None:
        self.instruments = config.instruments
        self.candidates = candidates_of(config)
        self.latency_ppm = latency_cost_ppm(config)
        self.health = (1 << len(config.venues)) - 1

    def set_health(self, venue: int, ok: bool) -> None:
        """A venue that is not healthy gets no new orders; cancels still go there."""
        if 0 <= venue < LIMITS["venues_max"]:
            self.health = self.health | 1 << venue if ok else self.health & ~(1 << venue)

    def healthy(self, instrument: int) -> bool:
        return bool(self.health >> self.instruments[instrument].venue & 1)

    def route(self, intent: Intent, tops: Sequence[BookTop]) -> tuple[int, Request | None]:
        """(code, request). A cancel or replace stays on the intent's own instrument."""
        home = intent.instrument
        if intent.kind != IntentKind.SUBMIT:
            return Code.OK, self.request(intent, home, intent.price_ticks, intent.quantity_lots)
        best, best_cost = None, 0
        for index in self.candidates[home]:
            if not self.healthy(index) or tops[index].status != BookStatus.OK:
                continue
            converted = self.convert(intent, home, index)
            if converted is None:
                continue
            cost = self.cost(intent, index, tops[index])
            if best is None or cost < best_cost:
                best, best_cost = (index, *converted), cost
        if best is None:
            return Code.ROUTE_NO_VENUE, None
        return Code.OK, self.request(intent, *best)

    def convert(self, intent: Intent, home: int, index: int) -> tuple[int, int] | None:
        """Price and quantity on the candidate's grid, None when they do not fit it."""
        if index == home:
            return intent.price_ticks, intent.quantity_lots
        a, b = self.instruments[home], self.instruments[index]
        ticks, off = divmod(intent.price_ticks * a.price_step_units, b.price_step_units)
        lots, part = divmod(intent.quantity_lots * a.quantity_step_units, b.quantity_step_units)
        if off or part or ticks >= 2**63 or lots >= 2**63:
            return None
        return ticks, lots

    def cost(self, intent: Intent, index: int, top: BookTop) -> int:
        """Touch price with fee and latency in it; lower is better for either side."""
        instrument = self.instruments[index]
        passive = intent.type == OrderType.POST_ONLY
        fee = instrument.maker_fee_ppm if passive else instrument.taker_fee_ppm
        ppm = fee + self.latency_ppm[instrument.venue]
        if intent.side == Side.BUY:
            return top.ask_ticks * instrument.price_step_units * (PPM + ppm)
        return -top.bid_ticks * instrument.price_step_units * (PPM - ppm)

    def request(self, intent: Intent, index: int, ticks: int, lots: int) -> Request:
        replace = intent.kind == IntentKind.REPLACE
        return Request(
            kind=intent.kind,
            venue=self.instruments[index].venue,
            instrument=index,
            strategy=intent.strategy,
            side=intent.side,
            type=intent.type,
            time_in_force=intent.time_in_force,
            flags=intent.flags,
            tag=intent.tag,
            price_ticks=ticks,
            quantity_lots=lots,
            client_order_id=intent.client_order_id if intent.kind == IntentKind.CANCEL else 0,
            orig_client_order_id=intent.client_order_id if replace else 0,
        )

    def export_state(self) -> bytes:
        return STATE.pack(VERSION, self.health)

    def import_state(self, data: bytes) -> None:
        """Raises VerificationError for a state that is not one of this stage."""
        if len(data) != STATE.size or STATE.unpack(data)[0] != VERSION:
            raise VerificationError("route state is torn or of another version")
        self.health = STATE.unpack(data)[1]
