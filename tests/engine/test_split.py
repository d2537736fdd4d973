"""Orders split over three venues in the whole walk: backends agree, sums hold, refusals move."""

from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from drive import ToyVenue, recording_frames
from support import RECORDINGS, btcusdt, config_of, require

from tickpath.core.codes import Code
from tickpath.core.config import Config, RiskSpec, RouteSpec, StrategySpec
from tickpath.engine.commands import Command
from tickpath.engine.mixed import mixed_engine
from tickpath.engine.native import Engine as NativeEngine
from tickpath.engine.reference import Engine as ReferenceEngine
from tickpath.engine.split import plan_again
from tickpath.hot import STAGES

RECORDING = "spot_btcusdt_20240808"
ORDER = {"order_lots": 60_000}


class Venue(ToyVenue):
    """Lets no immediate order rest: what it did not fill expires, at times after a part of it."""

    def place(self, params: dict[str, Any]) -> list[bytes]:
        out = super().place(params)
        order = self.live.get(params["newClientOrderId"])
        if order is None or params.get("timeInForce") != "IOC":
            return out
        del self.live[order["id"]]
        part = "0"
        if self.random.random() < 0.5:
            self.trade_id += 1
            part = "0.00100000"
            if Decimal(part) < Decimal(order["quantity"]):
                out.append(self.report(order, "TRADE", part, t=self.trade_id, z=part))
            else:
                part = "0"
        return [*out, self.report(order, "EXPIRED", z=part)]


def three_venues(**changes: Any) -> Config:
    """One thing on three venues with their own steps, fees and latencies."""
    base: dict[str, Any] = {
        "strategies": (
            StrategySpec(name="every_event", instruments=(0,), params=ORDER),
            StrategySpec(name="imbalance_maker", instruments=(0, 1), params={"order_lots": 900}),
        ),
        "route": RouteSpec(
            split=True, latency_ns=(0, 2_000_000, 5_000_000), latency_cost_ppm_per_ms=1
        ),
        "risk": RiskSpec(order_rate_per_s=1000, order_burst=1000),
        "balances": {"USDT": Decimal(100_000_000), "BTC": Decimal(1)},
        "venues": ("binance-spot",) * 3,
    }
    return config_of(
        btcusdt(venue=0),
        btcusdt(venue=1, order_step=Decimal("0.0001"), taker_fee_ppm=999),
        btcusdt(venue=2, lot_size=Decimal("0.000005"), order_step=Decimal("0.001")),
        **{**base, **changes},
    )


def frames(count: int, gaps: bool = False) -> Iterator[tuple[int, int, bytes]]:
    """The recording three times: sources 1 and 2 lag by 5 and 12 frames. With gaps they fall silent
    in turn, without their books knowing."""
    held = list(recording_frames(require(RECORDINGS / f"{RECORDING}.gz"), count))
    for number, (_, t_ns, data) in enumerate(held):
        yield 0, t_ns, data
        for source, lag in ((1, 5), (2, 12)):
            silent = gaps and number > 60 and number // 25 % (3 * source) == 2 * source
            if number >= lag and not silent:
                yield source, t_ns, held[number - lag][2]


def answer_all(engine: Any, venues: list[Venue], t_ns: int) -> list[tuple[int, bytes]]:
    """Let the venues answer until nobody has anything to say; the requests in order."""
    sent = []
    pending = engine.take_out()
    for _ in range(64):
        answers = []
        for venue, _, request in pending:
            sent.append((venue, bytes(request)))
            answers += [(venue, a) for a in venues[venue].answer(request)]
        pending = []
        for venue, answer in answers:
            engine.on_order_frame(venue, answer, t_ns)
            pending += engine.take_out()
        if not pending:
            break
    return sent


