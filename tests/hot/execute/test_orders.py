"""Random lives of orders: a slow book-keeper, both backends, hand-over, full memories."""

import random
from dataclasses import replace
from importlib import import_module
from typing import Any

import pytest
from support import btcusd_inverse, btcusdt, btcusdt_linear, config_of

from tickpath.core.backend import Backend, load
from tickpath.core.codes import Code
from tickpath.core.config import Config
from tickpath.core.limits import LIMITS
from tickpath.core.records import (
    IntentKind,
    Order,
    OrderState,
    Report,
    ReportKind,
    Request,
    Side,
)
from tickpath.hot.execute import layout
from tickpath.hot.execute.order_table import Row

CONFIG = config_of(btcusdt(), btcusdt_linear(), btcusd_inverse())
TERMINAL = (ReportKind.REJECT, ReportKind.EXPIRE, ReportKind.CANCEL_ACK)


def execute_of(backend: str, config: Config = CONFIG) -> Any:
    name = {"reference": "orders", "native": "native_orders"}[backend]
    module = import_module(f"tickpath.venues.binance.{name}")
    codecs = [module.OrderCodec(config, venue) for venue in range(len(config.venues))]
    return load("execute", Backend(backend)).Execute(config, codecs)


def request_of(rng: random.Random, kind: IntentKind, order: int) -> Request:
    instrument = rng.randrange(3)
    return Request(
        kind=kind,
        venue=instrument,
        instrument=instrument,
        strategy=rng.randrange(2),
        side=rng.randrange(2),
        type=rng.randrange(3),
        time_in_force=0,
        flags=rng.randrange(2),
        tag=rng.randrange(9),
        price_ticks=rng.randrange(1, 1000),
        quantity_lots=rng.randrange(1, 50),
        client_order_id=order if kind == IntentKind.CANCEL else 0,
        orig_client_order_id=order if kind == IntentKind.REPLACE else 0,
    )


class Keeper:
    """What must be true whatever happens, from the events alone: nothing of the state machine."""

    def __init__(self) -> None:
        self.quantity: dict[int, int] = {}
        self.owner: dict[int, Request] = {}
        self.trades: dict[int, set[int]] = {}
        self.filled: dict[int, int] = {}
        self.awaited: dict[int, int] = {}
        self.lots = [0, 0, 0]
        self.held: set[int] = set()

    def entered(self, request: Request) -> None:
        self.quantity[request.client_order_id] = request.quantity_lots
        self.owner[request.client_order_id] = replace(request)
        self.trades[request.client_order_id] = set()
        self.filled[request.client_order_id] = 0

    def reported(self, report: Report, update: Any) -> None:
        order = report.client_order_id
        if report.kind == ReportKind.FILL and order in self.owner and order not in self.held:
            fresh = report.trade_id not in self.trades[order]
            assert (update.fill_lots == report.last_lots) == fresh
            if fresh:
                self.trades[order].add(report.trade_id)
                self.filled[order] += report.last_lots
                sign = 1 if self.owner[order].side == Side.BUY else -1
                self.lots[self.owner[order].instrument] += sign * report.last_lots
                over = self.filled[order] > self.quantity[order]
                assert (update.code == Code.EXECUTE_OVERFILL) == over
                if order in self.awaited:
                    self.awaited[order] = max(0, self.awaited[order] - report.last_lots)

    def check(self, stage: Any) -> None:
        """Positions, reservations and lists follow from the orders and the counted fills."""
        orders = stage.orders()
        for instrument, position in enumerate(stage.positions):
            mine = [o for o in orders if o.instrument == instrument]
            assert position.position_lots == self.lots[instrument]
            assert position.position_lots == position.bought_lots - position.sold_lots
            assert position.open_order_count == len(mine)
            for side, open_lots in ((0, position.open_buy_lots), (1, position.open_sell_lots)):
                leaves = sum(o.leaves_lots for o in mine if o.side == side)
                waiting = sum(
                    lots
                    for order, lots in self.awaited.items()
                    if (self.owner[order].instrument, self.owner[order].side) == (instrument, side)
                )
                assert open_lots == leaves + waiting
            for strategy in range(2):
                own = stage.own(strategy, instrument)
                assert [o.client_order_id for o in own] == [
                    o.client_order_id for o in mine if o.strategy == strategy
                ]
                assert len(own) <= LIMITS["view_orders"]
        for order in orders:
            assert order.filled_lots == self.filled[order.client_order_id]
            assert order.leaves_lots > 0
            assert order.state in range(OrderState.PENDING_NEW, OrderState.FILLED)
        for k in range(3):
            assert sum(stage.ledger(k).values()) == 0


