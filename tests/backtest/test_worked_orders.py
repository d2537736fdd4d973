"""A strategy of algorithms on generated and recorded markets: one outcome on every engine."""

import json
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from backtest_support import FRAMES, counters, outcome
from support import RECORDINGS, require

from tickpath.backtest.recording import read_recordings
from tickpath.backtest.replay import replay
from tickpath.backtest.run import Backtest, Options
from tickpath.backtest.setup import config_for
from tickpath.core.config import AlgorithmSpec, Config
from tickpath.venues.sim import GeneratedMarket
from tickpath.venues.sim.generator import generate

STRATEGY = str(Path(__file__).with_name("worked_orders.py"))
ALGORITHMS = (
    AlgorithmSpec(name="twap", kind="twap", slices=6, clip_min_ppm=20_000),
    AlgorithmSpec(name="vwap", kind="vwap", slices=4, curve=(4, 2, 1, 3), price="cross",
                  clip_max_ppm=200_000, clip_min_ppm=20_000),
    AlgorithmSpec(name="pov", kind="pov", participation_ppm=300_000, rest_ns=2 * 10**9,
                  clip_min_ppm=20_000),
    AlgorithmSpec(name="shortfall", kind="shortfall", slices=8, urgency=Decimal(2), price="rest",
                  participation_ppm=500_000, clip_min_ppm=20_000),
    AlgorithmSpec(name="patient", kind="twap", slices=3, rest_ns=3 * 10**9, clip_min_ppm=20_000),
)  # fmt: skip


def configured(recording: Any, **params: int) -> Config:
    config = config_for(recording, strategy=STRATEGY)
    (spec,) = config.strategies
    return replace(
        config, algorithms=ALGORITHMS, strategies=(replace(spec, params={**spec.params, **params}),)
    )


def run(
    recording: Any, engine: str, params: dict[str, int] | None = None, **options: Any
) -> tuple[dict[str, Any], Any]:
    config = configured(recording, **(params or {}))
    return outcome(config, recording, engine, **options)


def test_engines_agree_on_every_algorithm() -> None:
    recording = generate(seed=21, frames=FRAMES)
    native, backtest = run(recording, "native")
    assert run(recording, "reference")[0] == native
    assert run(recording, "mixed")[0] == native
    seen = counters(backtest.engine)
    print(seen, native["codes"], native["orders"])
    assert seen["parents"] > 5
    assert seen["whole"] > 2
    assert seen["changed"] > 3
    assert seen["fills"] > 20


def test_a_journal_of_them_replays_to_the_same_hashes(tmp_path: Path) -> None:
    recording = generate(seed=22, frames=FRAMES)
    native, _ = run(recording, "native", journal=tmp_path / "journal")
    found = replay(tmp_path / "journal", "reference")
    assert found["equal"], json.dumps(found)
    assert found["decisions_hash"] == native["decisions_hash"]
    assert found["state_hash"] == native["state_hash"]


def test_a_run_goes_on_from_an_exported_state() -> None:
    recording = generate(seed=23, frames=FRAMES)
    config = configured(recording)
    runs = [Backtest(config, recording, Options(engine=name)) for name in ("native", "reference")]
    for k in range(2_500):
        for backtest in runs:
            backtest.loop.run(1)
            backtest.engine.take_decisions()
        if k % 500 == 499:
            states = [backtest.engine.export_state() for backtest in runs]
            assert states[0] == states[1]
            runs[0].engine.import_state(states[1])
            runs[1].engine.import_state(states[0])
            assert [backtest.engine.export_state() for backtest in runs] == states


@pytest.mark.slow
@pytest.mark.recordings
@pytest.mark.parametrize(
    ("name", "lots"), [("spot_btcusdt_20240808", 20_000), ("cm_btcusd_perp_20240808", 10)]
)
def test_engines_agree_on_a_recording(name: str, lots: int) -> None:
    recording = read_recordings([require(RECORDINGS / f"{name}.gz")])
    params = {"order_lots": lots, "lasts_s": 5}
    native, backtest = run(recording, "native", params)
    assert counters(backtest.engine)["parents"] > 5
    assert len(native["fills"]) > 5
    assert run(recording, "reference", params)[0] == native


@pytest.mark.parametrize(
    "venue", [pytest.param("binance-spot", marks=pytest.mark.slow), "binance-usdm"]
)
def test_engines_agree_in_a_market_that_feels_our_orders(venue: str) -> None:
    lots = {"binance-spot": 20_000, "binance-usdm": 24}[venue]
    params = {"order_lots": lots, "lasts_s": 20}
    native, backtest = run(GeneratedMarket(11, FRAMES, venue), "native", params)
    plain, _ = run(GeneratedMarket(11, FRAMES, venue), "reference", params)
    assert counters(backtest.engine)["parents"] > 3
    assert len(native["fills"]) > 10
    assert plain == native
