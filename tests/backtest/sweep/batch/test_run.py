"""Rows of a batch beside those of an engine for each set: on generated and on recorded markets."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from support import RECORDINGS, require

from tickpath.backtest.recording import write_recording
from tickpath.backtest.run import Backtest, Options
from tickpath.backtest.sweep.backtest_job import with_params
from tickpath.backtest.sweep.backtests import Loaded, Subject, shared
from tickpath.backtest.sweep.batch import cover
from tickpath.backtest.sweep.batch.run import SetBatch
from tickpath.backtest.sweep.batch.stream import tape_of
from tickpath.backtest.sweep.rows import Job, Row
from tickpath.devices.gpu.sweep import Figures
from tickpath.hot.strategy.discover import find
from tickpath.venues.sim.frames import Builder, Recording
from tickpath.venues.sim.generator import generate

STRATEGIES = ("ema_cross", "bank_example", "imbalance_maker")
ORDER_LOTS = (0, 0, 100, 3000, 200_000)


def drawn(strategy: str, count: int, seed: int) -> list[dict[str, int]]:
    """Parameter sets that trade much, little, too large and not at all."""
    rng = np.random.default_rng(seed)

    def one() -> dict[str, int]:
        found = {
            "order_lots": rng.choice(ORDER_LOTS),
            "order_equity_ppm": rng.choice([100, 1250, 5000]),
            "position_equity_ppm": rng.choice([1000, 10_000, 60_000]),
        }
        if strategy == "imbalance_maker":
            return found | {
                "half_spread_ppm": rng.choice([1, 2, 8, 20, 90]),
                "imbalance_shift_ppm": rng.choice([0, 5, 30]),
                "lean_ppm": rng.choice([0, 10, 80]),
                "replace_ppm": rng.choice([0, 1, 5, 20]),
                "imbalance_levels": rng.integers(1, 11),
            }
        found["slip_ppm"] = rng.choice([0, 3, 100, 3000])
        if strategy == "bank_example":
            return found | {"votes_full": rng.integers(1, 5)}
        fast = rng.integers(2, 40)
        return found | {
            "fast_period": fast,
            "slow_period": fast + rng.integers(1, 120),
            "band_ppm": rng.choice([0, 1, 20]),
            "tries_max": rng.choice([1, 3, 500]),
        }

    return [{name: int(value) for name, value in one().items()} for _ in range(count)]


def broken(recording: Recording, dropped: int) -> Recording:
    """The recording without one of its frames: a gap, after which its book is lost for good."""
    builder = Builder()
    for k in range(len(recording)):
        begin = int(recording.offsets[k])
        frame = bytes(recording.blob[begin : begin + int(recording.sizes[k])])
        if k != dropped:
            builder.add(int(recording.t_ns[k]), frame)
    return builder.build(recording.venue, recording.symbol)


def rows_of(subject: Subject, sets: Sequence[dict[str, int]]) -> tuple[list[Row], list[Any], Any]:
    """(rows of the batch, figures by the engine, the batch)."""
    with shared(subject.load(), None) as job:
        batch = SetBatch(job, threads=2)
        rows = batch.rows([Job(k, params) for k, params in enumerate(sets)])
        return rows, [job(params) for params in sets], batch


def compare(rows: list[Row], figures: list[dict[str, Any]]) -> int:
    """Every figure but the state hash; returns how many rows came from the batch."""
    made = 0
    for row, theirs in zip(rows, figures, strict=True):
        assert not row.error
        expected = dict(theirs)
        if row.figures["engine"] == "batch":
            made += 1
            expected |= {"engine": "batch", "state_hash": None}
        assert row.figures == expected, row.params
    return made


@pytest.mark.parametrize("strategy", STRATEGIES)
@pytest.mark.parametrize("seed", [2, 3])
def test_a_generated_market_gives_the_rows_of_the_engine(
    tmp_path: Path, strategy: str, seed: int
) -> None:
    path = tmp_path / "market.gz"
    write_recording(generate(seed=seed, frames=900), path)
    sets = drawn(strategy, 10, seed)
    rows, figures, _ = rows_of(Subject(paths=[path], strategy=strategy, seed=seed), sets)
    assert compare(rows, figures) == len(sets)
    assert max(row.figures["orders"] for row in rows) > 5
    assert seed != 2 or max(row.figures["fills"] for row in rows) > 5


@pytest.mark.parametrize("strategy", ["ema_cross", "imbalance_maker"])
def test_sets_that_leave_are_run_by_the_engine(tmp_path: Path, strategy: str) -> None:
    path = tmp_path / "market.gz"
    market = generate(seed=5, frames=900)
    frames = [
        bytes(market.blob[b : b + n]) for b, n in zip(market.offsets, market.sizes, strict=True)
    ]
    depth = [k for k in range(600, len(frames)) if b"depthUpdate" in frames[k]]
    write_recording(broken(market, depth[0]), path)
    rows, figures, batch = rows_of(Subject(paths=[path], strategy=strategy), drawn(strategy, 8, 1))
    made = compare(rows, figures)
    assert made + sum(batch.left.values()) == len(rows)
    if strategy == "imbalance_maker":
        assert made < len(rows), "quotes were open when the book was lost"
        assert "the book was lost while an order was open" in batch.left


def test_part_of_a_recording(tmp_path: Path) -> None:
    """The venue lives frames that the engine is not given any more."""
    path = tmp_path / "market.gz"
    write_recording(generate(seed=4, frames=900), path)
    for strategy in STRATEGIES:
        subject = Subject(paths=[path], strategy=strategy, max_events=411, points=7)
        rows, figures, _ = rows_of(subject, drawn(strategy, 5, 3))
        assert compare(rows, figures) == 5


def test_errors_of_sets_are_those_of_a_backtest(tmp_path: Path) -> None:
    path = tmp_path / "market.gz"
    write_recording(generate(seed=4, frames=300), path)
    with shared(Subject(paths=[path], strategy="ema_cross").load(), None) as job:
        jobs = [Job(0, {"fast_period": 9, "slow_period": 5}), Job(1, {"order_lots": 2**61})]
        rows = SetBatch(job).rows(jobs)
    assert rows[0].error.startswith("ConfigError: ema_cross: fast_period 9 must be below")
    assert rows[1].figures["engine"] == "native"


def recorded(strategy: str) -> Loaded:
    path = require(RECORDINGS / "spot_btcusdt_20240808.gz")
    return Subject(paths=[path], strategy=strategy).load()


@pytest.mark.slow
@pytest.mark.parametrize("strategy", STRATEGIES)
@pytest.mark.parametrize("queue", ["power", "pessimistic", "power3"])
def test_a_recording_fill_by_fill(strategy: str, queue: str) -> None:
    loaded = recorded(strategy)
    sim = replace(loaded.config.sim, queue=queue, partial_fills=queue != "power3")
    config = replace(loaded.config, sim=sim, seed=7)
    declaration = find(strategy)
    tape = tape_of(config, loaded.recording, features=cover.features_of(declaration))
    tape = cover.votes_of(declaration, tape)
    plan = cover.plan_of(config, tape, 20_000, 20_000)
    sets = drawn(strategy, 40, len(queue))
    made = np.array([cover.set_of(cover.entry_of(with_params(config, params))) for params in sets])
    figures = cover.figures_for(config, tape, plan, made, None, 1)
    assert not figures.results["left"].any()
    for k, params in enumerate(sets):
        options = Options(measure=False, direct_orders=True)
        run = Backtest(with_params(config, params), loaded.recording, options)
        check_fills(figures, k, run, run.run())


def check_fills(figures: Figures, k: int, run: Backtest, result: Any) -> None:
    row = figures.results[k]
    ours, theirs = figures.fills[k][: row["fills"]], result.fill_rows
    assert len(theirs) == row["fills"]
    for name in ("t_ns", "price_ticks", "fee_units"):
        assert (ours[name] == theirs[name]).all()
    signs = np.where(theirs["side"] == 0, 1, -1)
    assert (ours["lots"] == signs * theirs["quantity_lots"]).all()
    assert (ours["order"] == theirs["client_order_id"] & 0xFFFFFFFF).all()
    assert result.position_lots == [row["position_lots"]]
    settle = run.config.instruments[0].settle
    assert result.fee_units == {settle: row["fee_units"]}
    before = run.config.balance_units(settle)
    assert result.pnl_units == {settle: row["equity_units"] - before}
    assert (result.orders, sum(result.rejects.values())) == (row["orders"], row["rejects"])
    equity = [units[settle] for units in result.samples.equity_units]
    assert equity[: len(figures.equity)] == figures.equity[:, k].tolist()
