"""Commands, breakers and the limits slot inside the walk: both engines, mixed, and replay."""

import os
import random
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from drive import ToyVenue, drive
from support import btcusdt, config_of

from tickpath.backtest.journal_setup import new_journal
from tickpath.backtest.replay import replay
from tickpath.core.codes import Code
from tickpath.core.config import BreakerSpec, Config, DrawdownSpec, StrategySpec
from tickpath.core.errors import ConfigError, DataError
from tickpath.core.limits import LIMITS
from tickpath.core.records import IntentKind
from tickpath.engine.commands import (
    LIMITS_VALUE,
    Command,
    LimitName,
    command_bytes,
    command_parse,
    limit_detail,
    limits_value,
)
from tickpath.engine.mixed import mixed_engine
from tickpath.engine.native import Engine as NativeEngine
from tickpath.engine.reference import Engine as ReferenceEngine
from tickpath.engine.state import digest
from tickpath.hot import STAGES
from tickpath.lanes.slot import Slot

ENGINES = pytest.mark.parametrize("engine", [ReferenceEngine, NativeEngine])
FRAMES = int(os.environ.get("TICKPATH_STORM_N", "800"))
BREAKERS = (
    BreakerSpec(rule="volatility", limit=400, window_ns=10**8, cooling_ns=10**8, cancel=True),
    BreakerSpec(rule="spread", limit=300, cooling_ns=10**8, cancel=True),
    BreakerSpec(rule="reject_rate", limit=1, count=9, cooling_ns=10**8, scope="engine"),
    BreakerSpec(rule="latency", limit=10**6, count=1, manual=True, cancel=True),
    BreakerSpec(rule="data_gap", limit=3 * 10**8, cooling_ns=10**8, cancel=True),
    BreakerSpec(rule="fill_rate", limit=3, window_ns=10**8, cooling_ns=10**8),
    BreakerSpec(rule="sequence_gap", limit=0, window_ns=10**9, cooling_ns=10**8),
    BreakerSpec(rule="drawdown", limit=5, scope="engine", cooling_ns=10**8),
)
LOSS = DrawdownSpec(
    reduce_only_ppm=4, halt_ppm=25, daily_reduce_only_ppm=6, daily_halt_ppm=60,
    strategy_reduce_only_ppm=3, strategy_halt_ppm=15,
)  # fmt: skip


def config_with(*breakers: BreakerSpec, **changes: Any) -> Config:
    cross = {"fast_period": 3, "slow_period": 9}
    strategies = (
        StrategySpec(name="imbalance_maker", instruments=(0,)),
        StrategySpec(name="ema_cross", instruments=(0,), params=cross),
        StrategySpec(name="every_event", instruments=(0,), params={"order_lots": 200}),
    )
    return config_of(btcusdt(), strategies=strategies, breakers=breakers, **changes)


def market_frames(count: int, seed: int = 4) -> Iterator[tuple[int, int, bytes]]:
    """A market that jumps, widens, falls silent, and loses a frame now and then."""
    draw, t_ns, number = random.Random(seed), 10**9, 10
    mid, old = 5_000_000, (4_999_999, 5_000_001)
    for k in range(count):
        t_ns += draw.choice([10**6, 10**7, 5 * 10**7]) if draw.random() > 0.01 else 10**9
        number += 1
        lost = k > 0 and draw.random() < 0.005
        number += lost
        mid += draw.randrange(-40, 41) if draw.random() > 0.02 else draw.randrange(-2500, 2500)
        half = 1 if draw.random() > 0.02 else draw.randrange(200, 4000)
        touch = (mid - half, mid + half)
        if k == 0 or (old is None and draw.random() < 0.5):
            sides = [f'[["{x // 100}.{x % 100:02}","2.0"]]' for x in touch]
            frame = f'{{"lastUpdateId":{number},"bids":{sides[0]},"asks":{sides[1]}}}'
        else:
            levels = [
                [f'["{x // 100}.{x % 100:02}","{lots}.0"]' for x, lots in ((was, 0), (now, 2))]
                for was, now in zip(old or touch, touch, strict=True)
            ]
            frame = (
                f'{{"e":"depthUpdate","E":1,"s":"BTCUSDT","U":{number},"u":{number},'
                f'"b":[{",".join(levels[0])}],"a":[{",".join(levels[1])}]}}'
            )
            if lost or old is None:
                yield 0, t_ns, frame.encode()
                old = None
                continue
        old = touch
        yield 0, t_ns, frame.encode()


