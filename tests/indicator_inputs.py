"""Seeded inputs of every kind that an indicator reads, as float64 arrays by name."""

import numpy as np
from numpy.typing import NDArray

from tickpath.hot.features import catalogue
from tickpath.hot.features.spec import IndicatorSpec

Floats = NDArray[np.float64]


def market(count: int, seed: int = 1) -> dict[str, Floats]:
    """A random walk with pauses, so that flat windows and equal numbers occur."""
    rng = np.random.default_rng(seed)
    moves = rng.normal(0, 0.3, count) * (rng.random(count) < 0.8)
    moves[count // 2 : count // 2 + 60] = 0.0
    close = np.round(100.0 + np.cumsum(moves), 2)
    first = np.concatenate([close[:1], close[:-1]])
    high = np.maximum(first, close) + np.round(rng.random(count) * 0.3, 2)
    low = np.minimum(first, close) - np.round(rng.random(count) * 0.3, 2)
    spread = rng.choice([0.01, 0.02, 0.05], count)
    return {
        "price": close + 0.005,
        "open": first,
        "high": high,
        "low": low,
        "close": close,
        "volume": np.round(rng.exponential(20.0, count), 3),
        "quantity": np.round(rng.exponential(2.0, count) + 0.001, 3),
        "sign": rng.choice([-1.0, 1.0], count),
        "bid": close - spread,
        "ask": close + spread,
        "bid_quantity": np.round(rng.exponential(5.0, count) + 0.01, 2),
        "ask_quantity": np.round(rng.exponential(5.0, count) + 0.01, 2),
        "elapsed": rng.exponential(0.4, count),
        "x": np.cumsum(rng.normal(0, 1, count)) + 50.0,
        "y": np.cumsum(rng.normal(0, 1, count)) - 3.0 + close,
    }


def book(count: int, levels: int, seed: int = 1) -> dict[str, Floats]:
    """The sides of a book as (levels, time); the deepest level is sometimes absent (zeros)."""
    rng = np.random.default_rng(seed + 1000)
    top = market(count, seed)
    steps = np.arange(levels)[:, np.newaxis] * 0.01
    found = {
        "bids": top["bid"] - steps,
        "asks": top["ask"] + steps,
        "bid_quantities": np.round(rng.exponential(4.0, (levels, count)) + 0.01, 2),
        "ask_quantities": np.round(rng.exponential(4.0, (levels, count)) + 0.01, 2),
    }
    if levels > 1:
        for price, quantity in (("bids", "bid_quantities"), ("asks", "ask_quantities")):
            absent = rng.random(count) < 0.1
            found[price][-1, absent] = 0.0
            found[quantity][-1, absent] = 0.0
    return found


def inputs_of(spec: IndicatorSpec, count: int, levels: int = 3, seed: int = 1) -> list[Floats]:
    """The arrays that an indicator reads."""
    found = {**market(count, seed), **book(count, levels, seed)}
    return [found[name] for name in spec.inputs]


def rows_of(spec: IndicatorSpec, arrays: list[Floats]) -> list[Floats]:
    """One array for each number of a step."""
    return [row for array in arrays for row in array] if spec.levels else arrays


def settings(stem: str) -> list[dict[str, float]]:
    """Parameters to try: the defaults, the shortest windows, and a longer one."""
    spec = catalogue.indicator(stem)
    if spec.levels:
        return [{"period": 3.0}]
    least = {p.name: p.least for p in spec.params if p.whole}
    longer = {p.name: min(p.most, p.default + 11) for p in spec.params if p.whole}
    found: list[dict[str, float]] = [{}]
    found += [values for values in (least, longer) if values]
    if any(p.name == "bucket" for p in spec.params):
        found = [{**values, "bucket": 1.5} for values in found]
    return found
