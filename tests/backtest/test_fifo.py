"""Backtests in a queue of single orders: an ITCH day through the store, and data without orders."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from venues.nasdaq.itch_day import Day
from venues.sim.l3_desk import EMPTY, fifo_config, frames_of, order_storm, rows_of
from venues.sim.test_loop_models import flat

from tickpath.backtest.data import open_market, placed
from tickpath.backtest.replay import replay
from tickpath.backtest.report import summary_rows
from tickpath.backtest.reports.machine import untold
from tickpath.backtest.result import Result
from tickpath.backtest.run import Backtest, Options
from tickpath.cli.main import main
from tickpath.core.config import Config, StrategySpec
from tickpath.core.config_load import load_config
from tickpath.core.errors import ConfigError
from tickpath.venues.sim import GeneratedMarket
from tickpath.venues.sim.frames import merged

CONFIG = """
[[sources]]
venue = "nasdaq"
symbols = ["AAPL"]

[balances]
USD = "10000000"

[[strategies]]
name = "imbalance_maker"

[strategies.params]
order_lots = 40
half_spread_ppm = 200

[sim]
queue = "fifo"
"""


@pytest.fixture(scope="module")
def day(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with an imported ITCH day and a configuration."""
    folder = tmp_path_factory.mktemp("itch")
    made = Day(3, ("AAPL",), 6)
    messages = made.start()
    for _ in range(2500):
        made.t_ns += 3_000_000
        messages.append(made.next())
    file = folder / "01022020.NASDAQ_ITCH50"
    file.write_bytes(b"".join(len(m).to_bytes(2, "big") + m for m in messages))
    (folder / "fifo.toml").write_text(CONFIG)
    words = ["store", "import", "--venue", "nasdaq", "--symbol", "AAPL", "--date", "2020-01-02"]
    asked = [*words, "--drop-off-grid-trades", "--store", str(folder / "ticks"), str(file)]
    assert main(asked) == 0
    return folder


def run_of(day: Path, queue: str, **options: Any) -> Result:
    config = replace(load_config(day / "fifo.toml"))
    config = replace(config, sim=replace(config.sim, queue=queue))
    market = open_market([day / "ticks"], config=config)
    config = flat_sources(config)
    return Backtest(config, placed(market, config), Options(measure=False, **options)).run()


def flat_sources(config: Config) -> Config:
    return replace(config, sources=tuple(replace(s, wire="flat") for s in config.sources))


def test_an_itch_day_of_the_store(day: Path, tmp_path: Path) -> None:
    found = run_of(day, "fifo", journal=tmp_path / "journal")
    assert found.fills > 20
    assert {"queue", "through"} <= set(found.frame("fills")["reason"])
    assert (found.book["orders_full"], found.book["orders_unknown"]) == (0, 0)
    assert "single orders" in untold(found)[0]
    plain = run_of(day, "fifo", engine="reference")
    assert plain.decisions_hash == found.decisions_hash
    assert plain.fill_rows.tolist() == found.fill_rows.tolist()
    again = replay(tmp_path / "journal")
    assert again["equal"]
    assert again["decisions_hash"] == found.decisions_hash


def test_a_model_of_levels_sees_the_same_events_and_fills_otherwise(day: Path) -> None:
    fifo, model = run_of(day, "fifo"), run_of(day, "pessimistic")
    assert fifo.events == model.events
    assert fifo.fill_rows.tolist() != model.fill_rows.tolist()
    assert "orders_full" not in model.book
    assert "estimates" in untold(model)[0]


def test_a_user_runs_it(day: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    head = ["backtest", "--data", str(day / "ticks"), "--no-journal", "--out", str(tmp_path)]
    assert main([*head, "--config", str(day / "fifo.toml")]) == 0
    assert "orders_unknown" in capsys.readouterr().out
    file = str(day / "01022020.NASDAQ_ITCH50")
    head[2:3] = [file, "--venue", "nasdaq", "--symbol", "AAPL"]
    assert main([*head, "--config", str(day / "fifo.toml")]) == 2
    assert "store import" in capsys.readouterr().err


def spot(**changes: Any) -> Config:
    """BTCUSDT with text orders on flat frames, so that the plain venue can trade too."""
    strategy = StrategySpec(
        name="imbalance_maker", instruments=(0,), params={"order_lots": 2, "half_spread_ppm": 100}
    )
    return replace(fifo_config(), strategies=(strategy,), **changes)


def test_flat_frames_with_orders_run_alike_on_both_twins() -> None:
    recording = frames_of([EMPTY, *order_storm(4, 600)])
    recording = replace(recording, t_ns=recording.t_ns * 4)
    runs = [
        Backtest(spot(), recording, Options(measure=False, **options)).run()
        for options in ({}, {"engine": "reference"}, {"direct_orders": True})
    ]
    assert runs[0].fills > 10
    for other in runs[1:]:
        assert other.decisions_hash == runs[0].decisions_hash
        assert other.fill_rows.tolist() == runs[0].fill_rows.tolist()
        assert other.book == runs[0].book
    assert dict(summary_rows(runs[0]))["fills"] == f"{runs[0].fills:,}"


def levels_alone() -> Any:
    from tickpath.storage.levels import levels_of
    from tickpath.venues.flat.frames import flat_recording

    ticks = next(iter(levels_of([rows_of([EMPTY, *order_storm(4, 50)])])))
    return flat_recording("binance-spot", "BTCUSDT", ticks)


def one_of_two() -> Any:
    with_orders = frames_of([EMPTY, *order_storm(4, 50)])
    return merged([with_orders, levels_alone()])


@pytest.mark.parametrize("make", [levels_alone, one_of_two, lambda: flat(3, 800)])
def test_flat_frames_without_orders_are_refused(make: Callable[[], Any]) -> None:
    with pytest.raises(ConfigError, match="no single orders"):
        Backtest(spot(), make())


def test_a_text_source_is_refused() -> None:
    config = replace(spot(), sources=tuple(replace(s, wire="") for s in spot().sources))
    with pytest.raises(ConfigError, match="source 'source0' carries no single orders"):
        Backtest(config, GeneratedMarket(1, 100))
