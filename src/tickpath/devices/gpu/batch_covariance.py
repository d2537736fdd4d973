"""Exponentially weighted covariance over a block of returns: on a port, or on the CPU, same bits.

What hot/risk/portfolio/covariance.py does an event at a time, for many intervals at once: research
and a restart over history. Its rows are those of the engine when every asset's sample of an
interval comes in the order of their numbers; full.covariance_matrix makes the matrix of them.
"""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from tickpath.core.errors import ConfigError, DataError
from tickpath.core.limits import LIMITS
from tickpath.devices.gpu import twin_risk
from tickpath.devices.gpu.batch import BLOCK, GRID_MAX, grid_of, matrix
from tickpath.devices.gpu.port import Port

ASSETS_MAX = LIMITS["portfolio_assets_max"]
DECAY_MIN, DECAY_MAX = 0.8, 0.999999
CHANGE_MAX = 1e6
INTERVAL_MAX = 2**62
ROWS_A_THREAD = 4
"""TP_EWMA_TILE."""


class CovarianceRows(NamedTuple):
    """What a covariance remembers: rows, float64 [asset][asset], and the interval of each asset's
    last sample, int64 [asset]. Fit to go on from."""

    rows: npt.NDArray[np.float64]
    sampled: npt.NDArray[np.int64]


def begun(assets: int, start: int, held: CovarianceRows | None) -> CovarianceRows:
    """The state in front of a block. DataError when it does not fit the block."""
    if held is None:
        return CovarianceRows(np.zeros((assets, assets)), np.full(assets, start - 1, np.int64))
    rows = np.ascontiguousarray(held.rows, np.float64)
    sampled = np.ascontiguousarray(held.sampled, np.int64)
    if rows.shape != (assets, assets) or sampled.shape != (assets,):
        raise DataError(f"rows {rows.shape}, sampled {sampled.shape}: not of {assets} assets")
    if not np.isfinite(rows).all() or not ((sampled >= -1) & (sampled < start)).all():
        raise DataError("rows are not finite, or an asset was sampled in the block's own intervals")
    return CovarianceRows(rows, sampled)


def covariance_rows(
    returns: npt.ArrayLike,
    decay: float,
    start: int = 1,
    held: CovarianceRows | None = None,
    port: Port | None = None,
) -> CovarianceRows:
    """The rows behind intervals `start`, `start` + 1, ... of simple returns, float64 [time][asset],
    NaN where an asset has no sample; a return above 10**6 counts as 0.

    `held` is what came before, None: nothing, prices seen in interval `start` - 1. `decay` is
    0.8 to 0.999999. To the bit what Covariance.update makes of those returns, asset after asset.
    Raises DataError for other shapes or values, ConfigError for a decay, BackendError from the
    port.
    """
    block = matrix("returns", returns)
    times, assets = block.shape
    if assets > ASSETS_MAX:
        raise DataError(f"returns of {assets} assets: {ASSETS_MAX} fit (portfolio_assets_max)")
    if (block < -1.0).any():
        raise DataError("returns: one is below -1; give (price - last) / last")
    if not DECAY_MIN <= decay <= DECAY_MAX:
        raise ConfigError(f"covariance: decay {decay}: choose {DECAY_MIN}..{DECAY_MAX}")
    if not 0 <= start <= INTERVAL_MAX:
        raise DataError(f"interval {start}: 0 to 2**62 can be counted")
    before = begun(assets, start, held)
    block = np.where(block > CHANGE_MAX, 0.0, block)
    seen = ~np.isnan(block)
    newest = start + times - 1 - seen[::-1].argmax(axis=0)
    sampled = np.where(seen.any(axis=0), newest, before.sampled)
    if port is None:
        return CovarianceRows(twin_risk.covariance(block, *before, decay, start), sampled)
    out = port.empty((assets, assets), np.float64)
    tiles = min(-(-assets // ROWS_A_THREAD), GRID_MAX)
    port.launch(
        "covariance", grid_of(assets, tiles), BLOCK,
        port.upload(block), *map(port.upload, before), np.float64(decay), np.int64(start),
        np.int32(times), np.int32(assets), out,
    )  # fmt: skip
    port.sync()
    return CovarianceRows(port.download(out), sampled)
