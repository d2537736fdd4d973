"""The whole covariance matrix and what follows from it: numpy, off the path, on a time grid.

In: the rows of a Covariance, exposures in money. Out: the symmetric matrix, correlations, variance
of the portfolio, parametric value at risk and expected shortfall. A pair is the sum of its two
halves (covariance.py), each decayed from its last sample to the newest interval, divided by the
weight 1 - decay**n of the n intervals that both assets have been seen for; NaN for an asset that
was never seen to move twice. Returns are taken to have mean 0 and to be normal; the loss over h
intervals is sqrt(h) times that over one. Worst case: 256 assets, about 2 ms.
"""

import math
from dataclasses import dataclass

import numpy as np

from tickpath.core.errors import DataError
from tickpath.hot.risk.portfolio.covariance import NEVER, Image
from tickpath.hot.risk.portfolio.normal import factors


@dataclass(frozen=True, slots=True)
class Figures:
    """Losses in money, as float64."""

    at_risk: float
    shortfall: float


def weights(image: Image) -> np.ndarray:
    """1 - decay**n for every pair, n intervals with a return of both; NaN where there is none."""
    seen = np.where(image.first == NEVER, image.interval, image.first)
    count = (image.interval - seen).astype(np.float64)
    both = np.minimum.outer(count, count)
    weight: np.ndarray = -np.expm1(both * math.log(image.decay))
    weight[both <= 0] = np.nan
    return weight


def covariance_matrix(image: Image) -> np.ndarray:
    """Symmetric covariance of the returns of one interval."""
    silent = np.where(image.sampled == NEVER, 0, image.interval - image.sampled)
    half = image.rows * (image.decay ** silent.astype(np.float64))[:, None]
    own = half.diagonal().copy()
    both = half + half.T
    np.fill_diagonal(both, own)
    matrix: np.ndarray = both / weights(image)
    return matrix


def correlations(matrix: np.ndarray) -> np.ndarray:
    """Correlation of every pair; NaN where an asset has no variance."""
    deviation = np.sqrt(matrix.diagonal())
    with np.errstate(divide="ignore", invalid="ignore"):
        found = matrix / np.outer(deviation, deviation)
    return np.asarray(np.clip(found, -1.0, 1.0))


def variance(matrix: np.ndarray, exposures: np.ndarray) -> float:
    """w'Cw over the assets held; NaN when one of them has no covariance yet."""
    if not np.isfinite(exposures).all():
        raise DataError("exposures: not finite; leave out what has no price")
    held = np.flatnonzero(exposures)
    w = exposures[held]
    return float(w @ matrix[np.ix_(held, held)] @ w)


def parametric(
    matrix: np.ndarray, exposures: np.ndarray, confidence_ppm: int, intervals: int = 1
) -> Figures | None:
    """Losses of a portfolio with normal returns; None while an asset held has no covariance."""
    squared = variance(matrix, exposures)
    if not math.isfinite(squared):
        return None
    deviation = math.sqrt(max(squared, 0.0) * intervals)
    factor = factors(confidence_ppm)
    return Figures(deviation * factor.at_risk, deviation * factor.shortfall)


def correlated(matrix: np.ndarray, exposures: np.ndarray) -> np.ndarray:
    """Exposure that moves with each asset: the sum over the others of correlation * exposure, NaN
    when the correlation with one that is held is not known."""
    rho = correlations(matrix)
    np.fill_diagonal(rho, 0.0)
    held = np.flatnonzero(exposures)
    return np.asarray(rho[:, held] @ exposures[held])
