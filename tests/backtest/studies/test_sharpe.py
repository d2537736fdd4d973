"""Sharpe statistics against scipy, the papers' own examples, and simulation."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from tickpath.backtest.studies.sharpe import (
    Moments,
    deflated_sharpe,
    expected_sharpe_max,
    moments,
    probabilistic_sharpe,
    sharpe_ratio,
    track_record_length_min,
)
from tickpath.core.errors import DataError


def test_moments_are_those_of_scipy() -> None:
    values = np.random.default_rng(1).gamma(2.0, size=500) - 1.5
    found = moments(values)
    assert found is not None
    assert found.sharpe == pytest.approx(values.mean() / values.std(ddof=1), rel=1e-12)
    assert found.skewness == pytest.approx(stats.skew(values), rel=1e-12)
    assert found.kurtosis == pytest.approx(stats.kurtosis(values, fisher=False), rel=1e-12)
    assert sharpe_ratio([1.0, 1.0, 1.0, 1.0]) is None
    assert sharpe_ratio([1.0, 2.0, 1.0]) is None
    for broken in ([1.0, math.nan, 2.0, 3.0], [[1.0, 2.0], [3.0, 4.0]]):
        with pytest.raises(DataError):
            moments(broken)  # type: ignore[arg-type]


def test_the_probabilistic_ratio_of_the_paper() -> None:
    """2012, section 3: two years of monthly returns of a hedge fund, ratio 0.458."""
    fund = Moments(samples=24, sharpe=0.458, skewness=-2.448, kurtosis=10.164)
    assert probabilistic_sharpe(fund) == pytest.approx(0.913, abs=0.001)
    normal = Moments(samples=24, sharpe=0.458, skewness=0.0, kurtosis=3.0)
    assert probabilistic_sharpe(normal) == pytest.approx(0.982, abs=0.001)


@pytest.mark.parametrize(("a_year", "years"), [(250, 2.73), (52, 2.83), (12, 3.24)])
def test_the_track_record_of_the_paper(a_year: int, years: float) -> None:
    """2012, section 5: an annual ratio of 2 against 1, normal returns."""
    root = math.sqrt(a_year)
    found = track_record_length_min(Moments(100, 2 / root, 0.0, 3.0), 1 / root)
    assert found / a_year == pytest.approx(years, abs=0.01)


@pytest.mark.parametrize(("trials", "deflated"), [(100, 0.9004), (46, 0.9505)])
def test_the_deflated_ratio_of_the_paper(trials: int, deflated: float) -> None:
    """2014, the numerical example: 5 years of 250 days, annual ratio 2.5, variance 1/2."""
    found = Moments(samples=1250, sharpe=2.5 / math.sqrt(250), skewness=-3.0, kurtosis=10.0)
    assert deflated_sharpe(found, trials, 0.5 / 250) == pytest.approx(deflated, abs=0.0005)
    if trials == 100:
        assert expected_sharpe_max(100, 0.5 / 250) == pytest.approx(0.1132, abs=0.0001)


@pytest.mark.parametrize("trials", [10, 100, 1000])
def test_the_best_of_nothing_is_as_expected(trials: int) -> None:
    draws = np.random.default_rng(2).normal(0.0, 0.3, size=(4000, trials)).max(axis=1)
    assert expected_sharpe_max(trials, 0.09) == pytest.approx(draws.mean(), rel=0.03)
    assert expected_sharpe_max(1, 0.09) == 0.0


def test_the_deflated_ratio_keeps_its_level() -> None:
    """Of 200 searches among 60 strategies without skill, at most about 5 % pass 0.95; undeflated,
    most of them do."""
    random = np.random.default_rng(3)
    passed = fooled = 0
    for _ in range(200):
        trials = random.standard_t(5, size=(60, 250))
        ratios = np.array([trial.mean() / trial.std(ddof=1) for trial in trials])
        best = moments(trials[ratios.argmax()])
        assert best is not None
        passed += deflated_sharpe(best, 60, float(ratios.var(ddof=1))) > 0.95
        fooled += probabilistic_sharpe(best) > 0.95
    assert passed <= 10 + 4 * math.sqrt(200 * 0.05 * 0.95)
    assert fooled > 170


@given(
    sharpe=st.floats(0.01, 1.0), skewness=st.floats(-1.0, 1.0), tail=st.floats(0.1, 10.0),
    benchmark=st.floats(-0.5, 0.0), confidence=st.floats(0.55, 0.99),
)  # fmt: skip
def test_the_least_track_record_reaches_its_confidence(
    sharpe: float, skewness: float, tail: float, benchmark: float, confidence: float
) -> None:
    found = Moments(1, sharpe, skewness, 1.0 + skewness**2 + tail)
    need = track_record_length_min(found, benchmark, confidence)
    z = (sharpe - benchmark) * math.sqrt(need - 1) / math.sqrt(found.spread)
    assert stats.norm.cdf(z) == pytest.approx(confidence, abs=1e-9)
    assert math.isinf(track_record_length_min(found, sharpe))


def test_numbers_that_make_no_sense() -> None:
    with pytest.raises(DataError, match="no distribution"):
        probabilistic_sharpe(Moments(10, 1.0, 5.0, 1.0))
    with pytest.raises(DataError, match="trials"):
        expected_sharpe_max(0, 1.0)
    with pytest.raises(DataError, match="variance"):
        expected_sharpe_max(5, -1.0)
    with pytest.raises(DataError, match="confidence"):
        track_record_length_min(Moments(10, 1.0, 0.0, 3.0), 0.0, 1.0)
