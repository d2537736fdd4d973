"""Monte Carlo profits of a portfolio: on a port, or on the CPU where none is given, same bits.

One definition, `cuda/include/tickpath/paths.h`: hot/risk/portfolio/monte_carlo.py takes its paths
from here. A path's numbers depend on seed, run and the path's own number, so paths may be shared
out among calls, threads and devices in any way.
"""

from typing import Any

import numpy as np
import numpy.typing as npt

from tickpath.core.errors import DataError
from tickpath.core.limits import LIMITS
from tickpath.devices.gpu import twin_risk
from tickpath.devices.gpu.batch import BLOCK, COUNT_MAX, grid_of
from tickpath.devices.gpu.port import Port

ASSETS_MAX = LIMITS["portfolio_assets_max"]
PPM = 10**6
Seed = int | tuple[int, ...]
"""A seed, or (seed, run): both 0 to 2**64 - 1. Each run of a seed is a stream of its own."""


def stream_of(seed: Seed) -> tuple[int, int]:
    """Seed and run. DataError for other numbers than two of 64 bits."""
    words = seed if isinstance(seed, tuple) else (seed,)
    if not 1 <= len(words) <= 2 or not all(0 <= w < 2**64 for w in words):
        raise DataError(f"seed {seed}: give (seed, run), each 0 to 2**64 - 1")
    return words[0], words[1] if len(words) == 2 else 0


def packed_factor(factor: npt.ArrayLike, assets: int) -> npt.NDArray[np.float64]:
    """A lower triangular matrix by tiles of rows, [tile][column][row of the tile], flat."""
    lower = np.ascontiguousarray(factor, np.float64)
    if lower.shape != (assets, assets):
        raise DataError(f"factor has shape {lower.shape}: ({assets}, {assets}) is needed")
    if not np.isfinite(lower).all() or np.triu(lower, 1).any():
        raise DataError("factor: not finite, or not 0 above its diagonal; take numpy's cholesky")
    tiles = -(-assets // twin_risk.TILE)
    found = np.zeros((tiles * twin_risk.TILE, assets))
    found[:assets] = lower
    return np.ascontiguousarray(found.reshape(tiles, twin_risk.TILE, assets).swapaxes(1, 2)).ravel()


def padded(values: npt.ArrayLike, dtype: npt.DTypeLike, assets: int) -> npt.NDArray[Any]:
    """A column of the assets, filled up to whole tiles by 0."""
    given = np.asarray(values, dtype)
    if given.shape != (assets,):
        raise DataError(f"inverse has shape {given.shape} for {assets} exposures")
    found = np.zeros(-(-assets // twin_risk.TILE) * twin_risk.TILE, dtype)
    found[:assets] = given
    return found


def path_profits(
    factor: npt.ArrayLike,
    exposures: npt.ArrayLike,
    inverse: npt.ArrayLike | None,
    paths: int,
    seed: Seed,
    first: int = 0,
    port: Port | None = None,
) -> npt.NDArray[np.float64]:
    """Profits of paths `first` to `first` + `paths` of a stream, float64 [path].

    `factor` is L of the returns' covariance L L', float64 [asset][asset]; `exposures` are money,
    float64 [asset], 1 to portfolio_assets_max of them; `inverse` says which earn w r / (1 + r) in
    place of w r, None: none of them. Returns are not below -0.999999.
    Raises DataError for other shapes or values, BackendError from the port.
    """
    money = np.asarray(exposures, np.float64)
    if money.ndim != 1 or not 1 <= len(money) <= ASSETS_MAX or not np.isfinite(money).all():
        raise DataError(f"exposures: give 1 to {ASSETS_MAX} finite numbers")
    if paths < 0 or first < 0 or first + paths > COUNT_MAX:
        raise DataError(f"paths {first} to {first + paths}: 0 to 2**30 can be drawn")
    assets, (key, run) = len(money), stream_of(seed)
    lower = packed_factor(factor, assets)
    columns = (
        padded(money, np.float64, assets),
        padded(np.zeros(assets) if inverse is None else inverse, np.int32, assets),
    )
    if port is None:
        return twin_risk.paths(lower, *columns, assets, key, run, first, paths)
    out = port.empty((paths,), np.float64)
    if paths > 0:
        words = np.array([key, run], np.uint64).view(np.int64)
        port.launch(
            "paths", grid_of(paths), BLOCK,
            port.upload(lower), *map(port.upload, columns), np.int32(assets),
            words[0], words[1], np.int32(first), np.int32(paths), out,
        )  # fmt: skip
        port.sync()
    return port.download(out)


def tail_count(paths: int, confidence_ppm: int) -> int:
    """Profits in the tail: n (1 - c) rounded up, one at least."""
    return max(1, -(-paths * (PPM - confidence_ppm) // PPM))


def tail_losses(tail: npt.NDArray[np.float64]) -> tuple[float, float]:
    """Value at risk and expected shortfall of the ascending profits of a tail: the loss of its
    largest, and the mean loss."""
    return -float(tail[-1]), -float(tail.mean())


def monte_carlo_var(
    positions: npt.ArrayLike,
    cholesky: npt.ArrayLike,
    paths: int,
    seed: Seed,
    confidence_ppm: int,
    inverse: npt.ArrayLike | None = None,
    port: Port | None = None,
) -> tuple[float, float]:
    """(value at risk, expected shortfall) at a confidence in millionths, losses in the money of
    `positions`, which are exposures: see `path_profits`. The same figures with a port and without;
    those of monte_carlo.simulate for the same factor and seed.
    Raises DataError for other shapes or values, BackendError from the port."""
    if paths < 1 or not 0 < confidence_ppm < PPM:
        raise DataError(f"{paths} paths at {confidence_ppm} ppm: give 1 or more, 1 to 999999 ppm")
    profits = path_profits(cholesky, positions, inverse, paths, seed, port=port)
    return tail_losses(np.sort(profits)[: tail_count(paths, confidence_ppm)])