CALM = (
    *(Command.REARM, Command.REARM_BREAKER, Command.RESET_DRAWDOWN) * 8,
    *(Command.RESUME_STRATEGY, Command.RESUME_INSTRUMENT, Command.VENUE_UP) * 3,
)
"""Mostly things get better, or nothing would trade for long."""


class Commanded:
    """An engine to which a seeded supervisor talks between frames."""

    def __init__(self, engine: Any, seed: int = 1) -> None:
        self.engine, self.draw = engine, random.Random(seed)
        self.out: list[Any] = []

    def __getattr__(self, name: str) -> Any:
        return getattr(self.engine, name)

    def on_timer(self, t_ns: int) -> None:
        self.engine.on_timer(t_ns)
        self.out += self.engine.take_out()

    def on_market_frame(self, source: int, data: bytes, t_ns: int) -> None:
        if self.draw.random() < 0.1:
            command = self.draw.choice([*Command, *CALM, 0, 99])
            argument, detail = self.draw.randrange(-1, 4), 0
            if command in CALM:
                argument = self.draw.randrange(-1, 3) if command == 10 else -(command == 9)
            if command == Command.SET_LIMIT:
                limit = self.draw.choice(list(LimitName))
                argument = self.draw.choice([0, 1, 10**4, 2 * 10**4, 2**40, -1, 2**62])
                detail = limit_detail(limit, self.draw.randrange(-2, 3))
            self.engine.on_command(command, argument, t_ns, detail)
            self.out += self.engine.take_out()
            if command == Command.SET_LIMIT:
                loose = LIMITS["order_rate_per_s_max"]
                for name, value in ((4, loose), (5, loose), (2, 20_000), (3, 50_000), (6, 10**9)):
                    detail = limit_detail(LimitName(name))
                    self.engine.on_command(Command.SET_LIMIT, value, t_ns, detail)
                for name in (0, 1):
                    detail = limit_detail(LimitName(name))
                    self.engine.on_command(Command.SET_LIMIT, 2**62, t_ns, detail)
        self.engine.on_market_frame(source, data, t_ns)
        self.out += self.engine.take_out()

    def on_order_frame(self, *arguments: Any) -> None:
        self.engine.on_order_frame(*arguments)
        self.out = self.engine.take_out()

    def take_out(self) -> list[Any]:
        taken, self.out = self.out, []
        return taken


def test_engines_agree_under_breakers_and_commands(tmp_path: Path) -> None:
    config = config_with(*BREAKERS, drawdown=LOSS)
    frames = list(market_frames(FRAMES))
    journal = new_journal(tmp_path, config)
    native = drive(Commanded(NativeEngine(config, journal)), config, frames)
    journal.close()
    assert drive(Commanded(ReferenceEngine(config)), config, frames) == native
    for one in ("reference", "native"):
        other = "native" if one == "reference" else "reference"
        backends = dict.fromkeys(STAGES, other) | {"risk": one}
        mixed = mixed_engine(replace(config, backends=backends))
        assert drive(Commanded(mixed), config, frames) == native
    assert native["orders"] > FRAMES // 10
    tripped = [code for code in native["codes"] if 640 <= code < 660]
    assert len(tripped) >= (9 if FRAMES >= 3000 else 6), tripped
    for engine in ("native", "reference"):
        found = replay(tmp_path, engine)
        assert found["equal"], found
        assert found["state_hash"] == digest(native["state"])
        assert found["decisions_hash"] == native["decisions"]


def test_a_run_continues_from_an_exported_state_under_breakers() -> None:
    config = config_with(*BREAKERS, drawdown=LOSS)
    frames = list(market_frames(900))
    for cut in (400, 700):
        whole, start, rest = NativeEngine(config), NativeEngine(config), ReferenceEngine(config)
        for engine in (whole, start):
            drive(engine, config, frames[:cut])
        rest.import_state(start.export_state())
        assert rest.export_state() == start.export_state()
        left, right = (drive(engine, config, frames[cut:]) for engine in (whole, rest))
        assert (left["decisions"], left["state"]) == (right["decisions"], right["state"])


# -- kill, pause ------------------------------------------------------------------------------

