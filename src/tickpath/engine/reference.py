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
from tickpath.core.errors import ConfigError, DataError
from tickpath.core.limits import LIMITS
from tickpath.core.records import (
    POSITION_LONG,
    POSITION_SHORT,
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
    OrderState,
    OrderUpdate,
    Report,
    ReportKind,
    Request,
    Side,
    Trade,
    View,
)
from tickpath.engine import state
from tickpath.engine.commands import LIMITS_VALUE, ORDER_MASK, Command, command_bytes
from tickpath.engine.money_commands import WORDS, apply_money
from tickpath.engine.policy import stale_intents
from tickpath.engine.split import (
    SplitOrder,
    follow,
    hand_over_tokens,
    plan_split,
    send_split,
)
from tickpath.engine.stages import Stages, build_stages
from tickpath.hot import STAGES
from tickpath.hot.execute.hedge import closes_leg
from tickpath.hot.execute.position import GUARD
from tickpath.hot.execute.working import park_code, parks, probe_of
from tickpath.hot.risk.context import RiskContext
from tickpath.hot.risk.control.reference import (
    WATCH_PORTFOLIO,
    WATCH_STRATEGIES,
    WATCH_TOTAL,
)
from tickpath.hot.risk.control.spec import ControlEvent, On
from tickpath.hot.risk.control.state import SWEEP_CANCEL, SWEEP_NONE
from tickpath.hot.risk.portfolio.state import ANSWER, snapshot_size
from tickpath.lanes.ring import RingWriter
from tickpath.lanes.slot import Slot

