"""Runs to compare: backtests of one strategy over one market, changed in one way."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from tickpath.backtest.explain import Explanation, explain
from tickpath.backtest.run import Backtest, Options
from tickpath.backtest.setup import config_for
from tickpath.core.config import Config
from tickpath.venues.sim.generator import generate

STEADY = str(Path(__file__).with_name("steady.py"))
PARAMS = {"imbalance_maker": {"half_spread_ppm": 1, "replace_ppm": 1}}
QUIET = {"latency_jitter_ns": 0}
MARKETS = {"spot": generate(seed=5, frames=2100), "other": generate(seed=6, frames=2600)}


def config_with(
    market: Any, strategy: str, sim: Mapping[str, Any], fees: Mapping[str, int], **changes: Any
) -> Config:
    """A configuration with these latencies and fees."""
    config = config_for(market, strategy=strategy)
    instruments = tuple(replace(i, **fees) for i in config.instruments)
    return replace(
        config, sim=replace(config.sim, **{**QUIET, **sim}), instruments=instruments, **changes
    )


def run(
    folder: Path, market: Any, strategy: str = "imbalance_maker", *,
    sim: Mapping[str, Any] | None = None, fees: Mapping[str, int] | None = None,
    params: Mapping[str, int] | None = None, events: int = 2000, direct: bool = True,
    **changes: Any,
) -> Path:  # fmt: skip
    """The folder of a finished backtest."""
    config = config_with(market, strategy, sim or {}, fees or {}, **changes)
    wanted = {**PARAMS.get(strategy, {}), **(params or {})}
    specs = tuple(replace(s, params={**s.params, **wanted}) for s in config.strategies)
    config = replace(config, strategies=specs)
    options = Options(
        journal=folder / "journal", measure=False, direct_orders=direct, max_events=events
    )
    Backtest(config, market, options).run()
    return folder


def checked(a: Path, b: Path, **options: Any) -> Explanation:
    """The explanation, its sums held against what the engines say of their equity."""
    found = explain(a, b, **options)
    for currency, units in found.difference.items():
        equity = found.equity[0].get(currency, 0) - found.equity[1].get(currency, 0)
        assert units == equity - found.opening.get(currency, 0)
        for parts in (found.by_cause(), found.by_instrument(), found.by_hour()):
            assert sum(parts[currency].values()) == units
    assert not any(found.residual().values())
    return found


def causes(found: Explanation) -> set[str]:
    """Causes that have money."""
    return {leaf.cause.value for leaf in found.leaves if leaf.guard}