def report_of(rng: random.Random, keeper: Keeper) -> Report:
    """Any report about any order there ever was, recent ones first; sometimes a stranger's."""
    names = list(keeper.owner)
    order = rng.choice(names[-12:] if rng.random() < 0.9 else [*names, 424242]) if names else 1
    kinds = [ReportKind.ACK] * 4 + [ReportKind.FILL] * 6 + list(ReportKind)[1:]
    kind = rng.choice(kinds)
    report = Report(kind=kind, client_order_id=order, venue_order_id=rng.randrange(3))
    if kind == ReportKind.FILL:
        report.trade_id = rng.randrange(6)
        report.last_ticks, report.last_lots = rng.randrange(1, 1000), rng.randrange(1, 20)
    if kind == ReportKind.REPLACE_ACK:
        report.orig_client_order_id = rng.choice(names) if names else 2
    if kind == ReportKind.CANCEL_REJECT and rng.random() < 0.5:
        report.client_order_id, report.orig_client_order_id = 0, order
    if kind in TERMINAL and rng.random() < 0.4:
        report.cumulative_lots = rng.randrange(0, 60)
    return report


def follow_end(keeper: Keeper, before: dict[int, Any], stage: Any, report: Report) -> None:
    """Orders that have left the table: what the venue counted and we did not see stays awaited."""
    living = {o.client_order_id for o in stage.orders()}
    for order, was in before.items():
        if order in living:
            continue
        missing = 0
        ended_here = order in (report.client_order_id, report.orig_client_order_id)
        if ended_here and report.kind in (*TERMINAL, ReportKind.REPLACE_ACK):
            rejected = report.kind == ReportKind.REJECT
            counted = -1 if rejected else report.cumulative_lots
            missing = max(0, min(counted - was.filled_lots, was.leaves_lots))
        keeper.awaited[order] = missing


def life(seed: int, steps: int, stages: list[Any]) -> Keeper:
    """Drive all stages with one random life and check after every step."""
    rng = random.Random(seed)
    keeper = Keeper()
    sent: set[int] = set()
    for step in range(steps):
        before = {o.client_order_id: o for o in stages[0].orders()}
        if rng.random() < 0.4:
            names = list(keeper.owner)[-10:] or [1]
            kind = rng.choice([IntentKind.SUBMIT, IntentKind.SUBMIT, IntentKind.CANCEL] * 2 + [3])
            request = request_of(rng, IntentKind(kind), rng.choice(names))
            if kind == IntentKind.REPLACE and request.orig_client_order_id in keeper.owner:
                old = keeper.owner[request.orig_client_order_id]
                request.venue = request.instrument = old.instrument
                request.strategy = old.strategy
            copies = [replace(request) for _ in stages]
            codes = [s.send(c, step, step) for s, c in zip(stages, copies, strict=True)]
            assert len(set(codes)) == 1
            assert all(c == copies[0] for c in copies)
            if codes[0] == Code.OK and kind != IntentKind.CANCEL:
                keeper.entered(copies[0])
            follow_end(keeper, before, stages[0], Report(kind=ReportKind.NONE))
        else:
            report = report_of(rng, keeper)
            keeper.held = set(before) - sent
            updates = [s.apply(report, step, step) for s in stages]
            assert all(u == updates[0] for u in updates)
            if updates[0].code == Code.EXECUTE_BUST:
                assert not any(s.money.may_send(updates[0].instrument) for s in stages)
                assert {s.money.resume(updates[0].instrument) for s in stages} == {Code.OK}
            keeper.reported(report, updates[0])
            follow_end(keeper, before, stages[0], report)
        outs = [s.take_out() for s in stages]
        assert all(out == outs[0] for out in outs)
        sent |= {order for _, order, data in outs[0] if b'order.cancel"' not in data}
        decisions = [s.take_decisions().tobytes() for s in stages]
        assert all(d == decisions[0] for d in decisions)
        keeper.check(stages[0])
        if step % 16 == 0:
            assert len({s.export_state() for s in stages}) == 1
    return keeper


@pytest.mark.parametrize("seed", range(12))
def test_random_lives_keep_the_books_and_both_backends_agree(seed: int) -> None:
    keeper = life(seed, 350, [execute_of("reference"), execute_of("native")])
    assert len(keeper.owner) > 30
    assert sum(map(len, keeper.trades.values())) > 30


@pytest.mark.parametrize("seed", range(4))
def test_the_state_moves_between_backends_in_the_middle(seed: int) -> None:
    rng = random.Random(seed)
    stay = execute_of("reference")
    moving, other = execute_of("native"), execute_of("reference")
    names: list[int] = []
    for step in range(500):
        if step % 50 == 49:
            other.import_state(moving.export_state())
            moving, other = other, moving
        if rng.random() < 0.4:
            request = request_of(rng, rng.choice(list(IntentKind)[:3]), rng.choice(names or [1]))
            copy = replace(request)
            assert stay.send(request, step, step) == moving.send(copy, step, step)
            if request.kind != IntentKind.CANCEL and request.client_order_id:
                names.append(request.client_order_id)
        else:
            keeper = Keeper()
            keeper.owner = dict.fromkeys(names[-12:])  # type: ignore[assignment]
            report = report_of(rng, keeper)
            assert stay.apply(report, step, step) == moving.apply(report, step, step)
        assert stay.take_out() == moving.take_out()
        assert stay.take_decisions().tobytes() == moving.take_decisions().tobytes()
        assert stay.export_state() == moving.export_state()


