"""Monte Carlo value at risk and expected shortfall: seeded, off the path, on the CPU or a GPU.

In: covariance of the returns, exposures in money, which of them are inverse. Out: the same order
statistics of simulated profits as historical.py takes of real ones, with their standard errors.
Returns are normal, drawn through a Cholesky factor; the paths are those of
devices/gpu/batch_var.py, the same bits with a GPU and without. A covariance that is no longer
positive semidefinite (pairs seen for different times) is repaired: negative eigenvalues become 0,
then every row and column is scaled so that the variances are what they were. A linear exposure w
makes w * r, an inverse one, held in the currency that it settles in, w * r / (1 + r): there the
answer is not the parametric one. Worst case: paths_max paths over 256 assets, some seconds.
"""

import math
from dataclasses import dataclass

import numpy as np

from tickpath.core.errors import DataError
from tickpath.devices.gpu.batch_tail import PPM, tail_count, tail_losses
from tickpath.devices.gpu.batch_var import path_tail
from tickpath.devices.gpu.port import Port

PATHS_MIN = 1000


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


def simulate(
    matrix: np.ndarray,
    exposures: np.ndarray,
    inverse: np.ndarray,
    confidence_ppm: int,
    intervals: int,
    paths: int,
    seed: tuple[int, ...],
    port: Port | None = None,
) -> Simulated | None:
    """Losses over `intervals`; None while an asset held has no covariance. `seed` is (seed, run),
    each 0 to 2**64 - 1; the paths are drawn on `port`, on the CPU when None, with the same answer.
    Raises DataError for too few paths, BackendError from the port."""
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
    edges = edges_of(paths, confidence_ppm)
    found = path_tail(
        factor_of(part), exposures[held], inverse[held], paths, seed, edges[2] + 1, port
    )
    return tail_of(found, paths, confidence_ppm)


def edges_of(paths: int, confidence_ppm: int) -> tuple[int, int, int]:
    """Where in the ascending profits the quantile is, and one binomial deviation to either side:
    (below, at, above)."""
    p = (PPM - confidence_ppm) / PPM
    at = tail_count(paths, confidence_ppm) - 1
    step = max(1, round(math.sqrt(paths * p * (1 - p))))
    return max(0, at - step), at, min(paths - 1, at + step)


def tail_of(ordered: np.ndarray, paths: int, confidence_ppm: int) -> Simulated:
    """Tail figures of the smallest profits of so many, ascending. The error of the quantile is half
    the distance between the order statistics one binomial deviation to either side; that of the
    mean beyond it counts the spread of the tail and of its edge (Acerbi and Szekely 2014)."""
    p = (PPM - confidence_ppm) / PPM
    low, at, high = edges_of(paths, confidence_ppm)
    tail = ordered[: at + 1]
    at_risk, shortfall = tail_losses(tail)
    spread = float(tail.var()) + (1 - p) * (shortfall - at_risk) ** 2
    return Simulated(
        at_risk, shortfall, float(ordered[high] - ordered[low]) / 2, math.sqrt(spread / (at + 1))
    )
