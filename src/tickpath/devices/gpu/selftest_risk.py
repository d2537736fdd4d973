"""The kernels of `cuda/risk` against their twin on the CPU, byte by byte; see selftest.py."""

from collections.abc import Iterator, Sequence

import numpy as np
import numpy.typing as npt

from tickpath.devices.gpu.batch import BLOCK, grid_of
from tickpath.devices.gpu.batch_covariance import CovarianceRows, covariance_rows
from tickpath.devices.gpu.batch_tail import BINS, least_on, least_profits, tail_bins
from tickpath.devices.gpu.batch_var import ASSETS_MAX, path_profits
from tickpath.devices.gpu.port import Port

ASSETS = (1, 2, 4, 5, 9)
"""An odd deviate, a whole tile of rows, and a tile begun."""


def book(
    generator: np.random.Generator, assets: int
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64], npt.NDArray[np.bool_]]:
    """Factor, exposures and inverse: returns so wide that some are held at their least."""
    factor = np.tril(generator.normal(0.0, 0.4, (assets, assets)))
    exposures = generator.normal(0.0, 1e6, assets)
    return factor, exposures, generator.random(assets) < 0.5


def return_block(
    generator: np.random.Generator, times: int, assets: int
) -> npt.NDArray[np.float64]:
    """Returns [time][asset]: assets without a sample, one that is long silent, one that jumps."""
    found = generator.normal(0.0, 0.01, (times, assets))
    found[generator.random(found.shape) < 0.2] = np.nan
    found[5:40, assets // 2] = np.nan
    found[-1, 0] = 2e6
    return found


def held_rows(generator: np.random.Generator, assets: int, start: int) -> CovarianceRows:
    """What came before: half of the elements about to be forgotten."""
    rows = generator.normal(0.0, 1.0, (assets, assets))
    small = generator.random(rows.shape) < 0.5
    rows[small] = 10.0 ** -generator.uniform(199.7, 200.0, rows.shape)[small]
    return CovarianceRows(rows, generator.integers(start - 3, start, assets))


def covariance_differences(port: Port, seed: int) -> Iterator[str]:
    """Blocks of few and of many assets, behind others, over the sweep at interval 1024."""
    for times, assets in ((1, 1), (60, 2), (60, 3), (50, 5), (7, 127), (7, 130), (2, ASSETS_MAX)):
        generator = np.random.default_rng(seed + assets)
        block, start = return_block(generator, times, assets), 1021
        held = held_rows(generator, assets, start)
        ours, theirs = (covariance_rows(block, 0.9, start, held, w) for w in (None, port))
        if ours.rows.tobytes() != theirs.rows.tobytes():
            yield f"kernel covariance differs from the CPU for 1 block of {times} x {assets}"


def tail_differences(port: Port, sizes: Sequence[int], seed: int) -> Iterator[str]:
    """Tails of one profit, of some, of all; of profits of all sizes, equal ones among them, and
    some that are no numbers; the counts and what is collected, and what is made of both."""
    for size in sizes:
        generator = np.random.default_rng(seed + size)
        profits = generator.normal(0.0, 1.0, size) * 10.0 ** generator.integers(-300, 300, size)
        profits[generator.random(size) < 0.3] = generator.choice([-1e5, 0.0, np.nan])
        counts, given = port.upload(np.zeros(BINS, np.int32)), port.upload(profits)
        port.launch("tail_counts", grid_of(size), BLOCK, given, np.int32(size), counts)
        if (port.download(counts) != np.bincount(tail_bins(profits), minlength=BINS)).any():
            yield f"kernel tail_counts differs from the CPU for {size} profits"
        for count in {1, -(-size // 100), -(-size // 3), size}:
            found = least_on(port, given, count, 0)
            if found.tobytes() != least_profits(profits, count).tobytes():
                yield f"kernel tail_collect differs from the CPU for {size} profits"


def differences(port: Port, sizes: Sequence[int], seed: int) -> Iterator[str]:
    """Where paths and tails of the port differ from the twin, one line each. Raises BackendError
    from the port."""
    for paths, assets in [(size, n) for size in sizes for n in ASSETS] + [(3, ASSETS_MAX)]:
        generator = np.random.default_rng(seed + paths * ASSETS_MAX + assets)
        given = *book(generator, assets), paths, (2**64 - 1 - seed, 2**40 + paths)
        ours, theirs = (path_profits(*given, 7, where) for where in (None, port))
        if ours.tobytes() != theirs.tobytes():
            yield f"kernel paths differs from the CPU for {paths} paths of {assets} assets"
    yield from tail_differences(port, sizes, seed)