SNAPSHOT = b'{"lastUpdateId":10,"bids":[["50000.00","1.0"]],"asks":[["50000.02","1.0"]]}'


def depth(number: int, bid: str = "50000.00") -> bytes:
    return (
        f'{{"e":"depthUpdate","E":1,"s":"BTCUSDT","U":{number},"u":{number},'
        f'"b":[["{bid}","{number}.0"]],"a":[]}}'
    ).encode()


def busy(
    engine: Any, strategies: int = 1, events: int = 20, instruments: int = 1, **changes: Any
) -> Any:
    """An engine with 16 unanswered orders of every strategy on every instrument."""
    specs = tuple(
        StrategySpec(
            name="every_event", instruments=tuple(range(instruments)), params={"order_lots": 12}
        )
        for _ in range(strategies)
    )
    traded = (btcusdt(), btcusdt(symbol="OTHER"))[:instruments]
    config = config_of(*traded, strategies=specs, **changes)
    config = replace(config, risk=replace(config.risk, order_rate_per_s=1000, order_burst=1000))
    made = engine(config)
    for source, instrument in enumerate(traded):
        made.on_market_frame(source, SNAPSHOT, 1000)
        name = instrument.symbol.encode()
        for k in range(events):
            made.on_market_frame(source, depth(11 + k).replace(b"BTCUSDT", name), 2000 + k)
    return made


def kinds(made: Any) -> list[int]:
    return [int(kind) for kind in made.take_decisions()["kind"]]


@ENGINES
def test_kill_cancels_all_and_nothing_new_leaves(engine: Any) -> None:
    made = busy(engine)
    assert kinds(made) == [IntentKind.SUBMIT] * 16
    assert made.on_command(Command.KILL, 0, 3000) == Code.OK
    assert len(made.take_out()) == 16
    assert kinds(made) == [IntentKind.CANCEL] * 16
    made.on_market_frame(0, depth(31), 4000)
    assert made.take_out() == []
    assert made.on_command(Command.REARM, 0, 5000) == Code.OK
    assert not made.stages.risk.killed


@ENGINES
def test_a_kill_of_more_orders_than_fit_one_output_goes_on_with_the_next_input(
    engine: Any,
) -> None:
    made = busy(engine, strategies=16, instruments=2)
    assert kinds(made) == [IntentKind.SUBMIT] * 512
    made.on_command(Command.KILL, 0, 3000)
    first = kinds(made)
    assert set(first) == {IntentKind.CANCEL}
    assert 100 < len(first) < 512
    other = engine(made.config)
    other.import_state(made.export_state())
    for each in (made, other):
        found = len(first)
        for k in range(4):
            each.on_timer(4000 + k)
            found += len(kinds(each))
        assert found == 512
        assert each.stages.risk.killed, "a restart does not rearm"
        each.on_market_frame(0, depth(31), 5000)
        assert each.take_out() == []


@ENGINES
def test_a_pause_cancels_its_own_only(engine: Any) -> None:
    made = busy(engine, strategies=2)
    made.take_decisions()
    assert made.on_command(Command.PAUSE_STRATEGY, 1, 3000) == Code.OK
    decisions = made.take_decisions()
    assert len(decisions) == 16
    assert {*decisions["strategy"]} == {1}
    assert {*decisions["kind"]} == {IntentKind.CANCEL}
    assert made.on_command(Command.PAUSE_INSTRUMENT, 0, 4000) == Code.OK
    assert {*made.take_decisions()["strategy"]} == {0}
    before = made.codes.get(Code.RISK_PAUSED, 0)
    made.on_market_frame(0, depth(31), 5000)
    assert made.codes[Code.RISK_PAUSED] == before + 2
    for command, index in ((Command.RESUME_STRATEGY, 1), (Command.RESUME_INSTRUMENT, 0)):
        assert made.on_command(command, index, 6000) == Code.OK
    made.on_market_frame(0, depth(32), 7000)
    assert made.codes[Code.RISK_PAUSED] == before + 2