RECORD_OUT = 6
SLOT_LIMITS, SLOT_ANSWERS, SLOT_SCORES = 0, 1, 2
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
    """Lots a REPLACE gives back: those open of an order of its own instrument, side, strategy and
    leg."""
    if intent.kind != IntentKind.REPLACE or order is None or order.state == OrderState.PARKED:
        return 0
    same = (order.instrument, order.side, order.strategy) == (
        intent.instrument,
        intent.side,
        intent.strategy,
    )
    leg = (order.flags ^ intent.flags) & (POSITION_LONG | POSITION_SHORT)
    return leaves_lots if same and not leg else 0


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
        self._limits_slot: Slot | None = None
        self._portfolio_slots: tuple[Slot, Slot] | None = None

    # -- inputs ---------------------------------------------------------------------------------

    def on_market_frame(self, source: int, data: bytes, t_ns: int) -> int:
        """One frame of a market-data connection. Returns its code."""
        if len(data) > LIMITS["frame_bytes_max"]:
            return self._refuse()
        self._enter(InputKind.MARKET, source, data, t_ns)
        code = self._market(*self.stages.feed.on_frame(source, data, self.now_ns))
        while (found := self.stages.feed.on_next()) is not None:
            further = self._market(*found)
            code, counted = (further, code) if code == Code.OK else (code, further)
            self.codes[counted] += 1
        return self._leave(code)

    def _market(self, code: int, events: list[MarketEvent]) -> int:
        """One event of a frame, and what a snapshot let out of the buffer; its code."""
        if code != Code.OK:
            self._lose_books()
            return code
        for event in events:
            code = self._book(event)
            if code != Code.OK:
                return code
        self._market_watched(events[-1].instrument)
        self._think(events[-1])
        return code

    def _lose_books(self) -> None:
        """Books whose next change the feed cannot know: those of the event it refused."""
        for instrument in self.stages.feed.lost:
            self._gap_watched(instrument)
            self._lose_book(instrument)

    def on_order_frame(self, venue: int, data: bytes, t_ns: int) -> int:
        """One frame of an order connection: acks, fills, rejects. Returns its code."""
        if len(data) > LIMITS["frame_bytes_max"]:
            return self._refuse()
        self._enter(InputKind.ORDER, venue, data, t_ns)
        code, reports = self.stages.execute.decode(venue, data)
        for report in reports:
            before = self._report_before(report)
            update = self.stages.execute.apply(report, self.seq, self.now_ns)
            self._report_watched(update, *before)
            self.codes[update.code] += update.code != Code.OK
            if self.config.route.split:
                if report.kind == ReportKind.REPLACE_ACK:
                    self.stages.route.end(report.orig_client_order_id)
                venues = len(self.config.venues)
                follow(self.stages, venues, update, self._risk_context, self.seq, self.codes)
            if update.strategy >= 0 and update.order is not None:
                self._work(update.instrument)
                self._tell(update)
            if self.stages.risk.killed and not self.halted:
                self._cancel_late(update)
        self._notify()
        return self._leave(code)

    def _cancel_late(self, update: OrderUpdate) -> None:
        """What a report shows open after a kill is cancelled. A refused cancel is not sent again
        by itself, or a venue that always refuses would be asked without end."""
        if update.strategy >= 0 and update.report != ReportKind.CANCEL_REJECT:
            self._cancel_open("cancel", update.instrument)

    def on_timer(self, t_ns: int) -> int:
        """Delivers every timer that is due at `t_ns`."""
        self._enter(InputKind.TIMER, 0, b"", t_ns)
        self.stages.execute.expire(self.seq, self.now_ns)
        for instrument in range(len(self.views)):
            self._work(instrument)
        self._notify()
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
        self, command: int, argument: int, t_ns: int, detail: int = 0, words: Sequence[int] = ()
    ) -> int:
        """A person's or supervisor's order to the engine, see `Command`. Returns its code."""
        payload = command_bytes(command, argument, detail, words)
        self._enter(InputKind.COMMAND, 0, payload, t_ns)
        if command in WORDS:
            money = self.stages.execute.money
            code = apply_money(money, Command(command), argument, words, self.now_ns)
        elif command in (Command.PAUSE_ORDER, Command.RESUME_ORDER):
            code = self._pause_order(argument, command == Command.PAUSE_ORDER)
        else:
            code = self._command(command, argument, detail)
        self._sweep()
        return self._leave(code)

    def _pause_order(self, argument: int, paused: bool) -> int:
        """Pause or resume the parent of clips; what that makes due goes out at once."""
        code = int(self.stages.execute.pause(argument & ORDER_MASK, paused))
        for instrument in range(len(self.views)):
            self._work(instrument)
        self._notify()
        return code

    def _command(self, command: int, argument: int, detail: int) -> int:
        """A command to the stage it is for. ENGINE_COMMAND: it names nothing there is."""
        control = self.stages.control
        if command == Command.KILL:
            self.stages.risk.kill()
            control.sweep_all()
        elif command == Command.REARM:
            if self.halted:
                return Code.ENGINE_HALTED
            self.stages.risk.rearm()
        elif command in (Command.VENUE_UP, Command.VENUE_DOWN):
            if not 0 <= argument < len(self.config.venues):
                return Code.ENGINE_COMMAND
            self.stages.route.set_health(argument, command == Command.VENUE_UP)
            self.stages.risk.set_venue(argument, command == Command.VENUE_UP)
        elif command in (Command.PAUSE_STRATEGY, Command.RESUME_STRATEGY):
            return int(control.pause(True, argument, command == Command.PAUSE_STRATEGY))
        elif command in (Command.PAUSE_INSTRUMENT, Command.RESUME_INSTRUMENT):
            return int(control.pause(False, argument, command == Command.PAUSE_INSTRUMENT))
        elif command == Command.REARM_BREAKER:
            return int(control.rearm(argument, self.now_ns))
        elif command == Command.RESET_DRAWDOWN:
            return int(control.reset(argument))
        elif command == Command.SET_LIMIT:
            return int(control.set_limit(detail & 255, (detail >> 8) - 1, argument))
        elif command == Command.SET_REFERENCE:
            return int(self.stages.risk.set_reference(detail, argument))
        elif command == Command.RESTART_SOURCE:
            code = int(self.stages.feed.restart(argument))
            self._lose_books()
            self._notify()
            return code
        else:
            return Code.ENGINE_COMMAND
        return Code.OK

    def attach_limits(self, slot: Slot) -> None:
        """Sample this slot at the entry of every input; it holds a `LIMITS_VALUE`."""
        if slot.value_bytes != LIMITS_VALUE.size:
            raise ConfigError(
                f"limits slot: {slot.value_bytes} bytes of value, not {LIMITS_VALUE.size}"
            )
        self._limits_slot = slot

    def on_limits(self, value: bytes, t_ns: int) -> int:
        """A value of the limits slot as a journal recorded it. Returns its code."""
        if len(value) != LIMITS_VALUE.size:
            raise DataError(f"limits: {len(value)} bytes, not {LIMITS_VALUE.size}")
        self._limits_input(value, t_ns)
        return Code.OK

    def attach_portfolio(self, snapshots: Slot, answers: Slot) -> None:
        """Leave a snapshot once an interval of the grid, and sample the answers at the entry of
        every input."""
        size = snapshot_size(len(self.config.instruments))
        if not self.stages.portfolio.on:
            raise ConfigError("[portfolio] has no grid_ns: there is nothing to attach to")
        if (snapshots.value_bytes, answers.value_bytes) != (size, ANSWER.size):
            raise ConfigError(
                f"portfolio slots: {snapshots.value_bytes} and {answers.value_bytes} bytes of "
                f"value, not {size} and {ANSWER.size}"
            )
        self._portfolio_slots = (snapshots, answers)

    def on_answer(self, value: bytes, t_ns: int) -> int:
        """An answer of the portfolio worker as a journal recorded it. Returns its code."""
        if not self.stages.portfolio.on or len(value) != ANSWER.size:
            raise DataError(
                f"portfolio answer: {len(value)} bytes, not {ANSWER.size}, or no [portfolio] "
                "grid_ns"
            )
        self._answer_input(value, t_ns)
        return Code.OK

    def attach_scores(self, rows: RingWriter, answers: Slot) -> None:
        """Leave every event's feature row, and sample the answers at the entry of every input."""
        self.stages.lane.attach(rows, answers)

    def on_scores(self, value: bytes, t_ns: int) -> int:
        """Scores from off the path as a journal recorded them. Returns their code."""
        self.stages.lane.check(value)
        self._scores_input(value, t_ns)
        return Code.OK

    def next_timer(self) -> int:
        """When `on_timer` is wanted by a strategy, an order or a breaker, 2**63 - 1 when never."""
        stages = self.stages
        wanted = (stages.strategy.next_timer(), stages.execute.next_expiry())
        return int(min(*wanted, stages.control.next_timer()))

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
                if self.config.route.split:
                    self.stages.route.on_trade(
                        instrument, trade.aggressor, trade.quantity_lots, self.now_ns
                    )
            self._trigger(view)
            row = self.stages.features[instrument].update(
                event.kind, self.now_ns, view.top, view.bbo, view.trade
            )
            self.rows[instrument] = row
            if self.stages.lane.on:
                self.stages.lane.row(instrument, self.seq, self.now_ns, row)
            else:
                code, score = self.stages.models[instrument].score(row)
                view.score = score if code == Code.OK else None
            self._decide(view)
        if self.views[instrument].top.status != BookStatus.OK:
            self._cancel_open(self.config.stale_policy, instrument)
        self._notify()

    def _trigger(self, view: View) -> None:
        """book -> execute: parked orders that the event reaches go out before strategies think. A
        book that is not good triggers nothing."""
        if view.event == EventKind.TRADE:
            self.stages.execute.on_trade(view.instrument, view.trade.quantity_lots, self.now_ns)
        if view.top.status == BookStatus.OK:
            self.stages.execute.on_price(
                view.instrument,
                view.trade.price_ticks,
                mid_twice(view.top),
                view.bbo.bid_ticks + view.bbo.ask_ticks if view.bbo.bid_ticks > 0 else 0,
            )
        self._work(view.instrument)

    def _work(self, instrument: int) -> None:
        """What orders of the instrument that wait in the engine have due: risk -> route -> send,
        on their own instrument."""
        execute, top = self.stages.execute, self.views[instrument].top
        touch = (top.bid_ticks, top.ask_ticks) if top.status == BookStatus.OK else (0, 0)
        intents = execute.due(instrument, self.now_ns, *touch)
        if not intents:
            return
        context = replace(self._risk_context(intents), repeats=True)
        verdicts = self.stages.risk.validate(intents, context)
        for intent, verdict in zip(intents, verdicts, strict=True):
            code = int(verdict)
            new = intent.kind != IntentKind.CANCEL
            if code == Code.OK and new and not self.stages.route.usable(instrument, context.tops):
                code = Code.ROUTE_NO_VENUE
            if code == Code.OK:
                code = execute.send_due(intent, self.seq, self.now_ns)
            if code != Code.OK:
                self.codes[code] += 1
                execute.refuse(intent, code)

    def _tell(self, update: OrderUpdate) -> None:
        """One change of an order to the strategy that owns it."""
        view = self._view(update.instrument, EventKind.ORDER)
        view.order = update.order
        view.fill_ticks, view.fill_lots = update.fill_ticks, update.fill_lots
        self._decide(view, only=update.strategy)

    def _notify(self) -> None:
        """Changes of orders that no report brought; what is left comes with the next input."""
        for _ in range(LIMITS["notices_max"]):
            update = self.stages.execute.pop_notice()
            if update is None:
                break
            self._tell(update)

    def _decide(self, view: View, only: int = -1) -> None:
        """strategy -> risk -> route -> execute."""
        if self.stages.lane.on:
            view.score = self.stages.lane.score(view.instrument, self.seq, self.now_ns)
        own = self._own(view.instrument)
        code, intents = self.stages.strategy.evaluate(view, self.rows[view.instrument], own, only)
        self.codes[code] += code != Code.OK
        self._act(intents)

    def _act(self, intents: list[Intent]) -> None:
        """risk -> route -> execute. Nothing reaches a venue by another way."""
        waiting = [i for i in intents if parks(i)]
        intents = [i for i in intents if not parks(i)]
        self._send(intents)
        for intent in waiting:
            probe = probe_of(intent)
            context = replace(self._risk_context([probe]), repeats=True, probe=True)
            (verdict,) = self.stages.risk.validate([probe], context)
            code = park_code(intent, verdict)
            if code == Code.OK:
                code = self.stages.execute.park(intent, self.seq, self.now_ns)
            self.codes[code] += code != Code.OK

    def _send(self, intents: list[Intent]) -> None:
        """The intents that go out at once."""
        if not intents:
            return
        if self.config.route.split:
            hand_over_tokens(self.stages, len(self.config.venues), self.now_ns)
        context = self._risk_context(intents)
        verdicts = self.stages.risk.validate(intents, context)
        routed = [
            self._route(intent, context) if code == Code.OK else (code, None)
            for intent, code in zip(intents, verdicts, strict=True)
        ]
        for code, request in routed:
            if isinstance(request, SplitOrder):
                send_split(self.stages, request, self.seq, self.now_ns, self.codes)
            elif request is not None and code == Code.OK:
                code = self.stages.execute.send(request, self.seq, self.now_ns)
            self.codes[code] += code != Code.OK

    def _route(
        self, intent: Intent, context: RiskContext
    ) -> tuple[int, Request | SplitOrder | None]:
        """One venue for an allowed intent, or children for several."""
        if self.stages.route.splits(intent):
            return plan_split(self.stages, intent, context)
        return self._route_one(intent, context)

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
        self._limits_sample(t_ns)
        self._answer_sample(t_ns)
        scores = self.stages.lane.read()
        if scores is not None:
            self._scores_input(scores, t_ns)
        self.seq += 1
        self.codes[Code.ENGINE_CLOCK] += t_ns < self.now_ns
        self.now_ns = max(self.now_ns, t_ns)
        self.out = []
        self._journal(kind, source, data)
        if self.now_ns >= self.stages.control.tick_ns:
            self.stages.control.tick(self.now_ns)
            self._sweep()
        if self.now_ns >= self.stages.portfolio.tick_ns:
            self._portfolio_entry()

    def _limits_sample(self, t_ns: int) -> None:
        """Look at the limits slot once: a changed version is an input of its own."""
        found = None if self._limits_slot is None else self._limits_slot.read()
        if found is None:
            return
        (version, *_) = LIMITS_VALUE.unpack(found.value)
        if version != self.stages.control.slot_version:
            self._limits_input(found.value, t_ns)

    def _slot_input(self, source: int, value: bytes, t_ns: int) -> None:
        """What a slot says is an input of its own, journalled before it is used."""
        self.seq += 1
        self.now_ns = max(self.now_ns, t_ns)
        self.out = []
        self._journal(InputKind.SLOT, source, value)

    def _limits_input(self, value: bytes, t_ns: int) -> None:
        """Changed limits."""
        self._slot_input(SLOT_LIMITS, value, t_ns)
        version, *limits = LIMITS_VALUE.unpack(value)
        for code in self.stages.control.set_limits(version, limits):
            self.codes[code] += code != Code.OK
        self.codes[Code.OK] += 1

    def _answer_sample(self, t_ns: int) -> None:
        """Look at the answers slot once."""
        found = None if self._portfolio_slots is None else self._portfolio_slots[1].read()
        if found is None:
            return
        (version, *_) = ANSWER.unpack(found.value)
        if version != self.stages.portfolio.answer_version:
            self._answer_input(found.value, t_ns)

    def _answer_input(self, value: bytes, t_ns: int) -> None:
        """A new answer of the portfolio worker."""
        before = self.seq
        self._slot_input(SLOT_ANSWERS, value, t_ns)
        self.codes[self.stages.portfolio.answer(value, before, self.now_ns)] += 1

    def _scores_input(self, value: bytes, t_ns: int) -> None:
        """New scores from off the path."""
        before = self.seq
        self._slot_input(SLOT_SCORES, value, t_ns)
        self.codes[self.stages.lane.answer(value, before, self.now_ns)] += 1

    def _portfolio_entry(self) -> None:
        """A new interval of the grid, before the input in hand is looked at: mark what was earned
        (not while something held has no mid; an equity of 0 is what an overflow reads as) and leave
        a snapshot for those who work off the path."""
        portfolio, execute = self.stages.portfolio, self.stages.execute
        portfolio.grid(self.now_ns)
        mids2 = [mid_twice(view.top) for view in self.views]
        lots = [p.position_lots for p in execute.positions]
        currency = self.config.instruments[0].settle
        equity = execute.equity_units(currency, mids2)
        marked = all(mid2 or not held for mid2, held in zip(mids2, lots, strict=True))
        if marked and equity:
            brought = -execute.ledger(currency)["transfers"] // GUARD
            portfolio.earned(equity - brought, self.now_ns)
        if self._portfolio_slots is not None:
            value = portfolio.snapshot(lots, self.seq, self.now_ns)
            self._portfolio_slots[0].write(value, seq=self.seq, t_ns=self.now_ns)

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
        currencies, instruments = range(len(self.config.currencies)), range(len(self.views))
        replaced = [
            given_back(i, live.get(i.client_order_id), execute.leaves(i.client_order_id))
            for i in intents
        ]
        return RiskContext(
            now_ns=self.now_ns,
            positions=list(execute.positions),
            committed=[execute.committed(k) for k in instruments],
            tops=[view.top for view in self.views],
            bbos=[view.bbo for view in self.views],
            last_trade_ticks=[view.trade.price_ticks for view in self.views],
            last_market_ns=self.last_market_ns,
            equity_units=[execute.equity_units(c, mids2) for c in currencies],
            cash_units=[execute.ledger(c)["cash"] // GUARD for c in currencies],
            replaced_lots=replaced,
            replaced_ticks=[
                execute.replaced_ticks(i.client_order_id) if lots else 0
                for i, lots in zip(intents, replaced, strict=True)
            ],
            legs=[execute.leg_positions(i.index) for i in self.config.instruments]
            if self.config.account.hedging
            else (),
        )

    def _lose_book(self, instrument: int) -> None:
        """The book cannot be trusted: tell strategies, treat open orders by the stale policy."""
        self.stages.books[instrument].clear(BookStatus.STALE)
        self._decide(self._view(instrument, EventKind.STATUS))
        self._cancel_open(self.config.stale_policy, instrument)

    def _cancel_open(self, policy: str, instrument: int) -> None:
        for strategy in range(len(self.config.strategies)):
            self._cancel_own(policy, strategy, instrument)

    def _cancel_own(self, policy: str, strategy: int, instrument: int) -> None:
        """Cancel the open orders of a strategy on an instrument."""
        execute = self.stages.execute
        lots = execute.positions[instrument].position_lots
        own = execute.own(strategy, instrument)
        closing = None
        if not execute.money.side_fits(instrument, 0):
            closing = {o.client_order_id for o in execute.orders() if closes_leg(o.flags, o.side)}
        self._act(stale_intents(policy, strategy, instrument, lots, own, closing))

    # -- control of risk ------------------------------------------------------------------------

    def _sweep(self) -> None:
        """Cancel what a kill, a trip or a pause asks for. What finds the output full is asked for
        again at the entry of the next input."""
        control = self.stages.control
        instruments, strategies = control.sweeps()
        for i, kind in enumerate(instruments):
            full = self.codes[Code.EXECUTE_OUT_FULL]
            if kind != SWEEP_NONE:
                self.stages.execute.drop_held(i, parked=False)
            if kind == SWEEP_CANCEL:
                self._cancel_open("kill", i)
            if self.codes[Code.EXECUTE_OUT_FULL] == full:
                control.swept(i, -1)
        for s, kind in enumerate(strategies):
            full = self.codes[Code.EXECUTE_OUT_FULL]
            for i in range(len(self.views)) if kind != SWEEP_NONE else ():
                self._cancel_own("kill", s, i)
            if self.codes[Code.EXECUTE_OUT_FULL] == full:
                control.swept(-1, s)

    def _mark_total(self, instrument: int) -> None:
        """Mark the settle currency of an instrument, unless one that is held there has no mid: a
        mark at cost would make a peak that never was."""
        execute, currency = self.stages.execute, self.config.instruments[instrument].settle
        mids2 = [mid_twice(view.top) for view in self.views]
        for entry, position in zip(self.config.instruments, execute.positions, strict=True):
            unmarked = position.position_lots and not mids2[entry.index]
            if entry.settle == currency and unmarked:
                return
        equity = execute.equity_units(currency, mids2)
        self.stages.control.total(instrument, equity, self.now_ns)

    def _market_watched(self, instrument: int) -> None:
        """A market event of an instrument, its book applied, for those who watch."""
        control, view = self.stages.control, self.views[instrument]
        view.top = self.stages.books[instrument].top(self.levels[instrument])
        mid2 = mid_twice(view.top)
        x = ControlEvent(On.MARKET, instrument, self.now_ns)
        if mid2:
            x.bid_ticks, x.ask_ticks = view.top.bid_ticks, view.top.ask_ticks
        control.event(x)
        held = self.stages.execute.positions[instrument].position_lots
        if mid2 and held and control.wants & WATCH_TOTAL:
            self._mark_total(instrument)
        if mid2 and control.wants & WATCH_STRATEGIES:
            control.marked(instrument, mid2, self.now_ns)
        if mid2 and control.wants & WATCH_PORTFOLIO:
            self.stages.portfolio.market(instrument, mid2)
        self._sweep()

    def _gap_watched(self, instrument: int) -> None:
        """A sequence gap of an instrument, for those who watch."""
        self.stages.control.event(ControlEvent(On.GAP, instrument, self.now_ns))
        self._sweep()

    def _report_before(self, report: Report) -> tuple[list[int], int]:
        """What a report is about to change: fees paid by instrument; when its order left, -1
        unless it waits for its first answer."""
        execute = self.stages.execute
        sent = [
            o.t_sent_ns
            for o in execute.orders()
            if o.client_order_id == report.client_order_id and o.state == OrderState.PENDING_NEW
        ]
        return [p.fee_units for p in execute.positions], sent[0] if sent else -1

    def _report_watched(self, update: OrderUpdate, fees: list[int], sent_ns: int) -> None:
        """A report that changed one of our orders, for those who watch."""
        control, i = self.stages.control, update.instrument
        if update.strategy < 0 or update.code not in (Code.OK, Code.EXECUTE_OVERFILL):
            return
        x = ControlEvent(On.REPORT, i, self.now_ns, update.report, fill_lots=update.fill_lots)
        if sent_ns >= 0 and update.report != ReportKind.UNKNOWN:
            x.latency_ns = self.now_ns - sent_ns
        control.event(x)
        if update.fill_lots > 0:
            assert update.order is not None
            if control.wants & WATCH_TOTAL:
                self._mark_total(i)
            if control.wants & WATCH_STRATEGIES:
                sign = 1 if update.order.side == Side.BUY else -1
                fee = self.stages.execute.positions[i].fee_units - fees[i]
                control.filled(
                    update.strategy, i, sign * update.fill_lots, update.fill_ticks, fee,
                    mid_twice(self.views[i].top), self.now_ns,
                )  # fmt: skip
        self._sweep()

    # -- results --------------------------------------------------------------------------------

    def catch_up(self) -> None:
        """Nothing: this engine leaves nothing for later."""

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
        for index, view in enumerate(self.views):
            view.top = self.stages.books[index].top(self.levels[index])
