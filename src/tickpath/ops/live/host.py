"""The one place where an engine meets the world: inputs in order, requests out, timers.

    market driver -> on_market_frame -> engine -> requests -> order drivers
    order driver  -> on_order_frame  -> engine -> requests -> order drivers

Everything on one thread, one loop. A due timer is delivered before any later input. A venue that
is not reconciled is closed to the engine's orders by a command, so that the journal knows it.
Worst case an input: the engine's walk and one dispatch of each request.
"""

import asyncio
import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum
from functools import partial
from typing import Any, Protocol

from tickpath.core.codes import Code
from tickpath.core.config import Config
from tickpath.core.records import OrderState
from tickpath.engine.commands import Command
from tickpath.hot.execute import layout
from tickpath.ops.live.compare import balances_differ, positions_differ
from tickpath.venues.order_steps import Call, Known, Standing, Verdict
from tickpath.venues.transport.base import wall_ns

NEVER = 2**63 - 1
NS_PER_S = 10**9
DRAIN_DECISIONS = 64
"""Requests after which the decision records are taken; an engine holds decisions_max of them."""

OVERDUE_NS = 5 * NS_PER_S
SETTLED = (OrderState.LIVE, OrderState.UNKNOWN)
"""States in which no request of the engine is on its way."""


class Policy(StrEnum):
    """What follows from a difference that reconciliation finds."""

    HALT = "halt"
    """The venue stays closed until a person has looked and starts again."""
    REPORT = "report"
    """It is told, and trading goes on."""
    ADOPT = "adopt"
    """Balances only: the venue's figure is the engine's from now on, booked as a transfer."""
    CANCEL = "cancel"
    """Orders only: an open order with an id of this engine that it does not know is cancelled."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Policies:
    """By kind of difference. Orders that are not this engine's are told of and left alone."""

    orders: Policy = Policy.CANCEL
    balances: Policy = Policy.REPORT
    positions: Policy = Policy.HALT


class Requests(Protocol):
    """Where a venue's requests go: its order driver."""

    def request(self, data: bytes) -> None: ...

    def spawn_call(self, call: Call) -> None: ...


@dataclass(slots=True)
class HostCounters:
    frames: int = 0
    reports: int = 0
    timers: int = 0
    requests: int = 0
    undelivered: int = 0
    differences: int = 0


