"""Shared by the tests of the portfolio: handles by backend, seeded prices, plain oracles."""

from importlib import import_module
from typing import Any

import numpy as np

BACKENDS = ["reference", "native"]


def covariance_of(name: str, assets: int, decay: float) -> Any:
    """An empty covariance of a backend."""
    place = "covariance" if name == "reference" else "native"
    module = import_module(f"tickpath.hot.risk.portfolio.{place}")
    return module.Covariance(assets, decay)


def historical_of(name: str, window: int, tail_ppm: int) -> Any:
    """An empty historical tail of a backend."""
    place = "historical" if name == "reference" else "native"
    module = import_module(f"tickpath.hot.risk.portfolio.{place}")
    return module.Historical(window, tail_ppm)


def prices_of(seed: int, intervals: int, assets: int) -> np.ndarray:
    """Correlated geometric walks, [interval][asset]."""
    rng = np.random.default_rng(seed)
    common = rng.standard_normal((intervals, 1))
    own = rng.standard_normal((intervals, assets))
    share = rng.uniform(-0.9, 0.9, assets)
    moves = share * common + np.sqrt(1 - share**2) * own
    scale = rng.uniform(1e-4, 1e-2, assets)
    walks: np.ndarray = 100.0 * np.exp(np.cumsum(moves * scale, axis=0))
    return walks


def weighted(prices: np.ndarray, decay: float) -> np.ndarray:
    """The exponentially weighted covariance by its definition: all products, their weights summed
    in numpy (pandas: ewm(alpha=1 - decay, adjust=True) of every product)."""
    change = np.diff(prices, axis=0) / prices[:-1]
    n = len(change)
    weight = decay ** np.arange(n - 1, -1, -1)
    out: np.ndarray = (change * weight[:, None]).T @ change / weight.sum()
    return out


def correlation(matrix: np.ndarray) -> np.ndarray:
    """Correlations of a covariance."""
    deviation = np.sqrt(np.diag(matrix))
    out: np.ndarray = matrix / np.outer(deviation, deviation)
    return out
