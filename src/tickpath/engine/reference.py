"""The walk in plain Python: read this first.

Bytes in, order bytes out, eight verbs in order. `native.pyx` does the same fused and without the
GIL; both give the same decisions, bytes and state. Any stage handle may be of any backend
(`mixed.py`). Worst case: about 100 us an event; nothing here is meant to be fast.
"""

import math
import struct
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from tickpath.core.backend import Backend
from tickpath.core.codes import Code
from tickpath.core.config import Config
from tickpath.core.limits import LIMITS
from tickpath.core.records import (
    Bbo,
    BookStatus,
    BookTop,
    EventKind,
    InputKind,
    Intent,
    IntentKind,
    MarketEvent,
    OpenOrder,
    Order,
    Request,
    Trade,
    View,
)
from tickpath.engine import state
from tickpath.engine.commands import MONEY_COMMANDS, Command, command_bytes
from tickpath.engine.money_commands import apply_money
from tickpath.engine.policy import stale_intents
from tickpath.engine.stages import Stages, build_stages
from tickpath.hot import STAGES
from tickpath.hot.risk.context import RiskContext

RECORD_OUT = 6
SOURCE = struct.Struct("<ii")


def empty_view(instrument: int) -> View:
    """The view of an instrument before its first event."""
    return View(
        strategy=0, instrument=instrument, event=EventKind.NONE, now_ns=0, seq=0, top=BookTop(),
        bbo=Bbo(), trade=Trade(0, 0, 0, 0), position_lots=0, open_buy_lots=0, open_sell_lots=0,
        orders=[], features=[], score=None, timer_tag=0, order=None, fill_ticks=0, fill_lots=0,
        params_i=[], params_f=[], random=0,
    )  # fmt: skip


def given_back(intent: Intent, order: Order | None, leaves_lots: int) -> int:
    """Lots a REPLACE gives back: those open of an order of its own instrument, side, strategy."""
    if intent.kind != IntentKind.REPLACE or order is None:
        return 0
    same = (order.instrument, order.side, order.strategy) == (
        intent.instrument,
        intent.side,
        intent.strategy,
    )
    return leaves_lots if same else 0


def mid_twice(top: BookTop) -> int:
    """Bid plus ask in ticks, 0 while the book is not OK or has one side only."""
    both = top.bid_ticks > 0 and top.ask_ticks > 0
    return top.bid_ticks + top.ask_ticks if both and top.status == BookStatus.OK else 0


