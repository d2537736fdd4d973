"""What the batch refuses, and that it says what to do instead."""

from dataclasses import replace
from pathlib import Path

import pytest

from tickpath.backtest.recording import write_recording
from tickpath.backtest.sweep import sweep
from tickpath.backtest.sweep.backtests import Subject, sweep_backtests
from tickpath.backtest.sweep.batch import cover
from tickpath.backtest.sweep.window import Window
from tickpath.core.config import BreakerSpec, Config, DrawdownSpec
from tickpath.core.errors import ConfigError
from tickpath.venues.sim.generator import generate


@pytest.fixture(scope="module")
def market(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("market") / "market.gz"
    write_recording(generate(seed=2, frames=120), path)
    return path


@pytest.fixture(scope="module")
def config(market: Path) -> Config:
    return Subject(paths=[market], strategy="imbalance_maker").load().config


def test_the_defaults_are_covered(config: Config) -> None:
    assert list(cover.reasons(config)) == []


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"latency": "exponential"}, 'latency = "exponential": only constant'),
        ({"feed": "recorded"}, 'feed = "recorded"'),
        ({"queue": "fifo"}, "only the models of levels"),
        ({"queue": "log"}, 'queue = "log"'),
        ({"queue_power": 4}, "of power 4"),
        ({"self_impact": True}, "a book of its own"),
        ({"request_loss_ppm": 1}, "lost messages"),
        ({"orders_per_10s": 50}, "order limits of the venue"),
    ],
)
def test_venues_that_are_not_covered(config: Config, change: dict[str, object], words: str) -> None:
    other = replace(config, sim=replace(config.sim, **change))  # type: ignore[arg-type]
    with pytest.raises(ConfigError, match="take --executor process") as caught:
        cover.check(other)
    assert words in str(caught.value)


def test_risk_and_accounts_that_are_not_covered(config: Config) -> None:
    venue = config.venues[0]
    others = {
        "circuit breakers": replace(config, breakers=(BreakerSpec(rule="spread", limit=1),)),
        "drawdown levels": replace(config, drawdown=DrawdownSpec(halt_ppm=1)),
        "duplicate_ns": replace(config, risk=replace(config.risk, duplicate_ns=1)),
        "cash and hedging": replace(config, account=replace(config.account, cash=(venue,))),
        "2 strategies": replace(config, strategies=config.strategies * 2),
        "only one": replace(config, instruments=config.instruments * 2),
    }
    for words, other in others.items():
        assert any(words in reason for reason in cover.reasons(other)), words


def test_the_executor_refuses(market: Path) -> None:
    other = Subject(paths=[market], strategy="every_event")
    with pytest.raises(ConfigError, match="strategy every_event: only ema_cross"):
        sweep_backtests(other, {"order_lots": [0, 9]}, executor="batch")
    subject = Subject(paths=[market], strategy="ema_cross")
    with pytest.raises(ConfigError, match="parts of a recording"):
        sweep_backtests(
            subject,
            {"band_ppm": [0, 9]},
            executor="batch",
            windows=lambda begin, end: [Window(begin, end)],
        )
    with pytest.raises(ConfigError, match="backtests only"):
        sweep(len, {"x": [1]}, executor="batch")


def test_the_executor_gives_the_figures_of_the_others(market: Path) -> None:
    subject = Subject(paths=[market], strategy="ema_cross", params={"slow_period": 9})
    space = {"fast_period": [2, 3, 4, 12], "band_ppm": [0, 1]}
    ours = sweep_backtests(subject, space, executor="batch", workers=2)
    theirs = sweep_backtests(subject, space, executor="thread", workers=1)
    assert [r.error for r in ours.rows] == [r.error for r in theirs.rows]
    assert len(ours.failed) == 2
    for one, other in zip(ours.good, theirs.good, strict=True):
        assert one.figures == other.figures | {"engine": "batch", "state_hash": None}