@ENGINES
def test_a_trip_refuses_in_the_event_that_trips(engine: Any) -> None:
    """The event that shows the move already sends nothing, and cancels when asked to."""
    wide = BreakerSpec(rule="spread", limit=1000, cancel=True, manual=True)
    made = busy(engine, events=2, breakers=(wide,))
    assert kinds(made) == [IntentKind.SUBMIT] * 3
    gone = b'"b":[["50000.00","0"],["49000.00","1"]]'
    made.on_market_frame(0, depth(13).replace(b'"b":[["50000.00","13.0"]]', gone), 3000)
    assert kinds(made) == [IntentKind.CANCEL] * 3
    assert made.codes[Code.RISK_BREAKER_SPREAD] == 1
    made.on_market_frame(0, depth(14), 4000)
    assert kinds(made) == []
    assert made.on_command(Command.REARM_BREAKER, 0, 5000) == Code.OK
    made.on_market_frame(0, depth(15), 5000 + 60 * 10**9)
    assert kinds(made) == [IntentKind.SUBMIT]


@ENGINES
def test_a_late_answer_trips(engine: Any) -> None:
    late = BreakerSpec(rule="latency", limit=500, count=2, scope="engine", cancel=True)
    made = busy(engine, events=3, breakers=(late,))
    ids = [f"{int(row['client_order_id']):016x}" for row in made.take_decisions()]
    for k, t_ns in ((1, 2500), (2, 2502), (3, 2503)):
        report = ToyVenue(1, "BTCUSDT").report(
            {"id": ids[k], "side": "BUY", "price": "1", "quantity": "1", "venue_id": k}, "NEW"
        )
        assert made.on_order_frame(0, report, t_ns) == Code.OK
        assert len(made.take_out()) == (4 if k == 3 else 0), k


@ENGINES
def test_silence_trips_by_the_timer_the_engine_asks_for(engine: Any) -> None:
    gap = BreakerSpec(rule="data_gap", limit=1500, cancel=True)
    made = busy(engine, events=2, breakers=(gap,))
    made.take_decisions()
    assert made.next_timer() == 2001 + 1501
    made.on_timer(3502)
    assert kinds(made) == [IntentKind.CANCEL] * 3
    assert made.next_timer() == 3502 + LIMITS["ack_ns_max"]


@ENGINES
def test_unknown_commands_are_counted_and_harmless(engine: Any) -> None:
    made = busy(engine, events=1)
    state = made.stages.risk.export_state()
    for command, argument, detail in (
        (0, 0, 0), (-1, 0, 0), (99, 1, 1), (2**31 - 1, -(2**63), -(2**31)), (3, 8, 0), (3, -1, 0),
        (5, 1, 0), (7, 1, 0), (9, 0, 0), (10, 1, 0), (5, 2**40, 0),
    ):  # fmt: skip
        assert made.on_command(command, argument, 3000, detail) == Code.ENGINE_COMMAND
    assert made.codes[Code.ENGINE_COMMAND] == 11
    assert made.stages.risk.export_state() == state
    for wrong in (2**63, -(2**63) - 1):
        with pytest.raises(OverflowError):
            made.on_command(Command.KILL, wrong, 3000)
    with pytest.raises(OverflowError):
        made.on_command(2**31, 0, 3000)


def test_a_command_record_is_its_own_inverse() -> None:
    assert command_parse(command_bytes(11, -5, 77)) == (11, -5, 77)
    assert LIMITS_VALUE.unpack(limits_value(7, {LimitName.STALE_NS: 5})) == (
        7, *[-1] * 6, 5, *[-1] * 14,
    )  # fmt: skip


# -- limits while it runs -----------------------------------------------------------------------


@ENGINES
def test_a_limit_tightens_and_loosens_up_to_the_ceiling(engine: Any) -> None:
    made = busy(engine, events=0)
    position = limit_detail(LimitName.POSITION_CEILING_PPM, 0)
    for value, code in (
        (0, Code.OK), (10_000, Code.OK), (20_000, Code.OK), (20_001, Code.ENGINE_LIMIT),
        (-1, Code.ENGINE_LIMIT), (2**62, Code.ENGINE_LIMIT), (2**32 + 5, Code.ENGINE_LIMIT),
    ):  # fmt: skip
        assert made.on_command(Command.SET_LIMIT, value, 3000, position) == code
    for detail in (21, 255, limit_detail(LimitName.STALE_NS, 1), limit_detail(LimitName(0), -2)):
        assert made.on_command(Command.SET_LIMIT, 1, 3000, detail) == Code.ENGINE_LIMIT
    assert made.codes[Code.ENGINE_LIMIT] == 8
    assert made.stages.control.limits_version == 3
    assert made.stages.risk.limits()[0][LimitName.POSITION_CEILING_PPM] == 20_000
    made.take_decisions()
    made.on_command(Command.SET_LIMIT, 11, 3000, limit_detail(LimitName.ORDER_LOTS))
    made.on_market_frame(0, depth(11), 4000)
    assert made.codes[Code.RISK_QUANTITY_MAX] == 1
    other = engine(made.config)
    other.import_state(made.export_state())
    assert other.stages.risk.limits()[0][LimitName.ORDER_LOTS] == 11, "a restart keeps it"
    assert other.export_state() == made.export_state()


