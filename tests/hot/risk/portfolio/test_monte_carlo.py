"""Simulated figures lie within their standard error of the analytic ones; repair; inverse."""

import math

import numpy as np
import pytest
from portfolio_support import prices_of, weighted
from scipy import stats

from tickpath.core.errors import DataError
from tickpath.hot.risk.portfolio import full, monte_carlo
from tickpath.hot.risk.portfolio.monte_carlo import simulate

PATHS = 100_000


def book(assets: int) -> tuple[np.ndarray, np.ndarray]:
    matrix = weighted(prices_of(assets, 200, assets), 0.97)
    return matrix, np.random.default_rng(assets).normal(0, 1e9, assets)


@pytest.mark.parametrize("assets", [1, 2, 12, 64])
@pytest.mark.parametrize("confidence_ppm", [950_000, 990_000])
def test_within_four_standard_errors_of_the_analytic_value(
    assets: int, confidence_ppm: int
) -> None:
    matrix, exposures = book(assets)
    linear = np.zeros(assets, dtype=bool)
    want = full.parametric(matrix, exposures, confidence_ppm, 5)
    assert want is not None
    found = simulate(matrix, exposures, linear, confidence_ppm, 5, PATHS, (1, assets))
    assert found is not None
    assert abs(found.at_risk - want.at_risk) < 4 * found.at_risk_error
    assert abs(found.shortfall - want.shortfall) < 4 * found.shortfall_error
    assert found.at_risk_error < 0.02 * want.at_risk


def test_the_stated_errors_are_the_errors_seen() -> None:
    """200 seeds: the spread of the answers is the stated error, and their mean the value."""
    matrix, exposures = book(3)
    linear = np.zeros(3, dtype=bool)
    want = full.parametric(matrix, exposures, 950_000)
    runs = [simulate(matrix, exposures, linear, 950_000, 1, 5000, (9, k)) for k in range(200)]
    assert want is not None
    for field, error in (("at_risk", "at_risk_error"), ("shortfall", "shortfall_error")):
        values = np.array([getattr(r, field) for r in runs])
        stated = np.mean([getattr(r, error) for r in runs])
        assert values.std() == pytest.approx(stated, rel=0.25)
        assert abs(values.mean() - getattr(want, field)) < 4 * stated / math.sqrt(200)


def test_the_quantile_error_is_the_one_of_theory() -> None:
    matrix, exposures = np.array([[1.0]]), np.array([1.0])
    p, z = 0.01, stats.norm.ppf(0.99)
    want = math.sqrt(p * (1 - p) / PATHS) / stats.norm.pdf(z)
    found = simulate(matrix * 1e-6, exposures, np.array([False]), 990_000, 1, PATHS, (3,))
    assert found is not None
    assert found.at_risk_error == pytest.approx(want * 1e-3, rel=0.3)


def test_same_seed_same_answer_other_seed_another() -> None:
    matrix, exposures = book(4)
    linear = np.zeros(4, dtype=bool)
    one = simulate(matrix, exposures, linear, 990_000, 1, 20_000, (1, 2))
    assert one == simulate(matrix, exposures, linear, 990_000, 1, 20_000, (1, 2))
    assert one != simulate(matrix, exposures, linear, 990_000, 1, 20_000, (1, 3))


def test_an_inverse_exposure_loses_more_when_the_price_falls() -> None:
    """Against the exact quantile: the profit rises with r, so its quantile is that of r."""
    deviation = 0.05
    matrix = np.array([[deviation**2]])
    found = simulate(matrix, np.array([1e6]), np.array([True]), 990_000, 1, PATHS, (5,))
    assert found is not None
    r = -stats.norm.ppf(0.99) * deviation
    assert abs(found.at_risk - -1e6 * r / (1 + r)) < 4 * found.at_risk_error
    linear = simulate(matrix, np.array([1e6]), np.array([False]), 990_000, 1, PATHS, (5,))
    assert linear is not None
    assert found.at_risk > linear.at_risk


def test_a_matrix_that_is_none_is_repaired() -> None:
    bad = np.array([[1.0, 0.9, -0.9], [0.9, 1.0, 0.9], [-0.9, 0.9, 1.0]]) * 1e-4
    assert np.linalg.eigvalsh(bad).min() < 0
    fixed = monte_carlo.repaired(bad)
    assert np.linalg.eigvalsh(fixed).min() > -1e-18
    np.testing.assert_allclose(np.diag(fixed), np.diag(bad), rtol=1e-12)
    factor = monte_carlo.factor_of(bad)
    np.testing.assert_allclose(factor @ factor.T, fixed, atol=1e-13)
    good = weighted(prices_of(1, 100, 5), 0.97)
    assert monte_carlo.repaired(good) is good


def test_singular_and_empty_matrices_have_a_factor() -> None:
    ones = np.ones((3, 3)) * 1e-6
    factor = monte_carlo.factor_of(ones)
    np.testing.assert_allclose(factor @ factor.T, ones, atol=1e-15)
    assert not monte_carlo.factor_of(np.zeros((2, 2))).any()


def test_what_has_no_figure() -> None:
    matrix, exposures = book(2)
    linear = np.zeros(2, dtype=bool)
    unknown = matrix.copy()
    unknown[0, 1] = unknown[1, 0] = math.nan
    assert simulate(unknown, exposures, linear, 990_000, 1, 1000, (1,)) is None
    alone = simulate(unknown, np.array([1e6, 0.0]), linear, 990_000, 1, 1000, (1,))
    assert alone is not None
    nothing = simulate(matrix, np.zeros(2), linear, 990_000, 1, 1000, (1,))
    assert nothing == monte_carlo.Simulated(0.0, 0.0, 0.0, 0.0)
    with pytest.raises(DataError, match="paths"):
        simulate(matrix, exposures, linear, 990_000, 1, 999, (1,))
    with pytest.raises(DataError, match="exposures"):
        simulate(matrix, np.array([math.inf, 0]), linear, 990_000, 1, 1000, (1,))


def test_a_price_does_not_fall_below_nothing() -> None:
    """A deviation of 2: a third of the returns would be below -1, and lose more than all."""
    found = simulate(
        np.array([[4.0]]), np.array([1.0]), np.array([False]), 990_000, 1, 20_000, (1,)
    )
    assert found is not None
    assert found.at_risk == 0.999999
    assert found.shortfall == pytest.approx(0.999999, rel=1e-12)
