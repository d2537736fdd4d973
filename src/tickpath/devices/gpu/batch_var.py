"""Monte Carlo profits of a portfolio and their tail: on a port, or on the CPU, same bits.

One definition, `cuda/include/tickpath/paths.h`: hot/risk/portfolio/monte_carlo.py takes its paths
from here. A path's numbers depend on seed, run and the path's own number, so paths may be shared
out among calls, threads and devices in any way.
"""

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from tickpath.core.errors import DataError
from tickpath.core.limits import LIMITS
from tickpath.devices.gpu import twin_risk
from tickpath.devices.gpu.batch import BLOCK, COUNT_MAX, grid_of
from tickpath.devices.gpu.batch_tail import (
    DIRECT_MAX,
    PPM,
    least_on,
    least_profits,
    tail_count,
    tail_losses,
)
from tickpath.devices.gpu.port import Buffer, Port

ASSETS_MAX = LIMITS["portfolio_assets_max"]
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


class Plan(NamedTuple):
    """What paths are drawn by: packed factor, padded columns, assets, (seed, run)."""

    factor: npt.NDArray[np.float64]
    exposures: npt.NDArray[np.float64]
    inverse: npt.NDArray[np.int32]
    assets: int
    stream: tuple[int, int]


def plan_of(
    factor: npt.ArrayLike, exposures: npt.ArrayLike, inverse: npt.ArrayLike | None, seed: Seed
) -> Plan:
    """The arguments as the kernel reads them. DataError for other shapes or values."""
    money = np.asarray(exposures, np.float64)
    if money.ndim != 1 or not 1 <= len(money) <= ASSETS_MAX or not np.isfinite(money).all():
        raise DataError(f"exposures: give 1 to {ASSETS_MAX} finite numbers")
    assets = len(money)
    which = np.zeros(assets) if inverse is None else inverse
    return Plan(
        packed_factor(factor, assets),
        padded(money, np.float64, assets),
        padded(which, np.int32, assets),
        assets,
        stream_of(seed),
    )


def check_paths(first: int, paths: int, least: int) -> None:
    """DataError for paths that cannot be drawn."""
    if paths < least or first < 0 or first + paths > COUNT_MAX:
        raise DataError(f"paths {first} to {first + paths}: {least} to 2**30 can be drawn")


def drawn(port: Port, plan: Plan, first: int, paths: int) -> Buffer:
    """Profits on the device."""
    out = port.empty((paths,), np.float64)
    if paths > 0:
        words = np.array(plan.stream, np.uint64).view(np.int64)
        port.launch(
            "paths", grid_of(paths), BLOCK,
            port.upload(plan.factor), port.upload(plan.exposures), port.upload(plan.inverse),
            np.int32(plan.assets), words[0], words[1], np.int32(first), np.int32(paths), out,
        )  # fmt: skip
    return out


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
    plan = plan_of(factor, exposures, inverse, seed)
    check_paths(first, paths, 0)
    if port is None:
        return twin_risk.paths(*plan[:4], *plan.stream, first, paths)
    out = drawn(port, plan, first, paths)
    port.sync()
    return port.download(out)


def path_tail(
    factor: npt.ArrayLike,
    exposures: npt.ArrayLike,
    inverse: npt.ArrayLike | None,
    paths: int,
    seed: Seed,
    count: int,
    port: Port | None = None,
    direct_max: int = DIRECT_MAX,
) -> npt.NDArray[np.float64]:
    """The smallest `count` profits of `paths` paths, ascending: what a value at risk needs. Of more
    than `direct_max` paths on a port only the tail travels back. See `path_profits`."""
    check_paths(0, paths, 1)
    if not 1 <= count <= paths:
        raise DataError(f"tail of {count} profits: 1 to {paths} of {paths} paths")
    if port is None:
        return least_profits(path_profits(factor, exposures, inverse, paths, seed), count)
    profits = drawn(port, plan_of(factor, exposures, inverse, seed), 0, paths)
    return least_on(port, profits, count, direct_max)


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
    if not 0 < confidence_ppm < PPM:
        raise DataError(f"confidence of {confidence_ppm} ppm: give 1 to 999999")
    count = tail_count(max(paths, 1), confidence_ppm)
    return tail_losses(path_tail(cholesky, positions, inverse, paths, seed, count, port))