def run(engine: Any, count: int, gaps: bool = False, seed: int = 3) -> dict[str, Any]:
    """Drive the engine; the sums of every parent hold after every input."""
    venues = [Venue(seed + k, "BTCUSDT") for k in range(3)]
    sent = []
    for number, (source, t_ns, data) in enumerate(frames(count, gaps)):
        while (due := engine.next_timer()) <= t_ns:
            engine.on_timer(due)
        if number % 500 == 250:
            engine.on_command(Command.VENUE_DOWN, 1, t_ns)
        if number % 500 == 300:
            engine.on_command(Command.VENUE_UP, 1, t_ns)
        engine.on_market_frame(source, data, t_ns)
        sent += answer_all(engine, venues, t_ns)
        for _, total, filled, open_units, dropped in engine.stages.route.parents():
            assert total == filled + open_units + dropped
    return {
        "sent": sent,
        "state": engine.export_state(),
        "decisions": engine.take_decisions().tobytes(),
        "codes": {int(k): int(v) for k, v in engine.codes.items() if v},
    }


@pytest.mark.recordings
def test_native_equals_reference_when_orders_are_split() -> None:
    config = three_venues()
    native, reference = run(NativeEngine(config), 250), run(ReferenceEngine(config), 250)
    assert native["codes"] == reference["codes"]
    assert native["sent"] == reference["sent"]
    assert native == reference
    assert {venue for venue, _ in native["sent"]} == {0, 1, 2}
    assert native["codes"][Code.ROUTE_MOVED] > 0, "a rejected child went elsewhere"


@pytest.mark.recordings
@pytest.mark.parametrize("stage", STAGES)
def test_one_stage_of_another_backend_changes_nothing(stage: str) -> None:
    config = three_venues(backends=dict.fromkeys(STAGES, "native") | {stage: "reference"})
    assert run(mixed_engine(config), 90) == run(NativeEngine(config), 90)


@pytest.mark.recordings
def test_resting_orders_are_split_too() -> None:
    config = three_venues(route=RouteSpec(split=True, split_resting=True, children_max=2))
    assert run(NativeEngine(config), 120) == run(ReferenceEngine(config), 120)


@pytest.mark.recordings
def test_a_run_with_open_children_continues_on_the_other_engine() -> None:
    config = three_venues()
    first = NativeEngine(config)
    run(first, 120)
    for made in (ReferenceEngine(config), NativeEngine(config)):
        made.import_state(first.export_state())
        assert made.export_state() == first.export_state()


@pytest.mark.recordings
def test_risk_sees_every_child_and_a_kill_stops_moves() -> None:
    """Positions near the ceiling: orders and children are refused, the same on both backends."""
    tight = three_venues(balances={"USDT": Decimal(2_000_000), "BTC": Decimal(1)})
    native, reference = run(NativeEngine(tight), 150), run(ReferenceEngine(tight), 150)
    assert native == reference
    assert native["codes"][Code.RISK_POSITION] > 0
    assert native["codes"][Code.ROUTE_DROPPED] > 0
    assert native["sent"]
    engine = NativeEngine(tight)
    engine.on_command(Command.KILL, 0, 1)
    assert run(engine, 60)["sent"] == []


@pytest.mark.recordings
def test_children_that_risk_refuses_are_planned_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """A venue that fell silent looks good to the router and stale to risk."""
    again = []

    def counted(*args: Any) -> Any:
        again.append(plan_again(*args))
        return again[-1]

    monkeypatch.setattr("tickpath.engine.split.plan_again", counted)
    spec = RiskSpec(order_rate_per_s=1000, order_burst=1000, stale_ns=20_000_000)
    config = three_venues(risk=spec)
    native = run(NativeEngine(config), 250, gaps=True)
    reference = run(ReferenceEngine(config), 250, gaps=True)
    assert native["codes"] == reference["codes"]
    assert native == reference
    assert again


@pytest.mark.recordings
def test_without_split_nothing_is_followed() -> None:
    config = three_venues()
    plain = replace(config, route=replace(config.route, split=False))
    engine = NativeEngine(plain)
    run(engine, 60)
    assert engine.stages.route.parents() == []
