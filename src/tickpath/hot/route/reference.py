"""Routing in plain Python: the venue with the least effective cost that can express the order, or
the best split over several venues, whose children are followed until they are done."""

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
    OrderUpdate,
    Request,
    Side,
)
from tickpath.hot.route import Plan, state
from tickpath.hot.route.flow import Flow
from tickpath.hot.route.parents import Child, Parents
from tickpath.hot.route.planner import FLAGS_STAY, Market, plan_legs
from tickpath.hot.route.table import candidates_of

PPM = 1_000_000
NS_PER_MS = 1_000_000
WORD_MAX = 2**63 - 1


def probe() -> Available:
    """Always there."""
    return Available(ok=True, reason="plain Python")


class Route:
    """Chooses venues for a new order; owns their health, their tokens and the children."""

    def __init__(self, config: Config) -> None:
        self._config = config
        self._table = candidates_of(config)
        self._candidates = [[c.instrument for c in found] for found in self._table]
        self._health = (1 << len(config.venues)) - 1
        self._tokens = [-1] * len(config.venues)
        self._flows = [Flow() for _ in config.instruments]
        self._parents = Parents()

    def set_health(self, venue: int, ok: bool) -> None:
        """A venue that is not healthy gets no new orders; cancels still go there."""
        if 0 <= venue < len(self._config.venues):
            self._health = self._health | 1 << venue if ok else self._health & ~(1 << venue)

    def route(self, intent: Intent, tops: Sequence[BookTop]) -> tuple[int, Request | None]:
        """(code, request). A cancel or replace stays on the intent's own instrument, a linked
        order beside its partners, what only reduces where the position is."""
        home = intent.instrument
        if not 0 <= home < len(self._candidates):
            return Code.ROUTE_NO_VENUE, None
        if intent.kind != IntentKind.SUBMIT:
            return Code.OK, self._request(intent, home, intent.price_ticks, intent.quantity_lots)
        best: tuple[bool, Fraction, int, int, int] | None = None
        for index in self._candidates[home]:
            if index != home and (intent.link or intent.flags & FLAGS_STAY):
                continue
            counts = self._convert(intent, index)
            if counts is None or not self.usable(index, tops):
                continue
            cost = self._cost(intent, index, tops[index])
            if best is None or cost < best[:2]:
                best = (*cost, index, *counts)
        if best is None:
            return Code.ROUTE_NO_VENUE, None
        return Code.OK, self._request(intent, *best[2:])

    def usable(self, instrument: int, tops: Sequence[BookTop]) -> bool:
        """Whether new orders may go to an instrument: its venue is healthy and its book good."""
        healthy = self._health >> self._config.instruments[instrument].venue & 1
        return bool(healthy) and tops[instrument].status == BookStatus.OK

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
            link=intent.link,
            role=intent.role,
            expire_ns=intent.expire_ns,
        )

    # -- children -------------------------------------------------------------------------------

    def splits(self, intent: Intent) -> bool:
        """Whether `plan` routes this intent, not `route`."""
        if not self._config.route.split or intent.kind != IntentKind.SUBMIT or intent.link:
            return False
        home = intent.instrument
        return 0 <= home < len(self._table) and len(self._table[home]) > 1

    def plan(
        self,
        intent: Intent,
        tops: Sequence[BookTop],
        now_ns: int,
        excluded: int = 0,
        units: int = 0,
    ) -> tuple[int, Plan | None]:
        """(code, children); with `units` one child of that quantity. Decides, changes nothing."""
        home = intent.instrument
        if not 0 <= home < len(self._table) or intent.side not in (Side.BUY, Side.SELL):
            return int(Code.ROUTE_NO_VENUE), None
        found = self._table[home]
        own = next(c for c in found if c.instrument == home)
        market = Market(
            self._config, found, tops, self._flows, self._health, self._tokens, now_ns
        )  # fmt: skip
        wanted = units if units > 0 else intent.quantity_lots * own.lot_units
        code, legs, split = plan_legs(market, intent, wanted, excluded, units > 0)
        if split is None:
            return code, None
        plan = Plan(wanted, split.cost, split.exact, [], [])
        for leg, part in zip(legs, split.units, strict=True):
            if part:
                request = self._request(intent, leg.instrument, leg.ticks, part // leg.lot_units)
                plan.children.append(request)
                plan.units.append(part)
        return int(Code.OK), plan

    def open_parent(self, intent: Intent, plan: Plan, verdicts: Sequence[int]) -> int:
        """The row that follows these children; those with a verdict are dropped; -1: full."""
        row = self._parents.open(intent, plan.total_units)
        if row < 0:
            return -1
        for request, units, verdict in zip(plan.children, plan.units, verdicts, strict=True):
            refused = verdict != Code.OK
            lot_units = units // request.quantity_lots
            self._parents.parent(row).children.append(
                Child(
                    0, request.instrument, request.venue, lot_units, 0,
                    0 if refused else units, units if refused else 0,
                )
            )  # fmt: skip
            if not refused:
                self._spend(request.venue)
        return row

    def sent(self, row: int, k: int, client_order_id: int) -> None:
        """Child k left under this id; 0: it did not leave."""
        self._parents.sent(row, k, client_order_id)

    def on_update(self, update: OrderUpdate) -> tuple[int, int] | None:
        """Follow an order report; (row, child) of a child that may move."""
        return self._parents.apply(update)

    def move_intent(self, row: int, k: int) -> tuple[Intent, int, int]:
        """(the parent as an intent, units to move, venues that refused) of a refused child."""
        p = self._parents.parent(row)
        intent = Intent(
            kind=IntentKind.SUBMIT,
            strategy=p.strategy,
            instrument=p.instrument,
            side=p.side,
            type=p.type,
            time_in_force=p.time_in_force,
            flags=p.flags,
            tag=p.tag,
            price_ticks=p.price_ticks,
            expire_ns=p.expire_ns,
        )
        return intent, p.children[k].open_units, p.refused

    def moved(self, row: int, k: int, plan: Plan, client_order_id: int) -> None:
        """Child k is now the only child of `plan`, under this id."""
        (request,), (units,) = plan.children, plan.units
        venue = (request.instrument, request.venue, units // request.quantity_lots)
        self._parents.moved(row, k, venue, client_order_id)
        self._spend(request.venue)

    def drop(self, row: int, k: int) -> None:
        """Nobody works on what is open of child k any more."""
        self._parents.drop(row, k)

    def end(self, client_order_id: int) -> None:
        """A child was replaced: its order is gone, the new one is no child."""
        self._parents.end(client_order_id)

    def on_trade(self, instrument: int, aggressor: int, lots: int, now_ns: int) -> None:
        """Count a trade of an instrument."""
        if 0 <= instrument < len(self._flows):
            self._flows[instrument].add(aggressor, lots, now_ns, self._config.route.flow_ns)

    def set_tokens(self, venue: int, tokens: int) -> None:
        """Orders that the venue still takes; below 0: no limit known."""
        if 0 <= venue < len(self._tokens):
            self._tokens[venue] = max(-1, tokens)

    def _spend(self, venue: int) -> None:
        """One order for the venue."""
        if self._tokens[venue] > 0:
            self._tokens[venue] -= 1

    def parents(self) -> list[tuple[int, int, int, int, int]]:
        """(number, total, filled, open, dropped) of every parent in the table."""
        return [
            (p.number, p.total_units, p.filled_units, p.open_units, p.dropped_units)
            for p in self._parents.rows
            if p is not None
        ]

    # -- state ----------------------------------------------------------------------------------

    def export_state(self) -> bytes:
        """Canonical state, see state.py."""
        table = self._parents
        rows = {row: p for row, p in enumerate(table.rows) if p is not None}
        return state.pack(
            state.Image(
                self._health, table.made, table.cursor, self._tokens, self._flows, rows
            )
        )  # fmt: skip

    def import_state(self, data: bytes) -> None:
        """Raises DataError for a state that is not one of this stage."""
        image = state.unpack(data, len(self._config.venues), self._table)
        self._health, self._tokens, self._flows = image.health, image.tokens, image.flows
        table = Parents()
        table.made, table.cursor = image.made, image.cursor
        for row, parent in image.rows.items():
            table.rows[row] = parent
            for k, child in enumerate(parent.children):
                if child.client_order_id:
                    table.places[child.client_order_id] = (row, k)
        self._parents = table