@dataclass(slots=True)
class Host:
    """See the module. `baseline`: balances by venue name as they were found first, kept by whoever
    keeps the journal."""

    engine: Any
    policies: Policies = field(default_factory=Policies)
    alert: Callable[[str], None] = field(default=lambda _: None)
    baseline: dict[str, dict[str, Decimal]] = field(default_factory=dict)
    keep_baseline: Callable[[Mapping[str, Mapping[str, Decimal]]], None] = field(
        default=lambda _: None
    )
    counters: HostCounters = field(default_factory=HostCounters)
    desks: dict[int, Requests] = field(default_factory=dict)
    _bad: dict[tuple[int, int], int] = field(default_factory=dict, init=False)
    _undrained: int = field(default=0, init=False)
    _hash: Any = field(default_factory=partial(hashlib.blake2b, digest_size=8), init=False)
    _timer: asyncio.TimerHandle | None = field(default=None, init=False)
    _timer_ns: int = field(default=NEVER, init=False)

    @property
    def config(self) -> Config:
        """What the engine is built from."""
        config: Config = self.engine.config
        return config

    # -- inputs -----------------------------------------------------------------------------------

    def on_market_frame(self, source: int, data: bytes, t_ns: int) -> int:
        """One frame of a market-data connection. Returns its code."""
        engine = self.engine
        if engine.next_timer() <= t_ns:
            self._deliver(t_ns)
        code: int = engine.on_market_frame(source, data, t_ns)
        self.counters.frames += 1
        self._dispatch()
        return code

    def on_order_frame(self, venue: int, data: bytes, t_ns: int) -> None:
        """One frame of a venue's orders."""
        if self.engine.next_timer() <= t_ns:
            self._deliver(t_ns)
        code = self.engine.on_order_frame(venue, data, t_ns)
        self.counters.reports += 1
        if code != Code.OK:
            self._unread(venue, code)
        self._dispatch()

    def _unread(self, venue: int, code: int) -> None:
        """A frame of orders that the engine could not read: told at the 1st, 2nd, 4th, 8th ..."""
        count = self._bad[venue, code] = self._bad.get((venue, code), 0) + 1
        if count & (count - 1) == 0:
            name = self.config.venues[venue]
            self.alert(f"{name}: frames of orders with {Code(code).name}: {count}")

    def command(
        self, command: int, argument: int, detail: int = 0, words: tuple[int, ...] = ()
    ) -> int:
        """A command, at the time it comes."""
        t_ns = wall_ns()
        if self.engine.next_timer() <= t_ns:
            self._deliver(t_ns)
        code: int = self.engine.on_command(command, argument, t_ns, detail, words)
        self._dispatch()
        return code

    def restart(self, source: int, t_ns: int) -> int:
        """The connection of a source begins anew. Returns the command's code."""
        return self.command(Command.RESTART_SOURCE, source)

    def last_instrument(self) -> int:
        """Whose the last market frame was, -1 when it could not be told."""
        return int(self.engine.stages.feed.last_instrument)

    def waiting(self, instrument: int) -> bool:
        """Whether an instrument waits for a book."""
        return bool(self.engine.stages.feed.waiting(instrument))

    def _deliver(self, t_ns: int) -> None:
        """Timers that are due."""
        self.engine.on_timer(t_ns)
        self.counters.timers += 1
        self._dispatch()

    def _dispatch(self) -> None:
        """Requests of the last input to their venues, then the clock for the next timer."""
        out = self.engine.take_out()
        self._undrained += len(out)
        if self._undrained >= DRAIN_DECISIONS:
            self.drain()
        for venue, _, data in out:
            desk = self.desks.get(venue)
            self.counters.requests += 1
            if desk is None:
                self.counters.undelivered += 1
            else:
                desk.request(data)
        self.engine.catch_up()
        due_ns = self.engine.next_timer()
        if due_ns != self._timer_ns:
            self._schedule(due_ns)

    def drain(self) -> None:
        """Take the decision records out of the engine, whose room for them is bounded, into the
        hash over all of them."""
        self._undrained = 0
        self._hash.update(self.engine.take_decisions().tobytes())

    @property
    def decisions_hash(self) -> str:
        """BLAKE2b-64 over the decisions of this process, as a backtest has it."""
        self.drain()
        return str(self._hash.hexdigest())

    def _schedule(self, due_ns: int) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        self._timer_ns = due_ns
        if due_ns < NEVER:
            wait_s = max(0, due_ns - wall_ns()) / NS_PER_S
            self._timer = asyncio.get_running_loop().call_later(wait_s, self._fire)

    def _fire(self) -> None:
        self._timer, self._timer_ns = None, NEVER
        t_ns = wall_ns()
        if self.engine.next_timer() <= t_ns:
            self._deliver(t_ns)
        else:
            self._schedule(self.engine.next_timer())

    def close(self) -> None:
        """No timer is left."""
        self._schedule(NEVER)

    # -- venues -----------------------------------------------------------------------------------

    def on_venue(self, venue: int, up: bool, why: str) -> None:
        """A venue takes orders, or no longer."""
        name = self.config.venues[venue]
        self.alert(f"{name}: open for orders" if up else f"{name}: closed for orders: {why}")
        self.command(Command.VENUE_UP if up else Command.VENUE_DOWN, venue)
        if up and self.engine.stages.risk.killed:
            self.command(Command.KILL, 0)

    def known(self, venue: int) -> list[Known]:
        """The engine's orders at a venue, and ended ones whose fills may be missing."""
        execute = self.engine.stages.execute
        orders = [
            order
            for order in execute.orders()
            if order.venue == venue and order.state != OrderState.PARKED
        ]
        found = [_known(order, False) for order in orders]
        if not self._awaits(venue, orders):
            return found
        config = self.config
        image = layout.unpack(
            execute.export_state(),
            len(config.instruments),
            len(config.currencies),
            len(config.algorithms),
        )
        return found + [
            _known(ended.order, True)
            for ended in image.ended
            if ended.order.venue == venue and ended.awaited_lots
        ]

    def _awaits(self, venue: int, orders: list[Any]) -> bool:
        """Whether ended orders hold lots whose fills are missing: what is reserved is more than
        what is open. Saves the export of the state, which takes milliseconds."""
        open_lots = [0] * len(self.config.instruments)
        for order in orders:
            open_lots[order.instrument] += order.leaves_lots
        held = self.engine.stages.execute.positions
        return any(
            held[i.index].open_buy_lots + held[i.index].open_sell_lots != open_lots[i.index]
            for i in self.config.instruments
            if i.venue == venue
        )

    def overdue(self, venue: int) -> list[Known]:
        """Orders that should have been heard of since, and ended ones whose fills are missing."""
        before_ns = wall_ns() - OVERDUE_NS
        return [
            order
            for order in self.known(venue)
            if order.ended or (order.state in SETTLED and order.t_sent_ns < before_ns)
        ]

    def on_found(self, venue: int, standing: Standing, last: bool) -> Verdict:
        """Compare, act by policy, and say whether orders may leave. A difference counts in the last
        look only: orders that stand open may be filled between a venue's answers."""
        name = self.config.venues[venue]
        wrong = positions_differ(self.engine, venue, standing.positions)
        first = self.baseline.get(name)
        if not last and (
            wrong or (first and balances_differ(self.engine, venue, standing.money, first))
        ):
            return Verdict.AGAIN
        trusted = self._strays(venue, name, standing)
        for difference in wrong:
            self._tell(f"{name}: position of {difference}")
        if wrong and self.policies.positions is Policy.HALT:
            trusted = False
        trusted = self._balances(venue, name, standing.money) and trusted
        return Verdict.GO if trusted else Verdict.STOP

    def _strays(self, venue: int, name: str, standing: Standing) -> bool:
        """Open orders that the engine does not know."""
        trusted = True
        for stray in standing.strays:
            if not stray.ours:
                self.alert(f"{name}: an open order of {stray.symbol} is not this engine's: left")
                continue
            self._tell(f"{name}: open order {stray.name} of {stray.symbol} is unknown here")
            if self.policies.orders is Policy.CANCEL and stray.cancel is not None:
                self.desks[venue].spawn_call(stray.cancel)
            elif self.policies.orders is Policy.HALT:
                trusted = False
        return trusted

    def _balances(self, venue: int, name: str, said: Mapping[str, Decimal]) -> bool:
        """The first balances are where the account begins; later ones are compared."""
        if name not in self.baseline:
            self.baseline[name] = dict(said)
            self.keep_baseline(self.baseline)
            return True
        wrong = balances_differ(self.engine, venue, said, self.baseline[name])
        for difference in wrong:
            self._tell(f"{name}: balance of {difference}")
        if wrong and self.policies.balances is Policy.ADOPT:
            for difference in wrong:
                change = difference.venue - difference.engine
                first = self.baseline[name].get(difference.what, Decimal(0))
                self.baseline[name][difference.what] = first + change
                self._transfer(difference.what, change)
            self.keep_baseline(self.baseline)
        return not wrong or self.policies.balances is not Policy.HALT

    def _transfer(self, asset: str, amount: Decimal) -> None:
        """Money came or went by another way than trading."""
        for index, currency in enumerate(self.config.currencies):
            if currency.name == asset:
                self.command(Command.TRANSFER, index, 0, (int(amount.scaleb(currency.decimals)),))

    def _tell(self, text: str) -> None:
        self.counters.differences += 1
        self.alert(text)


def _known(order: Any, ended: bool) -> Known:
    return Known(
        client_order_id=order.client_order_id,
        instrument=order.instrument,
        state=order.state,
        quantity_lots=order.quantity_lots,
        filled_lots=order.filled_lots,
        venue_order_id=order.venue_order_id,
        t_sent_ns=order.t_sent_ns,
        ended=ended,
    )
