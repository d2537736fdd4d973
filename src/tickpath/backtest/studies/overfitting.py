"""Probability of backtest overfitting by combinatorially symmetric cross-validation (CSCV).

Source: D. H. Bailey, J. M. Borwein, M. Lopez de Prado and Q. J. Zhu, "The Probability of Backtest
Overfitting", Journal of Computational Finance 20 (2017). The samples are cut into S blocks; each
half of the blocks chooses the best set, the other half ranks it. The probability is the share of
choices that rank at or below the median of the other half. About 0.5 says that choosing was of no
use; above, that it did harm.

In: returns, one row a time, one column a set. Worst case: S = 16 and 10 000 sets take 12 870
choices, about 2 GiB of arithmetic in batches of some MiB.
"""

import math
from dataclasses import dataclass
from itertools import combinations
from typing import Final

import numpy as np
import numpy.typing as npt

from tickpath.core.errors import DataError

BLOCKS: Final = 16
BLOCKS_MAX: Final = 20
BATCH: Final = 256
Array = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Overfitting:
    """`probability` (PBO), 0 to 1. `logits`: of the relative rank of each choice in the other half;
    0 is the median. `loss_probability`: share of choices with a figure below 0 there. `slope`: of
    the figure in the other half over the one in the choosing half, None where those are all equal;
    below 0 a better past meant a worse future."""

    probability: float
    loss_probability: float
    slope: float | None
    blocks: int
    sets: int
    samples: int
    logits: Array


def overfitting_probability(
    returns: npt.ArrayLike, blocks: int = BLOCKS, *, statistic: str = "sharpe"
) -> Overfitting:
    """CSCV over `returns` (T x N, float64). `statistic` is "sharpe" or "mean"; a set that does not
    vary in a half has ratio 0 there. Samples that do not fill the last block are left out at the
    beginning. Raises DataError for too little or broken data."""
    values = np.asarray(returns, dtype=np.float64)
    if values.ndim != 2 or not np.isfinite(values).all():
        raise DataError("returns: a table of finite numbers, times by sets, is wanted")
    if statistic not in ("sharpe", "mean"):
        raise DataError(f"statistic {statistic!r}: choose sharpe or mean")
    if blocks % 2 or not 2 <= blocks <= BLOCKS_MAX:
        raise DataError(f"{blocks} blocks: write an even number from 2 to {BLOCKS_MAX}")
    size = len(values) // blocks
    if size < 2 or values.shape[1] < 2:
        raise DataError(
            f"{len(values)} samples of {values.shape[1]} sets: at least {2 * blocks} samples and 2 "
            "sets are needed"
        )
    used = values[len(values) - size * blocks :].reshape(blocks, size, -1)
    sums = used.sum(axis=1)
    squares = (used**2).sum(axis=1)
    inside, outside, ranks = choices(sums, squares, size, statistic)
    logits = np.log(ranks / (1.0 - ranks))
    return Overfitting(
        probability=float((logits <= 0).mean()),
        loss_probability=float((outside < 0).mean()),
        slope=slope(inside, outside),
        blocks=blocks,
        sets=values.shape[1],
        samples=size * blocks,
        logits=logits,
    )


def choices(sums: Array, squares: Array, size: int, statistic: str) -> tuple[Array, Array, Array]:
    """Of every half of the blocks: the best figure there, the chosen set's figure in the other
    half, and its relative rank there, in (0, 1)."""
    blocks, sets = sums.shape
    halves = np.zeros((math.comb(blocks, blocks // 2), blocks))
    for row, chosen in enumerate(combinations(range(blocks), blocks // 2)):
        halves[row, list(chosen)] = 1.0
    half = size * blocks // 2
    found = []
    for at in range(0, len(halves), BATCH):
        mask = halves[at : at + BATCH]
        train = figure(mask @ sums, mask @ squares, half, statistic)
        test = figure((1.0 - mask) @ sums, (1.0 - mask) @ squares, half, statistic)
        best = train.argmax(axis=1)
        rows = np.arange(len(mask))
        own = test[rows, best]
        below = (test < own[:, None]).sum(axis=1)
        level = (test == own[:, None]).sum(axis=1)
        rank = (below + (level + 1) / 2.0) / (sets + 1)
        found.append(np.stack([train[rows, best], own, rank]))
    inside, outside, ranks = np.concatenate(found, axis=1)
    return inside, outside, ranks


def figure(total: Array, squares: Array, count: int, statistic: str) -> Array:
    """Mean, or mean over unbiased deviation, of each set from its sums."""
    mean = total / count
    if statistic == "mean":
        return mean
    variance = (squares - total * mean) / (count - 1)
    steady = variance <= 1e-12 * squares / count
    return np.where(steady, 0.0, mean / np.sqrt(np.where(steady, 1.0, variance)))


def slope(x: Array, y: Array) -> float | None:
    """Of the least squares line of y over x."""
    away = x - x.mean()
    spread = float((away**2).sum())
    return None if spread <= 0.0 else float((away * (y - y.mean())).sum()) / spread
