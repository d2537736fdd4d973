"""Risk of the portfolio inside the walk: both engines, mixed, the worker's slots, and replay."""

import math
import random
from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from drive import ToyVenue, drive
from support import btcusd_inverse, btcusdt, config_of

from tickpath.backtest.journal_setup import new_journal
from tickpath.backtest.replay import replay
from tickpath.core.codes import Code
from tickpath.core.config import Config, PortfolioSpec, StrategySpec
from tickpath.core.errors import ConfigError, DataError
from tickpath.core.records import FIGURE_ABSENT
from tickpath.engine.mixed import mixed_engine
from tickpath.engine.money_commands import transfer
from tickpath.engine.native import Engine as NativeEngine
from tickpath.engine.reference import Engine as ReferenceEngine
from tickpath.engine.state import digest
from tickpath.hot import STAGES
from tickpath.hot.risk.portfolio.state import ANSWER, OFF, pack_answer, snapshot_size, unpack
from tickpath.hot.risk.portfolio.worker import PortfolioWorker
from tickpath.lanes.slot import Slot

ENGINES = pytest.mark.parametrize("engine", [ReferenceEngine, NativeEngine])
GRID = 10**8
SPEC = PortfolioSpec(
    grid_ns=GRID, decay_ppm=900_000, confidence_ppm=900_000, window=40, paths=1000,
    historical_var_max=Decimal("0.08"), historical_shortfall_max=Decimal("0.06"),
    historical_age_ns_max=5 * 10**9,
)  # fmt: skip
WATCHED = replace(
    SPEC, parametric_var_max=Decimal("0.10"), parametric_shortfall_max=Decimal("0.11"),
    monte_carlo_var_max=Decimal("0.10"), monte_carlo_shortfall_max=Decimal("0.11"),
    correlated_max=Decimal(1200), parametric_age_ns_max=10**9, monte_carlo_age_ns_max=10**9,
    correlated_age_ns_max=10**9,
)  # fmt: skip


def config_with(spec: PortfolioSpec, **changes: Any) -> Config:
    """Two instruments of which the first is traded."""
    strategies = (
        StrategySpec(name="imbalance_maker", instruments=(0,)),
        StrategySpec(name="every_event", instruments=(0,), params={"order_lots": 200}),
    )
    two = (btcusdt(), btcusdt(symbol="OTHER"))
    return config_of(*two, strategies=strategies, portfolio=spec, **changes)


def snapshot_frame(number: int, mid: int) -> bytes:
    low, high = ((mid - 1) / 100, (mid + 1) / 100)
    return (
        f'{{"lastUpdateId":{number},"bids":[["{low:.2f}","2.0"]],"asks":[["{high:.2f}","2.0"]]}}'
    ).encode()


def depth_frame(symbol: str, number: int, old: int, mid: int) -> bytes:
    """All that was at the old touch goes, a new touch comes."""
    sides = []
    for was, now in ((old - 1, mid - 1), (old + 1, mid + 1)):
        sides.append(f'[["{was / 100:.2f}","0.0"],["{now / 100:.2f}","2.0"]]')
    return (
        f'{{"e":"depthUpdate","E":1,"s":"{symbol}","U":{number},"u":{number},'
        f'"b":{sides[0]},"a":{sides[1]}}}'
    ).encode()


def market(count: int, seed: int = 3, step: int = 300) -> Iterator[tuple[int, int, bytes]]:
    """Two books that move together, most of the time."""
    draw, t_ns, number = random.Random(seed), 10**9, 10
    mids = [5_000_000, 5_000_000]
    for source in (0, 1):
        yield source, t_ns, snapshot_frame(number, mids[source])
    for _ in range(count):
        t_ns += draw.choice([10**6, 10**7, 5 * 10**7])
        number += 1
        common = draw.randrange(-step, step + 1)
        for source, symbol in ((0, "BTCUSDT"), (1, "OTHER")):
            if source == 1 and draw.random() < 0.3:
                common = 0
            old = mids[source]
            mids[source] += common + draw.randrange(-20, 21)
            yield source, t_ns, depth_frame(symbol, number, old, mids[source])


