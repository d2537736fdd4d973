"""Return figures against pandas, scipy and their definitions."""

import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats as scipy_stats

from tickpath.backtest.returns import (
    RETURNS_MAX,
    RETURNS_MIN,
    Returns,
    annual_return,
    annual_sharpe,
    block_length,
    bootstrap,
    calmar_of,
    drawdown_of,
    returns_of,
    rolling,
    sharpe_of,
    sortino_of,
    stationary_rows,
)
from tickpath.backtest.stats import YEAR_S, sharpe

SECOND = 1_000_000_000


def noise(n: int, seed: int = 3) -> np.ndarray:
    return np.random.default_rng(seed).normal(0.0002, 0.001, n)


def returns(values: np.ndarray, interval_s: int = 60) -> Returns:
    t_ns = (1 + np.arange(len(values), dtype=np.int64)) * interval_s * SECOND
    return Returns(t_ns, values, interval_s)


def test_returns_are_those_of_the_grid_and_give_the_sharpe_of_the_contract() -> None:
    t_ns = [k * SECOND for k in range(0, 60 * 50, 7)]
    equity = [10**9 + (k * k * 7919) % 100_003 for k in range(len(t_ns))]
    found = returns_of(t_ns, equity)
    points = range(0, t_ns[-1] + 1, 60 * SECOND)
    at = [max(i for i, t in enumerate(t_ns) if t <= point) for point in points]
    expected = pd.Series([equity[i] for i in at]).pct_change().dropna().to_numpy()
    assert found.values == pytest.approx(expected, rel=1e-12)
    assert found.t_ns[0] == 60 * SECOND
    contract = sharpe([equity[i] for i in at])
    ours = annual_sharpe(found)
    assert ours is not None
    assert ours.value == pytest.approx(contract, rel=1e-9)


def test_a_long_run_is_cut_into_longer_intervals() -> None:
    t_ns = [k * 60 * SECOND for k in range(3 * RETURNS_MAX)]
    found = returns_of(t_ns, [1000] * len(t_ns))
    assert found.interval_s == 180
    assert len(found.values) <= RETURNS_MAX


@pytest.mark.parametrize("t_ns", [[], [5], [0, 30 * SECOND]])
def test_too_short_for_anything(t_ns: list[int]) -> None:
    found = returns_of(t_ns, [100] * len(t_ns))
    assert not found.enough
    assert annual_return(found) is None
    assert annual_sharpe(found) is None
    assert all(len(v) == 0 for v in rolling(found).values())


def test_an_account_that_is_gone_has_no_returns_from_then_on() -> None:
    t_ns = [k * 60 * SECOND for k in range(5)]
    assert returns_of(t_ns, [100, 50, 0, 0, 10]).values.tolist() == [-0.5, -1.0]


@settings(max_examples=40)
@given(st.lists(st.floats(-0.2, 0.2), min_size=2, max_size=30))
def test_drawdown_is_pandas(values: list[float]) -> None:
    wealth = pd.concat([pd.Series([1.0]), (1 + pd.Series(values)).cumprod()])
    expected = float((1 - wealth / wealth.cummax()).max())
    assert float(drawdown_of(np.array(values))) == pytest.approx(expected, abs=1e-12)
    assert float(drawdown_of(np.array(values))) >= 0


def test_ratios_by_definition() -> None:
    values = noise(100)
    mean = values.mean()
    assert float(sharpe_of(values)) == pytest.approx(mean / values.std(ddof=1))
    downside = math.sqrt(np.mean([min(v, 0) ** 2 for v in values]))
    assert float(sortino_of(values)) == pytest.approx(mean / downside)
    assert float(calmar_of(values, 12.0)) == pytest.approx(12 * mean / float(drawdown_of(values)))
    up = np.full(40, 0.5)
    assert [math.isnan(float(v)) for v in (sharpe_of(up), sortino_of(up), calmar_of(up, 1.0))] == [
        True, True, True]  # fmt: skip


def test_rolling_ratios_are_those_of_each_window() -> None:
    values = noise(70)
    found = rolling(returns(values))
    root = math.sqrt(YEAR_S / 60)
    series = pd.Series(values).rolling(RETURNS_MIN)
    expected = (series.mean() / series.std() * root).dropna().to_numpy()
    assert found["Sharpe"] == pytest.approx(expected)
    last = values[-RETURNS_MIN:]
    assert found["Sortino"][-1] == pytest.approx(float(sortino_of(last)) * root)
    assert found["Calmar"][-1] == pytest.approx(float(calmar_of(last, YEAR_S / 60)))


def test_resamples_are_blocks_in_order_of_the_stated_length() -> None:
    n = 125
    rows = stationary_rows(n, 400, np.random.default_rng(5))
    assert rows.min() >= 0
    assert rows.max() < n
    runs_on = (rows[:, 1:] == (rows[:, :-1] + 1) % n).mean()
    # A new block begins with 1/length and lands on the next place with 1/n.
    p = 1 / block_length(n)
    assert runs_on == pytest.approx(1 - p * (1 - 1 / n), abs=0.01)
    counts = np.bincount(rows[:, 0], minlength=n)
    assert scipy_stats.chisquare(counts).pvalue > 1e-4


def test_independent_returns_have_the_textbook_error() -> None:
    values = noise(900)
    found = annual_return(returns(values))
    assert found is not None
    year = YEAR_S / 60
    assert found.value == pytest.approx(values.mean() * year)
    assert found.error == pytest.approx(scipy_stats.sem(values) * year, rel=0.12)
    assert found.low < found.value < found.high
    assert found == annual_return(returns(values))


def test_returns_that_follow_each_other_have_a_larger_error_than_the_textbook_says() -> None:
    steps = np.random.default_rng(8).normal(0, 0.001, 900)
    values = np.convolve(steps, np.ones(6) / 6, mode="same")
    found = bootstrap(values, lambda rows: np.mean(rows, axis=-1))
    assert found.error > 1.5 * scipy_stats.sem(values)


def test_the_error_of_a_sharpe_ratio_is_what_repeated_samples_show() -> None:
    """Lo 2002, for independent returns: against the spread of 2 000 samples of 60."""
    rng = np.random.default_rng(2)
    many = sharpe_of(rng.normal(0.3, 1.0, (2000, 60)))
    found = annual_sharpe(returns(rng.normal(0.3, 1.0, 60)))
    assert found is not None
    assert found.error / math.sqrt(YEAR_S / 60) == pytest.approx(float(many.std()), rel=0.1)
    assert found.high - found.low == pytest.approx(2 * 1.96 * found.error)


def test_returns_that_do_not_vary_have_no_sharpe() -> None:
    assert annual_sharpe(returns(np.zeros(50))) is None
    flat = annual_return(returns(np.zeros(50)))
    assert flat is not None
    assert (flat.value, flat.low, flat.high) == (0, 0, 0)
