"""One job of a sweep is one backtest: the same figures, and in a window only that window's."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tickpath.backtest.run import Backtest, Options
from tickpath.backtest.setup import config_for
from tickpath.backtest.sweep.backtest_job import BacktestJob, interval_of, on_times
from tickpath.backtest.sweep.rows import Job
from tickpath.backtest.sweep.shared_recording import (
    head_of,
    open_shared,
    recording_hash,
    share,
)
from tickpath.backtest.sweep.window import Window
from tickpath.backtest.sweep.worker import run_jobs
from tickpath.core.config_json import config_to_json
from tickpath.core.errors import ConfigError, DataError
from tickpath.venues.sim.generator import generate

PARAMS = {"half_spread_ppm": 1, "order_lots": 200}


@pytest.fixture(scope="module")
def market() -> Any:
    return generate(seed=2, frames=4000)


@pytest.fixture(scope="module")
def job(market: Any, tmp_path_factory: pytest.TempPathFactory) -> BacktestJob:
    path = tmp_path_factory.mktemp("sweep") / "recording.bin"
    content = recording_hash(market)
    share(market, path, content)
    config = config_for(market, strategy="imbalance_maker")
    return BacktestJob(
        recording=str(path), recording_hash=content, config=config_to_json(config), points=50
    )


def direct(market: Any, **params: int) -> Any:
    config = config_for(market, strategy="imbalance_maker", params=params)
    return Backtest(config, market, Options(measure=False, direct_orders=True)).run()


def test_figures_are_those_of_a_backtest(market: Any, job: BacktestJob) -> None:
    figures = job(PARAMS)
    result = direct(market, **PARAMS)
    data = result.to_json()
    assert result.fills > 0
    for name in (
        "decisions_hash",
        "state_hash",
        "orders",
        "fills",
        "events",
        "sharpe",
        "exit_code",
    ):
        assert figures[name] == data[name]
    for name in ("pnl", "fees", "max_drawdown"):
        assert figures[f"{name}_USDT"] == data[name]["USDT"]
    assert figures["rejects"] == sum(data["rejects"].values())
    assert figures["pnl_units_USDT"] == next(iter(result.pnl_units.values()))
    series = figures["equity_units"]
    start = result.config.balance_units(result.config.instruments[0].settle)
    assert series[0] == start
    assert series[-1] - start == figures["pnl_units_USDT"]
    assert job({**PARAMS, "half_spread_ppm": 40})["decisions_hash"] != data["decisions_hash"]
    with pytest.raises(ConfigError, match="outside"):
        job({"half_spread_ppm": 0})


def test_the_window_of_everything_is_the_whole_run(market: Any, job: BacktestJob) -> None:
    whole = Window(int(market.t_ns[0]), int(market.t_ns[-1]) + 1)
    windowed = replace(job, windows=(whole,))
    assert windowed({**PARAMS, "window": 0}) == job(PARAMS)


def windowed(market: Any, strategy: str, begin: int, end: int, **params: int) -> Backtest:
    """A run over frames `begin` to `end` of the market."""
    config = config_for(market, strategy=strategy, params=params)
    start, stop = (int(market.t_ns[k]) for k in (begin, end))
    options = Options(measure=False, direct_orders=True, start_ns=start, stop_ns=stop)
    run = Backtest(config, market, options)
    run.run()
    return run


def test_a_window_trades_inside_and_is_warm(market: Any) -> None:
    begin, end = 1500, 3000
    run = windowed(market, "every_event", begin, end)
    first, last = int(market.t_ns[begin]), int(market.t_ns[end])
    fills = run.loop.fills
    assert run.orders > 1000
    assert len(fills) > 0
    assert fills["t_ns"].min() >= first - run.config.sim.feed_latency_ns
    assert run.samples.t_ns[0] < first <= run.samples.t_ns[1] <= last
    other = windowed(market, "every_event", 0, end)
    assert other.orders > run.orders  # what was refused before the window


def test_features_are_warm_at_the_start_of_a_window(market: Any) -> None:
    """A slow average is not ready before frame 1500, so nothing is traded there: the window behind
    it must see what the whole run sees."""
    slow = {"fast_period": 5, "slow_period": 400, "band_ppm": 0}
    whole, late, later = (windowed(market, "ema_cross", k, 3900, **slow) for k in (0, 1500, 2500))
    assert whole.orders > 100
    assert late.orders == whole.orders
    assert late.loop.fills.tolist() == whole.loop.fills.tolist()
    assert 0 < later.orders < whole.orders


def test_an_empty_window_is_refused(market: Any, job: BacktestJob) -> None:
    before = Window(1, 2)
    with pytest.raises(ConfigError, match="no frame"):
        replace(job, windows=(before,))({"window": 0})
    with pytest.raises(ConfigError, match="empty"):
        Window(5, 5)


BROKEN = """
from tickpath.hot.strategy.declare import Param, Strategy, strategy
@strategy(name="broken", params={"at": Param(int, 0, 0, 9)}, events=("book",))
class Broken(Strategy):
    def on_book(self, view, state, out):
        return 1 // self.params.at
"""


def test_a_strategy_that_raises_has_no_figures(
    market: Any, job: BacktestJob, tmp_path: Path
) -> None:
    path = tmp_path / "broken.py"
    path.write_text(BROKEN)
    broken = replace(job, config=config_to_json(config_for(market, strategy=str(path))))
    with pytest.raises(Exception, match="STRATEGY_RAISED: ZeroDivisionError"):
        broken({"at": 0})
    assert broken({"at": 1})["orders"] == 0


LOOPING = BROKEN.replace("1 // self.params.at", "[0 for _ in iter(int, 1)]")


def test_a_strategy_that_loops_is_ended(market: Any, job: BacktestJob, tmp_path: Path) -> None:
    path = tmp_path / "looping.py"
    path.write_text(LOOPING)
    looping = replace(job, config=config_to_json(config_for(market, strategy=str(path))))
    first, second = (Job(k, {"at": 1}) for k in range(2))
    rows = run_jobs(looping, [first, second], 0.1)
    assert [r.error for r in rows] == ["no result within 0.1 s"] * 2
    assert all(r.seconds < 10 for r in rows)


def test_the_shared_file_is_the_recording(market: Any, tmp_path: Path) -> None:
    path, content = tmp_path / "r.bin", recording_hash(market)
    share(market, path, content)
    before = path.stat().st_mtime_ns
    share(market, path, content)
    assert path.stat().st_mtime_ns == before
    assert [p.name for p in tmp_path.iterdir()] == ["r.bin"]
    read = open_shared(str(path), content)
    for name in ("blob", "offsets", "sizes", "t_ns"):
        assert np.array_equal(getattr(read, name), getattr(market, name))
        assert not getattr(read, name).flags.writeable
    assert (read.venue, read.symbol, read.starts) == (market.venue, market.symbol, market.starts)
    assert recording_hash(read) == content
    with pytest.raises(DataError, match="not the recording"):
        open_shared(str(path), "other")
    with pytest.raises(DataError, match="same path"):
        open_shared(str(tmp_path / "none"), content)
    (tmp_path / "text").write_text("no recording at all")
    assert head_of(tmp_path / "text") == {}


def test_equity_on_times() -> None:
    assert on_times([3, 5, 6], [30, 50, 60], range(0, 9, 2), 7) == [7, 7, 30, 60, 60]
    assert interval_of(10**9 * 480, 240) == 2 * 10**9
    assert interval_of(10**9 * 481, 240) == 3 * 10**9
    assert interval_of(5, 240) == 10**9