class Answered:
    """An engine beside which a worker answers now and then."""

    def __init__(self, engine: Any, config: Config, seed: int = 1) -> None:
        self.engine, self.draw = engine, random.Random(seed)
        self.snapshots = Slot.create(snapshot_size(len(config.instruments)))
        self.answers = Slot.create(ANSWER.size)
        engine.attach_portfolio(self.snapshots, self.answers)
        self.worker = PortfolioWorker(config, self.snapshots, self.answers)
        self.worker.start()
        self.answered = 0

    def __getattr__(self, name: str) -> Any:
        return getattr(self.engine, name)

    def on_market_frame(self, source: int, data: bytes, t_ns: int) -> int:
        if self.draw.random() < 0.05:
            self.answered += self.worker.do_work()
        return int(self.engine.on_market_frame(source, data, t_ns))


def figures_of(engine: Any) -> Any:
    """The portfolio's part of the state."""
    config = engine.config
    image = unpack(
        engine.stages.portfolio.export_state(), config.portfolio.grid_ns, len(config.instruments)
    )
    assert image is not None
    return image


# -- equality -----------------------------------------------------------------------------------


@pytest.mark.parametrize("count", [400, pytest.param(1500, marks=pytest.mark.slow)])
def test_engines_agree_and_a_replay_needs_no_worker(count: int, tmp_path: Path) -> None:
    config = config_with(WATCHED)
    frames = list(market(count))
    journal = new_journal(tmp_path, config)
    watched = Answered(NativeEngine(config, journal), config)
    native = drive(watched, config, frames)
    journal.close()
    assert watched.answered > 20
    assert drive(Answered(ReferenceEngine(config), config), config, frames) == native
    for one in ("reference", "native"):
        other = "native" if one == "reference" else "reference"
        backends = dict.fromkeys(STAGES, other) | {"risk": one}
        mixed = mixed_engine(replace(config, backends=backends))
        assert drive(Answered(mixed, config), config, frames) == native
    assert native["orders"] > 50
    for code in range(Code.RISK_VAR, Code.RISK_VAR_STALE + 1):
        assert native["codes"].get(code, 0) > 0, native["codes"]
    for engine in ("native", "reference"):
        found = replay(tmp_path, engine)
        assert found["equal"], found
        assert found["state_hash"] == digest(native["state"])
        assert found["decisions_hash"] == native["decisions"]


@pytest.mark.parametrize("cut", [300, 1001])
def test_a_run_continues_from_an_exported_state(cut: int) -> None:
    config = config_with(SPEC)
    frames = list(market(700))
    whole, start, rest = NativeEngine(config), NativeEngine(config), ReferenceEngine(config)
    for engine in (whole, start):
        drive(engine, config, frames[:cut])
    rest.import_state(start.export_state())
    assert rest.export_state() == start.export_state()
    left, right = (drive(engine, config, frames[cut:]) for engine in (whole, rest))
    assert (left["decisions"], left["state"]) == (right["decisions"], right["state"])


def test_nothing_configured_is_nothing_kept() -> None:
    config = config_with(PortfolioSpec())
    for engine in (ReferenceEngine(config), NativeEngine(config)):
        drive(engine, config, market(50))
        assert engine.stages.portfolio.export_state() == OFF
        assert engine.stages.portfolio.tick_ns == 2**63 - 1
        with pytest.raises(ConfigError, match="grid_ns"):
            engine.attach_portfolio(Slot.create(8), Slot.create(8))
        with pytest.raises(DataError, match="grid_ns"):
            engine.on_answer(bytes(ANSWER.size), 10)


# -- figures ------------------------------------------------------------------------------------


