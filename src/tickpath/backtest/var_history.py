"""What each method would have said of a portfolio before each period, for the back-tests.

In: prices by interval and asset, exposures in money that are held throughout. Out: the profits and,
beside each, the value at risk that the method stated from what came before, None before it had
seen enough. The figures are those of the walk and its worker (hot/risk/portfolio), one interval
ahead. `reviewed` puts them to the tests of var_tests.py. Worst case: Monte Carlo, one simulation a
period.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from tickpath.backtest.var_tests import Coverage, coverage, exceptions_of
from tickpath.core.errors import DataError
from tickpath.hot.risk.portfolio import full
from tickpath.hot.risk.portfolio.monte_carlo import simulate
from tickpath.hot.risk.portfolio.native import Covariance, Historical

PPM = 10**6
Figures = list[float | None]
Stated = Callable[[np.ndarray, int], float | None]


@dataclass(frozen=True, kw_only=True, slots=True)
class Held:
    """A portfolio that does not change, and how its risk is stated."""

    exposures: tuple[float, ...]
    decay: float = 0.97
    confidence_ppm: int = 990_000
    window: int = 1000
    warm_up: int = 100
    paths: int = 10_000
    seed: int = 1


def profits_of(prices: np.ndarray, exposures: Sequence[float]) -> np.ndarray:
    """Profit of each interval but the first."""
    if prices.ndim != 2 or prices.shape[1] != len(exposures) or len(prices) < 2:
        raise DataError(f"prices of shape {prices.shape} for {len(exposures)} exposures")
    if not (np.isfinite(prices).all() and (prices > 0).all()):
        raise DataError("prices: not positive and finite; leave out what was not quoted")
    return np.asarray((np.diff(prices, axis=0) / prices[:-1]) @ np.asarray(exposures))


def historical(prices: np.ndarray, held: Held) -> Figures:
    """Figures from the window of profits, in whole units as on the walk."""
    tail = Historical(held.window, PPM - held.confidence_ppm)
    out: Figures = []
    for profit in profits_of(prices, held.exposures):
        found = tail.figures()
        out.append(None if found is None else float(found[0]))
        tail.update(round(float(profit)))
    return out


def _from_matrix(prices: np.ndarray, held: Held, stated: Stated) -> Figures:
    """Figures from the covariance as it stood before each period, none while it warms up."""
    profits_of(prices, held.exposures)
    covariance = Covariance(prices.shape[1], held.decay)
    out: Figures = []
    for interval, row in enumerate(prices):
        if interval > held.warm_up:
            out.append(stated(full.covariance_matrix(covariance.image()), interval))
        elif interval > 0:
            out.append(None)
        for asset, price in enumerate(row):
            covariance.update(asset, float(price), interval)
    return out


def parametric(prices: np.ndarray, held: Held) -> Figures:
    """Figures of normal returns with the covariance of the time."""
    exposures = np.asarray(held.exposures)

    def stated(matrix: np.ndarray, interval: int) -> float | None:
        found = full.parametric(matrix, exposures, held.confidence_ppm)
        return None if found is None else found.at_risk

    return _from_matrix(prices, held, stated)


def monte_carlo(prices: np.ndarray, held: Held) -> Figures:
    """Figures of a simulation with the covariance of the time."""
    exposures = np.asarray(held.exposures)
    linear = np.zeros(len(exposures), dtype=bool)

    def stated(matrix: np.ndarray, interval: int) -> float | None:
        seed = (held.seed, interval)
        found = simulate(matrix, exposures, linear, held.confidence_ppm, 1, held.paths, seed)
        return None if found is None else found.at_risk

    return _from_matrix(prices, held, stated)


METHODS = {"historical": historical, "parametric": parametric, "monte_carlo": monte_carlo}


def reviewed(method: str, prices: np.ndarray, held: Held) -> Coverage:
    """Kupiec's and Christoffersen's tests of a method over the prices."""
    if method not in METHODS:
        raise DataError(f"no method {method!r}: choose one of {', '.join(METHODS)}")
    figures = METHODS[method](prices, held)
    profits = profits_of(prices, held.exposures).tolist()
    return coverage(exceptions_of(profits, figures), 1 - held.confidence_ppm / PPM)
