"""Figures of a run against their definitions."""

import math
import statistics
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tickpath.backtest.stats import YEAR_S, max_drawdown, on_grid, percentiles, sharpe


@given(st.lists(st.integers(-1000, 1000), max_size=30))
def test_drawdown_is_the_largest_fall_from_an_earlier_value(values: list[int]) -> None:
    falls = [a - b for k, a in enumerate(values) for b in values[k:]]
    assert max_drawdown(values) == max(falls, default=0)


@given(
    st.lists(st.tuples(st.integers(0, 300), st.integers(-9, 9)), min_size=1, max_size=20),
    st.integers(1, 100),
)
def test_a_grid_holds_the_last_value_known_at_each_point(
    rows: list[tuple[int, int]], interval_ns: int
) -> None:
    rows.sort(key=lambda row: row[0])
    times = [t for t, _ in rows]
    found = on_grid(times, [v for _, v in rows], interval_ns)
    points = list(range(times[0], times[-1] + 1, interval_ns))
    assert found == [[v for t, v in rows if t <= point][-1] for point in points]


def test_an_empty_grid() -> None:
    assert on_grid([], [], 60) == []


def test_sharpe_is_the_annualised_ratio_of_mean_to_deviation() -> None:
    equity = [1_000_000 + 10 * k + (7 if k % 3 else -4) for k in range(40)]
    returns = [b / a - 1 for a, b in pairwise(equity)]
    ratio = statistics.fmean(returns) / statistics.stdev(returns)
    assert sharpe(equity) == pytest.approx(ratio * math.sqrt(YEAR_S / 60), rel=1e-9)


@pytest.mark.parametrize("equity", [[], [1] * 100, list(range(1, 31)), [-5] * 40])
def test_no_sharpe_without_enough_returns_that_vary(equity: list[int]) -> None:
    assert sharpe(equity) is None


@given(st.lists(st.integers(0, 50), min_size=1, max_size=200))
def test_percentiles_are_the_nearest_rank(ticks: list[int]) -> None:
    floors, counts = np.unique(ticks, return_counts=True)
    found = percentiles(len(ticks), max(ticks), floors.tolist(), counts.tolist(), 2.0)
    ordered = sorted(ticks)
    for name, mark in (("p50", 0.5), ("p99", 0.99), ("p99_9", 0.999)):
        assert found[name] == 2.0 * ordered[math.ceil(mark * len(ticks)) - 1]
    assert found["max"] == 2.0 * max(ticks)