@ENGINES
def test_samples_are_what_the_account_earned_on_the_grid(engine: Any) -> None:
    config = config_with(replace(SPEC, historical_var_max=Decimal(0),
                                 historical_shortfall_max=Decimal(0)))  # fmt: skip
    made, venue = engine(config), ToyVenue(5, "BTCUSDT")
    want, last, next_ns = [], None, 0
    for source, t_ns, data in market(600):
        mids = [v.bid_ticks + v.ask_ticks for v in (b.top(1) for b in made.stages.books)]
        if t_ns >= next_ns:
            next_ns = (t_ns // GRID + 1) * GRID
            equity = made.stages.execute.equity_units(1, mids)
            if last is not None:
                want.append(equity - last)
            last = equity
        made.on_market_frame(source, data, t_ns)
        for _, _, request in made.take_out():
            for answer in venue.answer(request):
                made.on_order_frame(0, answer, t_ns)
    assert any(want)
    image = figures_of(made)
    tail = sorted(want[-40:])[:4]
    assert image.figures[0] == -tail[-1]
    assert image.figures[1] == math.ceil(-sum(tail) / 4)
    assert image.tick_ns - GRID <= image.figures[2] < image.tick_ns


@ENGINES
def test_money_brought_in_or_taken_out_is_no_profit(engine: Any) -> None:
    config = config_with(SPEC)
    made = engine(config)
    for k in range(60):
        if k % 7 == 3:
            command, currency, words = transfer(config, "USDT", Decimal(-500 + 300 * (k % 2)))
            made.on_command(command, currency, k * GRID, 0, words)
        made.on_timer(k * GRID + 5)
    assert list(figures_of(made).figures[:2]) == [0, 0]
    assert made.stages.execute.equity_units(1, [0, 0]) < config.balance_units(1)


@ENGINES
def test_a_tail_that_was_not_seen_is_absent(engine: Any) -> None:
    made = engine(config_with(SPEC))
    for k in range(11):
        assert figures_of(made).figures[0] == FIGURE_ABSENT
        made.on_timer(k * GRID)
    assert figures_of(made).figures[0] == 0


# -- verdicts -----------------------------------------------------------------------------------


def ready(engine: Any, spec: PortfolioSpec) -> Any:
    """An engine with two good books at 2 s."""
    made = engine(config_with(spec))
    for source in (0, 1):
        made.on_market_frame(source, snapshot_frame(10, 5_000_000), 2 * 10**9)
    made.take_out()
    return made


def tried(made: Any, number: int, t_ns: int) -> dict[int, int]:
    """Refusals that a market event leads to."""
    before = dict(made.codes)
    made.on_market_frame(0, depth_frame("BTCUSDT", number, 5_000_000, 5_000_000), t_ns)
    made.take_out()
    return {int(c): n - before.get(c, 0) for c, n in made.codes.items() if 630 <= c < 634 and n}


def answer(version: int, seq: int, from_ns: int, var: int, shortfall: int, along: int) -> bytes:
    return pack_answer(version, seq, from_ns, (var, var, shortfall, shortfall), (along, along))


@ENGINES
def test_an_answer_opens_grows_old_and_closes(engine: Any) -> None:
    spec = replace(WATCHED, historical_var_max=Decimal(0), historical_shortfall_max=Decimal(0))
    made = ready(engine, spec)
    assert tried(made, 11, 2_100_000_000).get(Code.RISK_VAR_STALE), "there is no figure yet"
    good = answer(1, made.seq, 2_100_000_000, 0, 0, 0)
    assert made.on_answer(good, 2_100_000_001) == Code.OK
    last = tried(made, 12, 2_200_000_000)
    assert not any(last.values())
    last = tried(made, 13, 3_100_000_000)
    assert not any(last.values()), "as old as it may be"
    assert tried(made, 14, 3_100_000_001)[Code.RISK_VAR_STALE] > 0


@ENGINES
@pytest.mark.parametrize(
    ("figures", "code"),
    [
        ((10**7 + 1, 0, 0), Code.RISK_VAR),
        ((0, 11 * 10**6 + 1, 0), Code.RISK_SHORTFALL),
        ((0, 0, 1201 * 10**8), Code.RISK_CORRELATED),
        ((FIGURE_ABSENT, 0, 0), Code.RISK_VAR_STALE),
        ((0, FIGURE_ABSENT, 0), Code.RISK_VAR_STALE),
        ((0, 0, FIGURE_ABSENT), Code.RISK_VAR_STALE),
    ],
)
def test_past_a_limit_new_orders_are_refused(
    engine: Any, figures: tuple[int, int, int], code: Code
) -> None:
    spec = replace(WATCHED, historical_var_max=Decimal(0), historical_shortfall_max=Decimal(0))
    made = ready(engine, spec)
    made.on_answer(answer(1, made.seq, 2 * 10**9, *figures), 2_000_000_001)
    found = tried(made, 11, 2_000_000_002)
    assert found.pop(code) > 0
    assert set(found) <= {Code.RISK_VAR_STALE}


@ENGINES
def test_a_wrong_answer_is_refused_once(engine: Any) -> None:
    made = ready(engine, WATCHED)
    before = figures_of(made)
    seq, now = made.seq, 2 * 10**9
    for k, bad in enumerate(
        (
            answer(1, seq + 100, now, 1, 1, 1),
            answer(2, seq, now + 10**9, 1, 1, 1),
            answer(3, seq, -1, 1, 1, 1),
            answer(4, seq, now, 2**62 + 1, 1, 1),
            answer(5, seq, now, 1, 1, -(2**62) - 1),
        ),
        1,
    ):
        made.on_answer(bad, now)
        assert made.codes[Code.ENGINE_ANSWER] == k
        assert figures_of(made).answer_version == k
    assert list(figures_of(made).figures) == list(before.figures)
    for value in (b"", bytes(ANSWER.size - 1), bytes(ANSWER.size + 8)):
        with pytest.raises(DataError):
            made.on_answer(value, now)


# -- slots --------------------------------------------------------------------------------------


@ENGINES
def test_an_answer_is_an_input_before_it_is_used(engine: Any, tmp_path: Path) -> None:
    config = config_with(WATCHED)
    journal = new_journal(tmp_path, config)
    made = engine(config, journal)
    snapshots, answers = Slot.create(snapshot_size(2)), Slot.create(ANSWER.size)
    made.attach_portfolio(snapshots, answers)
    made.on_timer(1000)
    found = snapshots.read()
    assert found is not None
    assert found.seq == 1, "the first input begins an interval"
    answers.write(answer(1, 1, 1000, 7, 8, 9))
    made.on_timer(2000)
    made.on_timer(3000)
    assert made.seq == 4, "three timers and one answer"
    assert list(figures_of(made).figures[3:]) == [7, 8, 1000] * 2
    answers.write(answer(1, 1, 1000, 6, 6, 6))
    made.on_timer(4000)
    assert made.seq == 5, "the same version is the same answer"
    assert snapshots.read().seq == 1, "one snapshot an interval"
    made.on_timer(GRID)
    assert snapshots.read().seq == 6
    journal.close()
    for name in ("native", "reference"):
        assert replay(tmp_path, name)["state_hash"] == digest(made.export_state())


def test_both_engines_leave_the_same_snapshot() -> None:
    config = config_with(SPEC)
    made = [Answered(engine(config), config) for engine in (ReferenceEngine, NativeEngine)]
    for engine in made:
        drive(engine, config, market(300))
    left, right = (engine.snapshots.read() for engine in made)
    assert left == right
    assert left.seq > 0


@ENGINES
def test_wrong_slots_are_refused(engine: Any) -> None:
    made = engine(config_with(SPEC))
    right = (snapshot_size(2), ANSWER.size)
    for sizes in ((right[0] + 8, right[1]), (right[0], right[1] - 8), (right[1], right[0])):
        with pytest.raises(ConfigError, match="portfolio slots"):
            made.attach_portfolio(*(Slot.create(size) for size in sizes))


def test_currencies_do_not_mix() -> None:
    config = replace(config_of(btcusdt(), btcusd_inverse()), portfolio=SPEC)
    for engine in (ReferenceEngine, NativeEngine):
        with pytest.raises(ConfigError, match="one currency an engine"):
            engine(config)