@ENGINES
def test_the_burst_of_a_restored_state_may_be_wider_than_configured(engine: Any) -> None:
    """And narrower: tokens above a tightened burst are gone at once."""
    config = config_of(btcusdt())
    made, other = engine(config), engine(config)
    burst = limit_detail(LimitName.ORDER_BURST)
    made.on_command(Command.SET_LIMIT, 1000, 10, burst)
    made.on_command(Command.SET_LIMIT, 1000, 10, limit_detail(LimitName.ORDER_RATE_PER_S))
    made.on_timer(10**12)
    other.import_state(made.export_state())
    assert other.export_state() == made.export_state()
    made.on_command(Command.SET_LIMIT, 3, 10**12, burst)
    assert int.from_bytes(made.stages.risk.export_state()[8:16], "little") <= 3 * 10**9


@ENGINES
def test_a_slot_is_an_input_before_it_is_used(engine: Any, tmp_path: Path) -> None:
    config = config_of(btcusdt())
    journal = new_journal(tmp_path, config)
    made = engine(config, journal)
    slot = Slot.create(LIMITS_VALUE.size)
    made.attach_limits(slot)
    made.on_timer(1000)
    slot.write(limits_value(1, {LimitName.ORDER_LOTS: 5, LimitName.POSITION_CEILING_PPM: 10**6}))
    made.on_timer(2000)
    made.on_timer(3000)
    assert made.seq == 4, "three timers and one slot"
    limits = made.stages.risk.limits()[0]
    assert limits[LimitName.ORDER_LOTS] == 5
    assert limits[LimitName.POSITION_CEILING_PPM] == 20_000
    assert made.codes[Code.ENGINE_LIMIT] == 1
    slot.write(limits_value(1, {LimitName.ORDER_LOTS: 6}))
    made.on_timer(4000)
    assert made.seq == 5, "the same version is the same limits"
    journal.close()
    for name in ("native", "reference"):
        assert replay(tmp_path, name)["state_hash"] == digest(made.export_state())


@ENGINES
def test_a_wrong_slot_is_refused(engine: Any) -> None:
    made = engine(config_of(btcusdt()))
    with pytest.raises(ConfigError):
        made.attach_limits(Slot.create(56))
    for value in (b"", bytes(63), bytes(65)):
        with pytest.raises(DataError):
            made.on_limits(value, 1)
    assert made.on_limits(limits_value(9, dict.fromkeys(LimitName, 2**62)), 5) == Code.OK
    assert made.codes[Code.ENGINE_LIMIT] == len(LimitName) - 4, "four have no ceiling of their own"


@ENGINES
def test_a_hammered_slot_replays_exactly(engine: Any, tmp_path: Path) -> None:
    """A writer thread that never rests: what was used is in the journal, in its place."""
    config = config_with(BREAKERS[0])
    journal = new_journal(tmp_path, config)
    made = engine(config, journal)
    slot, stop = Slot.create(LIMITS_VALUE.size), threading.Event()
    made.attach_limits(slot)

    def hammer() -> None:
        version, names = 0, list(LimitName)
        while not stop.is_set():
            version += 1
            values = {names[version % 7]: version % 25_000, LimitName.STALE_NS: 10**9 + version}
            slot.write(limits_value(version, values))

    writer = threading.Thread(target=hammer)
    writer.start()
    try:
        found = drive(made, config, market_frames(400))
    finally:
        stop.set()
        writer.join()
    journal.close()
    changes = made.stages.control.slot_version
    assert changes > 0
    for name in ("native", "reference"):
        again = replay(tmp_path, name)
        assert again["equal"], again
        assert again["state_hash"] == digest(found["state"])
        assert again["decisions_hash"] == found["decisions"]
