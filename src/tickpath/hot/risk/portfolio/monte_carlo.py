"""Monte Carlo value at risk and expected shortfall: numpy, seeded, in batches, off the path.

In: covariance of the returns, exposures in money, which of them are inverse. Out: the same order
statistics of simulated profits as historical.py takes of real ones, with their standard errors.
Returns are normal, drawn through a Cholesky factor. A covariance that is no longer positive
semidefinite (pairs seen for different times) is repaired: negative eigenvalues become 0, then every
row and column is scaled so that the variances are what they were. A linear exposure w makes w * r,
an inverse one, held in the currency that it settles in, w * r / (1 + r): there the answer is not
the parametric one. Worst case: paths_max paths over 256 assets, some seconds; memory for one batch.
"""

import math
from dataclasses import dataclass

import numpy as np

from tickpath.core.errors import DataError

BATCH = 8192
PATHS_MIN = 1000
RETURN_MIN = -0.999999
"""A price does not fall below nothing: the smallest simulated return."""


@dataclass(frozen=True, slots=True)
class Simulated:
    """Losses in money with the standard error of each."""

    at_risk: float
    shortfall: float
    at_risk_error: float
    shortfall_error: float


def repaired(matrix: np.ndarray) -> np.ndarray:
    """The matrix when it is positive semidefinite, else the repair above."""
    values, vectors = np.linalg.eigh(matrix)
    if values.min() >= 0.0:
        return matrix
    fixed = (vectors * np.maximum(values, 0.0)) @ vectors.T
    with np.errstate(divide="ignore", invalid="ignore"):
        scale = np.sqrt(matrix.diagonal() / fixed.diagonal())
    scale = np.where(np.isfinite(scale), scale, 0.0)
    return np.asarray(fixed * np.outer(scale, scale))


def factor_of(matrix: np.ndarray) -> np.ndarray:
    """L with L L' = matrix: Cholesky's, with the least multiple of the largest variance on the
    diagonal that makes it exist (none, as a rule; 1e-14 to 1e-10 for a singular matrix)."""
    fixed = repaired(matrix)
    size = float(fixed.diagonal().max(initial=0.0))
    if size == 0.0:
        return np.zeros_like(fixed)
    for ridge in (0.0, 1e-14, 1e-12, 1e-10):
        try:
            return np.linalg.cholesky(fixed + np.eye(len(fixed)) * (ridge * size))
        except np.linalg.LinAlgError:
            continue
    raise DataError("covariance: no Cholesky factor even after repair; check the prices")


def profits(
    factor: np.ndarray,
    exposures: np.ndarray,
    inverse: np.ndarray,
    paths: int,
    rng: np.random.Generator,
) -> np.ndarray:
    """Profits of `paths` simulated outcomes."""
    out = np.empty(paths)
    linear, other = np.where(inverse, 0.0, exposures), np.where(inverse, exposures, 0.0)
    for at in range(0, paths, BATCH):
        count = min(BATCH, paths - at)
        change = rng.standard_normal((count, len(exposures))) @ factor.T
        np.maximum(change, RETURN_MIN, out=change)
        out[at : at + count] = change @ linear
        if other.any():
            out[at : at + count] += (change / (1.0 + change)) @ other
    return out


def simulate(
    matrix: np.ndarray,
    exposures: np.ndarray,
    inverse: np.ndarray,
    confidence_ppm: int,
    intervals: int,
    paths: int,
    seed: tuple[int, ...],
) -> Simulated | None:
    """Losses over `intervals`; None while an asset held has no covariance."""
    if paths < PATHS_MIN:
        raise DataError(f"monte carlo: {paths} paths: {PATHS_MIN} at least")
    if not np.isfinite(exposures).all():
        raise DataError("exposures: not finite; leave out what has no price")
    held = np.flatnonzero(exposures)
    if len(held) == 0:
        return Simulated(0.0, 0.0, 0.0, 0.0)
    part = matrix[np.ix_(held, held)] * intervals
    if not np.isfinite(part).all():
        return None
    rng = np.random.Generator(np.random.PCG64(seed))
    found = profits(factor_of(part), exposures[held], inverse[held], paths, rng)
    return tail_of(np.sort(found), confidence_ppm)


def tail_of(ordered: np.ndarray, confidence_ppm: int) -> Simulated:
    """Tail figures of ascending profits. The error of the quantile is half the distance between the
    order statistics one binomial deviation to either side; that of the mean beyond it counts the
    spread of the tail and of its edge (Acerbi and Szekely 2014)."""
    n, tail_ppm = len(ordered), 10**6 - confidence_ppm
    p = tail_ppm / 10**6
    k = max(1, -(-n * tail_ppm // 10**6))
    tail = ordered[:k]
    at_risk, shortfall = -float(tail[-1]), -float(tail.mean())
    step = max(1, round(math.sqrt(n * p * (1 - p))))
    low, high = max(0, k - 1 - step), min(n - 1, k - 1 + step)
    spread = float(tail.var()) + (1 - p) * (shortfall - at_risk) ** 2
    return Simulated(
        at_risk, shortfall, float(ordered[high] - ordered[low]) / 2, math.sqrt(spread / k)
    )
