"""Routing in plain Python: the venue with the least effective cost that can express the order."""

from collections.abc import Sequence
from fractions import Fraction

from tickpath.core.backend import Available
from tickpath.core.codes import Code
from tickpath.core.config import Config
from tickpath.core.records import (
    BookStatus,
    BookTop,
    Intent,
    IntentKind,
    OrderType,
    Request,
    Side,
)
from tickpath.hot.route import state
from tickpath.hot.route.table import candidates_of

PPM = 1_000_000
NS_PER_MS = 1_000_000
WORD_MAX = 2**63 - 1


def probe() -> Available:
    """Always there."""
    return Available(ok=True, reason="plain Python")


class Route:
    """Chooses a venue for a new order; owns their health."""

    def __init__(self, config: Config) -> None:
        self._config = config
        self._candidates = [[c.instrument for c in found] for found in candidates_of(config)]
        self._health = (1 << len(config.venues)) - 1

    def set_health(self, venue: int, ok: bool) -> None:
        """A venue that is not healthy gets no new orders; cancels still go there."""
        if 0 <= venue < len(self._config.venues):
            self._health = self._health | 1 << venue if ok else self._health & ~(1 << venue)

    def route(self, intent: Intent, tops: Sequence[BookTop]) -> tuple[int, Request | None]:
        """(code, request). A cancel or replace stays on the intent's own instrument."""
        home = intent.instrument
        if not 0 <= home < len(self._candidates):
            return Code.ROUTE_NO_VENUE, None
        if intent.kind != IntentKind.SUBMIT:
            return Code.OK, self._request(intent, home, intent.price_ticks, intent.quantity_lots)
        best: tuple[bool, Fraction, int, int, int] | None = None
        for index in self._candidates[home]:
            counts = self._convert(intent, index)
            if counts is None or not self._usable(index, tops[index]):
                continue
            cost = self._cost(intent, index, tops[index])
            if best is None or cost < best[:2]:
                best = (*cost, index, *counts)
        if best is None:
            return Code.ROUTE_NO_VENUE, None
        return Code.OK, self._request(intent, *best[2:])

    def _usable(self, index: int, top: BookTop) -> bool:
        """Whether the instrument's venue is healthy and its book good."""
        healthy = self._health >> self._config.instruments[index].venue & 1
        return bool(healthy) and top.status == BookStatus.OK

    def _convert(self, intent: Intent, index: int) -> tuple[int, int] | None:
        """Price and quantity in the candidate's steps, None when they do not fit its grid."""
        home, there = self._config.instruments[intent.instrument], self._config.instruments[index]
        ticks = Fraction(0)
        if intent.type != OrderType.MARKET:
            ticks = intent.price_ticks * Fraction(home.tick_size) / Fraction(there.tick_size)
        lots = intent.quantity_lots * Fraction(home.lot_size) * Fraction(home.multiplier)
        lots /= Fraction(there.lot_size) * Fraction(there.multiplier)
        if any(n.denominator != 1 or not 0 <= n <= WORD_MAX for n in (ticks, lots)):
            return None
        allowed = there.quantity_lots_min <= lots <= there.quantity_lots_max
        if index != intent.instrument and (not allowed or lots % there.order_step_lots):
            return None
        return int(ticks), int(lots)

    def _cost(self, intent: Intent, index: int, top: BookTop) -> tuple[bool, Fraction]:
        """Touch price with fee and latency in it, lower is better for either side; before it,
        whether there is no touch at all, which is worse than any cost."""
        instrument, route = self._config.instruments[index], self._config.route
        passive = intent.type == OrderType.POST_ONLY
        ppm = Fraction(instrument.maker_fee_ppm if passive else instrument.taker_fee_ppm)
        if instrument.venue < len(route.latency_ns):
            latency_ms = Fraction(route.latency_ns[instrument.venue], NS_PER_MS)
            ppm += latency_ms * route.latency_cost_ppm_per_ms
        buy = intent.side == Side.BUY
        touch = max(0, top.ask_ticks if buy else top.bid_ticks)
        price = touch * Fraction(instrument.tick_size)
        return touch == 0, price * (1 + ppm / PPM) if buy else -price * (1 - ppm / PPM)

    def _request(self, intent: Intent, index: int, ticks: int, lots: int) -> Request:
        cancel, replace = intent.kind == IntentKind.CANCEL, intent.kind == IntentKind.REPLACE
        return Request(
            kind=intent.kind,
            venue=self._config.instruments[index].venue,
            instrument=index,
            strategy=intent.strategy,
            side=intent.side,
            type=intent.type,
            time_in_force=intent.time_in_force,
            flags=intent.flags,
            tag=intent.tag,
            price_ticks=ticks,
            quantity_lots=lots,
            client_order_id=intent.client_order_id if cancel else 0,
            orig_client_order_id=intent.client_order_id if replace else 0,
        )

    def export_state(self) -> bytes:
        """Canonical state, see state.py."""
        return state.pack(self._health)

    def import_state(self, data: bytes) -> None:
        """Raises DataError for a state that is not one of this stage."""
        self._health = state.unpack(data, len(self._config.venues))
