"""Backtests on the native, the reference and the mixed engine give the same figures and hashes."""

import json
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from support import RECORDINGS, require

from tickpath.backtest.recording import read_recordings
from tickpath.backtest.replay import replay
from tickpath.backtest.run import Backtest, Options
from tickpath.backtest.setup import config_for
from tickpath.core.config import PortfolioSpec
from tickpath.core.errors import ConfigError
from tickpath.venues.sim import GeneratedMarket
from tickpath.venues.sim.generator import generate

SAME = ("decisions_hash", "state_hash", "orders", "pnl", "fees", "positions", "codes", "book")
EVENTS = 2500


def figures(
    recording: Any, engine: str, events: int, portfolio: Any = None, **options: Any
) -> dict[str, Any]:
    config = config_for(recording, strategy="imbalance_maker")
    if portfolio is not None:
        config = replace(config, portfolio=portfolio)
    result = Backtest(config, recording, Options(engine=engine, max_events=events, **options)).run()
    data = result.to_json()
    return {key: data[key] for key in SAME} | {"fills": result.fill_rows.tolist()}


@pytest.mark.recordings
@pytest.mark.parametrize(
    "name", ["spot_btcusdt_20240808", "usdm_btcusdt_20240808", "cm_btcusd_perp_20240808"]
)
def test_engines_agree_on_a_recording(name: str) -> None:
    recording = read_recordings([require(RECORDINGS / f"{name}.gz")])
    native = figures(recording, "native", EVENTS)
    assert native["orders"] > 0
    assert figures(recording, "reference", EVENTS) == native
    assert figures(recording, "mixed", EVENTS) == native


@pytest.mark.parametrize(
    ("venue", "frames"),
    [("binance-usdm", 2500), pytest.param("binance-spot", 15_000, marks=pytest.mark.slow)],
)
def test_engines_agree_on_a_generated_recording(venue: str, frames: int) -> None:
    recording = generate(seed=11, frames=frames, venue=venue)
    native = figures(recording, "native", frames)
    assert native["orders"] > 0
    assert native["fills"]
    assert figures(recording, "reference", frames) == native


@pytest.mark.parametrize(
    ("venue", "frames"),
    [
        ("binance-usdm", 2500),
        pytest.param("binance-spot", 12_000, marks=pytest.mark.slow),
        pytest.param("binance-usdm", 12_000, marks=pytest.mark.slow),
    ],
)
def test_engines_agree_in_a_market_that_feels_our_orders(venue: str, frames: int) -> None:
    """The reference run has its market and its venue in plain Python as well."""
    native, plain, mixed = (
        figures(GeneratedMarket(11, frames, venue), engine, frames)
        for engine in ("native", "reference", "mixed")
    )
    assert native["orders"] > 0
    assert native["fills"]
    assert plain == native
    assert mixed == native


def test_a_generated_market_is_used_up_by_a_run() -> None:
    market = GeneratedMarket(1, 200)
    figures(market, "native", 200)
    with pytest.raises(ConfigError, match="make another one"):
        figures(market, "reference", 200)
    with pytest.raises(ConfigError, match="make another one"):
        figures(market, "native", 200)


def test_a_journal_replays_to_the_same_hashes(tmp_path: Path) -> None:
    recording = generate(seed=5, frames=4000)
    native = figures(recording, "native", 4000, journal=tmp_path / "journal")
    for engine in ("native", "reference"):
        found = replay(tmp_path / "journal", engine)
        assert found["equal"], json.dumps(found)
        assert found["complete"]
        assert found["decisions_hash"] == native["decisions_hash"]
        assert found["state_hash"] == native["state_hash"]


@pytest.mark.slow
def test_engines_agree_where_the_portfolio_is_watched(tmp_path: Path) -> None:
    """The worker answers between chunks of events: the same in every run, and in a replay."""
    watched = PortfolioSpec(
        grid_ns=10**8, confidence_ppm=900_000, window=50, paths=1000,
        historical_var_max=Decimal("0.0005"), parametric_var_max=Decimal("0.0005"),
        monte_carlo_shortfall_max=Decimal("0.0005"), correlated_max=Decimal(1000),
    )  # fmt: skip

    def run(engine: str, **options: Any) -> dict[str, Any]:
        return figures(GeneratedMarket(11, 12_000), engine, 12_000, watched, **options)

    native = run("native", journal=tmp_path / "journal")
    assert native["fills"]
    for code in ("RISK_VAR", "RISK_VAR_STALE"):
        assert native["codes"][code] > 0
    for engine in ("reference", "mixed"):
        assert run(engine) == native
    for engine in ("native", "reference"):
        found = replay(tmp_path / "journal", engine)
        assert found["equal"], json.dumps(found)
        assert found["state_hash"] == native["state_hash"]


def test_the_ledger_sums_to_zero_after_every_event() -> None:
    """Checked from outside: every account of every currency, in integers, after each frame."""
    recording = generate(seed=7, frames=12_000)
    config = config_for(recording, strategy="imbalance_maker")
    run = Backtest(config, recording, Options(measure=False))
    execute = run.engine.stages.execute
    traded = False
    while run.loop.run(1):
        run.engine.take_decisions()
        for currency in range(len(config.currencies)):
            accounts = execute.ledger(currency)
            assert all(isinstance(units, int) for units in accounts.values())
            assert sum(accounts.values()) == 0
        traded = traded or execute.positions[0].bought_lots > 0
    assert traded


@pytest.mark.recordings
def test_the_books_equal_the_recorded_best_prices() -> None:
    bars = {
        ("spot_btcusdt_20240808", "spot_btcusdt_20240809"): (6400, 2),
        ("usdm_btcusdt_20240808",): (6500, 0),
        ("cm_btcusd_perp_20240808",): (26_800, 0),
    }
    for names, (checked, unequal) in bars.items():
        recording = read_recordings([require(RECORDINGS / f"{name}.gz") for name in names])
        config = config_for(recording, strategy="imbalance_maker")
        book = Backtest(config, recording, Options(measure=False)).run().book
        assert book["gaps"] == book["crossed"] == 0
        assert book["bbo_checked"] >= checked
        assert book["bbo_checked"] - book["bbo_equal"] <= unequal