class Engine:
    """A pure state machine: reads no clock, socket, file or random source."""

    def __init__(self, config: Config, journal: Any = None, stages: Stages | None = None) -> None:
        self.config = config
        self.journal = journal
        self.stages = stages or build_stages(config, dict.fromkeys(STAGES, Backend.REFERENCE))
        self.views = [empty_view(i.index) for i in config.instruments]
        self.rows = [[math.nan] * len(specs) for specs in self.stages.columns]
        self.levels = self.stages.levels
        self.last_market_ns = [0] * len(self.views)
        self.seq = 0
        self.now_ns = 0
        self.halted = False
        self.codes: Counter[int] = Counter()
        self.out: list[tuple[int, int, bytes]] = []

    # -- inputs ---------------------------------------------------------------------------------

    def on_market_frame(self, source: int, data: bytes, t_ns: int) -> int:
        """One frame of a market-data connection. Returns its code."""
        if len(data) > LIMITS["frame_bytes_max"]:
            return self._refuse()
        self._enter(InputKind.MARKET, source, data, t_ns)
        code, events = self.stages.feed.on_frame(source, data, self.now_ns)
        for event in events:
            code = self._book(event)
            if code != Code.OK:
                break
        if code == Code.OK:
            self._think(events[-1])
        elif code == Code.FEED_GAP:
            self._lose_book(self.stages.feed.last_instrument)
        return self._leave(code)

    def on_order_frame(self, venue: int, data: bytes, t_ns: int) -> int:
        """One frame of an order connection: acks, fills, rejects. Returns its code."""
        if len(data) > LIMITS["frame_bytes_max"]:
            return self._refuse()
        self._enter(InputKind.ORDER, venue, data, t_ns)
        code, reports = self.stages.execute.decode(venue, data)
        for report in reports:
            update = self.stages.execute.apply(report, self.seq, self.now_ns)
            self.codes[update.code] += update.code != Code.OK
            if update.strategy >= 0 and update.order is not None:
                view = self._view(update.instrument, EventKind.ORDER)
                view.order = update.order
                view.fill_ticks, view.fill_lots = update.fill_ticks, update.fill_lots
                self._decide(view, only=update.strategy)
        return self._leave(code)

    def on_timer(self, t_ns: int) -> int:
        """Delivers every timer that is due at `t_ns`."""
        self._enter(InputKind.TIMER, 0, b"", t_ns)
        for _ in range(LIMITS["timers_max"]):
            due = self.stages.strategy.pop_timer(self.now_ns)
            if due is None:
                break
            strategy, instrument, tag = due
            view = self._view(instrument, EventKind.TIMER)
            view.timer_tag = tag
            self._decide(view, only=strategy)
        return self._leave(Code.OK)

    def on_command(
        self, command: Command, argument: int, t_ns: int, words: Sequence[int] = ()
    ) -> int:
        """A person's or supervisor's order to the engine: kill, rearm, venue health, money."""
        self._enter(InputKind.COMMAND, 0, command_bytes(command, argument, words), t_ns)
        if command in MONEY_COMMANDS:
            money = self.stages.execute.money
            return self._leave(apply_money(money, command, argument, words, self.now_ns))
        if command == Command.KILL:
            self.stages.risk.kill()
            self.stages.execute.drop_held()
            for instrument in range(len(self.views)):
                self._cancel_open("cancel", instrument)
        elif command == Command.REARM and not self.halted:
            self.stages.risk.rearm()
        elif command in (Command.VENUE_UP, Command.VENUE_DOWN):
            self.stages.route.set_health(argument, command == Command.VENUE_UP)
        return self._leave(Code.OK)

    def next_timer(self) -> int:
        """When `on_timer` is wanted, 2**63 - 1 when never."""
        return int(self.stages.strategy.next_timer())

    # -- the walk -------------------------------------------------------------------------------

    def _book(self, event: MarketEvent) -> int:
        """feed -> book: one event into the records of its instrument."""
        view = self.views[event.instrument]
        self.last_market_ns[event.instrument] = self.now_ns
        if event.kind == EventKind.BBO:
            bid, ask = event.bids[0], event.asks[0]
            view.bbo = Bbo(event.last_id, self.now_ns, *bid, *ask)
        if event.kind not in (EventKind.DEPTH, EventKind.SNAPSHOT):
            return Code.OK
        book = self.stages.books[event.instrument]
        snapshot = event.kind == EventKind.SNAPSHOT
        code = int(book.snapshot(event) if snapshot else book.apply(event))
        if code != Code.OK:
            self.stages.feed.invalidate(event.instrument)
            self._lose_book(event.instrument)
        return code

    def _think(self, event: MarketEvent) -> None:
        """book -> features -> model -> strategy ..., once a message, a trade at a time."""
        instrument = event.instrument
        for trade in event.trades or (None,):
            view = self._view(instrument, event.kind)
            if trade is not None:
                view.trade = trade
            row = self.stages.features[instrument].update(
                event.kind, self.now_ns, view.top, view.bbo, view.trade
            )
            self.rows[instrument] = row
            code, score = self.stages.models[instrument].score(row)
            view.score = score if code == Code.OK else None
            self._decide(view)
        if self.views[instrument].top.status != BookStatus.OK:
            self._cancel_open(self.config.stale_policy, instrument)

    def _decide(self, view: View, only: int = -1) -> None:
        """strategy -> risk -> route -> execute."""
        own = self._own(view.instrument)
        code, intents = self.stages.strategy.evaluate(view, self.rows[view.instrument], own, only)
        self.codes[code] += code != Code.OK
        self._act(intents)

    def _act(self, intents: list[Intent]) -> None:
        """risk -> route -> execute. Nothing reaches a venue by another way."""
        if not intents:
            return
        context = self._risk_context(intents)
        verdicts = self.stages.risk.validate(intents, context)
        routed = [
            self._route_one(intent, context) if code == Code.OK else (code, None)
            for intent, code in zip(intents, verdicts, strict=True)
        ]
        for code, request in routed:
            if request is not None and code == Code.OK:
                code = self.stages.execute.send(request, self.seq, self.now_ns)
            self.codes[code] += code != Code.OK

    def _route_one(self, intent: Intent, context: RiskContext) -> tuple[int, Request | None]:
        """A venue for an allowed intent. Risk is asked again on the instrument a router chose
        instead: routing is no way around a limit."""
        code, request = self.stages.route.route(intent, context.tops)
        if request is None or request.instrument == intent.instrument:
            return code, request
        moved = replace(
            intent,
            instrument=request.instrument,
            price_ticks=request.price_ticks,
            quantity_lots=request.quantity_lots,
        )
        return int(self.stages.risk.validate_moved(intent, moved, context)), request

    # -- records the verbs read -----------------------------------------------------------------

    def _refuse(self) -> int:
        """A frame that is too long is counted and is no input: it fits no buffer and no journal."""
        self.codes[Code.FEED_OVERSIZED] += 1
        return Code.FEED_OVERSIZED

    def _enter(self, kind: InputKind, source: int, data: bytes, t_ns: int) -> None:
        """Number the input, lift its stamp, journal it before anything else happens."""
        self.seq += 1
        self.codes[Code.ENGINE_CLOCK] += t_ns < self.now_ns
        self.now_ns = max(self.now_ns, t_ns)
        self.out = []
        self._journal(kind, source, data)

    def _leave(self, code: int) -> int:
        """Journal what is about to leave; a full journal halts trading and nothing leaves."""
        self.codes[code] += 1
        if self.stages.execute.money.stopped and not self.halted:
            self._halt(Code.EXECUTE_LEDGER)
        self.out = self.stages.execute.take_out()
        for venue, _, data in self.out:
            self._journal(RECORD_OUT, venue, data)
        if self.halted:
            self.out = []
        return code

    def _journal(self, kind: int, source: int, data: bytes) -> None:
        if self.journal is None or self.halted:
            return
        head = SOURCE.pack(source, 0)
        if self.journal.append(kind, self.seq, self.now_ns, head + data) != Code.OK:
            self._halt(Code.ENGINE_JOURNAL_FULL)

    def _halt(self, code: int) -> None:
        """Nothing leaves any more and nothing is journalled."""
        self.halted = True
        self.codes[code] += 1
        self.stages.risk.kill()
        self.stages.execute.drop_held()

    def _view(self, instrument: int, event: EventKind | int) -> View:
        """The instrument's view with everything but the strategy's own part filled in."""
        view = self.views[instrument]
        position = self.stages.execute.positions[instrument]
        view.event, view.now_ns, view.seq = event, self.now_ns, self.seq
        view.top = self.stages.books[instrument].top(self.levels[instrument])
        view.position_lots = position.position_lots
        view.open_buy_lots, view.open_sell_lots = position.open_buy_lots, position.open_sell_lots
        view.order, view.fill_ticks, view.fill_lots, view.timer_tag = None, 0, 0, 0
        return view

    def _own(self, instrument: int) -> list[list[OpenOrder]]:
        execute = self.stages.execute
        return [execute.own(s, instrument) for s in range(len(self.config.strategies))]

    def _risk_context(self, intents: list[Intent]) -> RiskContext:
        """Everything risk may read, sampled once for the whole batch."""
        mids2 = [mid_twice(view.top) for view in self.views]
        execute = self.stages.execute
        live = {o.client_order_id: o for o in execute.orders()}
        return RiskContext(
            now_ns=self.now_ns,
            positions=list(execute.positions),
            tops=[view.top for view in self.views],
            bbos=[view.bbo for view in self.views],
            last_trade_ticks=[view.trade.price_ticks for view in self.views],
            last_market_ns=self.last_market_ns,
            equity_units=[
                execute.equity_units(c, mids2) for c in range(len(self.config.currencies))
            ],
            replaced_lots=[
                given_back(i, live.get(i.client_order_id), execute.leaves(i.client_order_id))
                for i in intents
            ],
        )

    def _lose_book(self, instrument: int) -> None:
        """The book cannot be trusted: tell strategies, treat open orders by the stale policy."""
        self.stages.books[instrument].clear(BookStatus.STALE)
        self._decide(self._view(instrument, EventKind.STATUS))
        self._cancel_open(self.config.stale_policy, instrument)

    def _cancel_open(self, policy: str, instrument: int) -> None:
        lots = self.stages.execute.positions[instrument].position_lots
        self._act(stale_intents(policy, instrument, lots, self._own(instrument)))

    # -- results --------------------------------------------------------------------------------

    def take_out(self) -> list[tuple[int, int, bytes]]:
        """(venue, client order id, bytes) of the last input's requests."""
        return self.out

    def take_decisions(self) -> np.ndarray:
        """Decision records since the last call."""
        decisions: np.ndarray = self.stages.execute.take_decisions()
        return decisions

    def export_state(self) -> bytes:
        """Canonical state, the same bytes on every backend."""
        memories = [
            state.Memory(v.bbo, v.trade, ns, math.nan if v.score is None else v.score, row)
            for v, ns, row in zip(self.views, self.last_market_ns, self.rows, strict=True)
        ]
        parts = [handle.export_state() for handle in state.parts_of(self.stages)]
        return state.join(self.seq, self.now_ns, self.halted, memories, parts)

    def import_state(self, data: bytes) -> None:
        """Continue from a state exported by any backend under the same configuration."""
        self.seq, self.now_ns, self.halted, memories, parts = state.split(data)
        for index, memory in enumerate(memories):
            view = self.views[index]
            view.bbo, view.trade = memory.bbo, memory.trade
            view.score = None if math.isnan(memory.score) else memory.score
            self.last_market_ns[index], self.rows[index] = memory.last_market_ns, memory.row
        for handle, part in zip(state.parts_of(self.stages), parts, strict=True):
            handle.import_state(part)