def churn(stage: Any, count: int) -> list[int]:
    """Orders that are filled at once."""
    names = []
    for k in range(count):
        request = Request(IntentKind.SUBMIT, 0, 0, k % 2, k % 2, 0, 0, 0, 0, 100, 1)
        assert stage.send(request, 1, 1) == Code.OK
        stage.take_out()
        if k % 1024 == 0:
            stage.take_decisions()
        report = Report(
            kind=ReportKind.FILL,
            client_order_id=request.client_order_id,
            trade_id=k,
            last_ticks=100,
            last_lots=1,
        )
        assert stage.apply(report, 1, 1).code == Code.OK
        names.append(request.client_order_id)
    return names


@pytest.mark.slow
def test_full_memories_forget_the_oldest_only() -> None:
    stages = [execute_of("reference"), execute_of("native")]
    count = max(LIMITS["fills_remembered_max"], LIMITS["ended_orders_max"]) + 100
    for stage in stages:
        names = churn(stage, count)
        late = Report(kind=ReportKind.ACK, client_order_id=names[-1])
        assert stage.apply(late, 1, 1).code == Code.EXECUTE_DUPLICATE
        late.client_order_id = names[count - LIMITS["ended_orders_max"]]
        assert stage.apply(late, 1, 1).code == Code.EXECUTE_DUPLICATE
        late.client_order_id = names[count - LIMITS["ended_orders_max"] - 1]
        assert stage.apply(late, 1, 1).code == Code.EXECUTE_UNKNOWN_ORDER
    assert stages[0].export_state() == stages[1].export_state()


@pytest.mark.slow
def test_a_forgotten_order_gives_its_awaited_lots_back() -> None:
    for backend in ("reference", "native"):
        stage = execute_of(backend)
        request = Request(IntentKind.SUBMIT, 0, 0, 0, 0, 0, 0, 0, 0, 100, 10)
        stage.send(request, 1, 1)
        end = Report(
            kind=ReportKind.EXPIRE, client_order_id=request.client_order_id, cumulative_lots=4
        )
        stage.apply(end, 1, 1)
        assert stage.positions[0].open_buy_lots == 4
        churn(stage, LIMITS["ended_orders_max"] - 1)
        assert stage.positions[0].open_buy_lots == 4
        churn(stage, 1)
        assert stage.positions[0].open_buy_lots == 0


@pytest.mark.slow
def test_orders_are_found_among_colliding_ids() -> None:
    """Ids of many engines and epochs, taken over by import, end in any order; fills of any id."""
    rng = random.Random(3)
    config = config_of(*[btcusdt(symbol=f"S{k}") for k in range(64)])
    stages = [execute_of(backend, config) for backend in ("reference", "native")]
    image = layout.unpack(stages[0].export_state(), 64, len(config.currencies))
    names = [rng.getrandbits(64) | 1 for _ in range(LIMITS["orders_max"])]
    for k, name in enumerate(names):
        order = Order(
            client_order_id=name,
            instrument=k // 256,
            strategy=k // 16 % 16,
            venue=0,
            side=0,
            type=0,
            time_in_force=0,
            tag=0,
            price_ticks=1,
            quantity_lots=1,
            t_sent_ns=1,
        )
        image.rows.append(Row(order, acked=True))
    for stage in stages:
        stage.import_state(layout.pack(image))
    rng.shuffle(names)
    for k, name in enumerate(names * 2):
        report = Report(
            kind=ReportKind.FILL, client_order_id=name, trade_id=k, last_ticks=9, last_lots=1
        )
        codes = [stage.apply(report, 1, 1).code for stage in stages]
        assert codes == [Code.OK if k < len(names) else Code.EXECUTE_OVERFILL] * 2
    assert stages[0].export_state() == stages[1].export_state()
    for name in names:
        report = Report(kind=ReportKind.ACK, client_order_id=name)
        assert stages[1].apply(report, 1, 1).code == Code.EXECUTE_DUPLICATE


def test_a_full_table_refuses_and_recovers() -> None:
    config = config_of(*[btcusdt(symbol=f"S{k}") for k in range(64)])
    for backend in ("reference", "native"):
        stage = execute_of(backend, config)
        names = []
        for k in range(LIMITS["orders_max"]):
            request = Request(IntentKind.SUBMIT, 0, k // 256, k // 16 % 16, 0, 0, 0, 0, 0, 1, 1)
            assert stage.send(request, 1, 1) == Code.OK
            stage.take_out()
            if k % 1024 == 0:
                stage.take_decisions()
            names.append(request.client_order_id)
        stage.take_decisions()
        apply = Report(kind=ReportKind.REJECT, client_order_id=names[7])
        assert stage.apply(apply, 1, 1).code == Code.OK
        assert len(stage.orders()) == LIMITS["orders_max"] - 1
        request = Request(IntentKind.SUBMIT, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1)
        assert stage.send(request, 1, 1) == Code.OK
        again = Request(IntentKind.SUBMIT, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1)
        assert stage.send(again, 1, 1) == Code.EXECUTE_TABLE_FULL
