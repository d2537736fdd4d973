"""Parametric figures against scipy, the matrix against numpy, and what has no figure."""

import math

import numpy as np
import pytest
from portfolio_support import correlation, covariance_of, prices_of, weighted
from recorded_mids import NAMES, grid_of, mids_of
from scipy import stats

from tickpath.core.errors import ConfigError, DataError
from tickpath.hot.risk.portfolio import full
from tickpath.hot.risk.portfolio.normal import factors

BAR = 1e-10
CONFIDENCES = (500_001, 900_000, 950_000, 975_000, 990_000, 995_000, 999_000, 999_999)


def fed(assets: int, intervals: int = 120, seed: int = 4) -> tuple[np.ndarray, np.ndarray]:
    prices = prices_of(seed, intervals, assets)
    handle = covariance_of("native", assets, 0.94)
    for interval, row in enumerate(prices):
        for asset in range(assets):
            handle.update(asset, float(row[asset]), interval)
    return full.covariance_matrix(handle.image()), weighted(prices, 0.94)


@pytest.mark.parametrize("confidence_ppm", CONFIDENCES)
def test_factors_equal_scipy(confidence_ppm: int) -> None:
    found, tail = factors(confidence_ppm), 1 - confidence_ppm / 1e6
    z = stats.norm.isf((10**6 - confidence_ppm) / 1e6)
    assert found.at_risk == pytest.approx(z, rel=BAR)
    assert found.shortfall == pytest.approx(stats.norm.pdf(z) / tail, rel=1e-9)


@pytest.mark.parametrize("confidence_ppm", [0, 500_000, 1_000_000, -1])
def test_a_confidence_that_makes_no_sense_is_refused(confidence_ppm: int) -> None:
    with pytest.raises(ConfigError, match="confidence_ppm"):
        factors(confidence_ppm)


@pytest.mark.parametrize("assets", [1, 3, 16])
@pytest.mark.parametrize("intervals", [1, 10])
def test_parametric_equals_scipy(assets: int, intervals: int) -> None:
    matrix, want = fed(assets)
    exposures = np.random.default_rng(assets).normal(0, 1e10, assets)
    found = full.parametric(matrix, exposures, 990_000, intervals)
    deviation = math.sqrt(exposures @ want @ exposures * intervals)
    assert found is not None
    assert found.at_risk == pytest.approx(stats.norm.ppf(0.99, scale=deviation), rel=BAR)
    z = stats.norm.ppf(0.99)
    beyond = stats.truncnorm.mean(z, math.inf)
    assert found.shortfall == pytest.approx(deviation * beyond, rel=1e-9)
    assert found.shortfall == pytest.approx(deviation * stats.norm.pdf(z) / 0.01, rel=BAR)


def test_exposure_that_moves_with_an_asset() -> None:
    matrix, want = fed(4)
    exposures = np.array([1e6, -2e6, 0.0, 5e5])
    rho = correlation(want)
    others = rho @ exposures - np.diag(rho) * exposures
    np.testing.assert_allclose(full.correlated(matrix, exposures), others, rtol=1e-9)


def test_what_was_never_seen_has_no_figure() -> None:
    handle = covariance_of("native", 3, 0.94)
    for interval in range(5):
        handle.update(0, 100.0 + interval % 2, interval)
    handle.update(1, 50.0, 4)
    matrix = full.covariance_matrix(handle.image())
    assert np.isfinite(matrix[0, 0])
    assert np.isnan(matrix[1]).all(), "one price is no return"
    assert np.isnan(matrix[2]).all()
    held = np.array([1e6, 0.0, 0.0])
    assert full.parametric(matrix, held, 990_000) is not None
    for asset in (1, 2):
        both = held.copy()
        both[asset] = 1.0
        assert full.parametric(matrix, both, 990_000) is None
        assert np.isnan(full.correlated(matrix, both)[0])
    nothing = full.parametric(matrix, np.zeros(3), 990_000)
    assert nothing == full.Figures(0.0, 0.0)


def test_an_asset_that_never_moves_has_no_correlation() -> None:
    handle = covariance_of("reference", 2, 0.94)
    for interval in range(5):
        handle.update(0, 100.0, interval)
        handle.update(1, 100.0 + interval % 3, interval)
    rho = full.correlations(full.covariance_matrix(handle.image()))
    assert np.isnan(rho[0, 1])
    assert rho[1, 1] == 1.0


def test_an_asset_that_came_late_is_weighed_by_its_own_time() -> None:
    prices = prices_of(8, 100, 2)
    handle = covariance_of("native", 2, 0.97)
    for interval, row in enumerate(prices):
        handle.update(0, float(row[0]), interval)
        if interval >= 60:
            handle.update(1, float(row[1]), interval)
    found = full.covariance_matrix(handle.image())
    late = weighted(prices[60:], 0.97)
    assert found[0, 0] == pytest.approx(weighted(prices, 0.97)[0, 0], rel=BAR)
    assert found[1, 1] == pytest.approx(late[1, 1], rel=BAR)
    assert found[0, 1] == pytest.approx(late[0, 1], rel=BAR)


@pytest.mark.parametrize("bad", [math.nan, math.inf])
def test_an_exposure_that_is_no_number_is_refused(bad: float) -> None:
    matrix, _ = fed(2)
    with pytest.raises(DataError, match="exposures"):
        full.parametric(matrix, np.array([1.0, bad]), 990_000)


@pytest.mark.recordings
def test_parametric_of_recorded_books_equals_scipy() -> None:
    grids = [grid_of(mids_of(n)) for n in NAMES[:2]]
    shared = sorted(set(grids[0]) & set(grids[1]))
    prices = np.array([[g[k] for g in grids] for k in shared])
    handle = covariance_of("native", 2, 0.97)
    for interval, row in enumerate(prices):
        for asset in (1, 0):
            handle.update(asset, float(row[asset]), interval)
    exposures = np.array([2.5e12, -1.5e12])
    deviation = math.sqrt(exposures @ weighted(prices, 0.97) @ exposures)
    matrix = full.covariance_matrix(handle.image())
    for confidence in (950_000, 990_000):
        found = full.parametric(matrix, exposures, confidence)
        assert found is not None
        want = stats.norm.ppf(confidence / 1e6, scale=deviation)
        assert found.at_risk == pytest.approx(want, rel=BAR)
