"""The kernels of `cuda/risk` against their twin on the CPU, byte by byte; see selftest.py."""

from collections.abc import Iterator, Sequence

import numpy as np
import numpy.typing as npt

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


def differences(port: Port, sizes: Sequence[int], seed: int) -> Iterator[str]:
    """Where the port differs from the twin, one line each. Raises BackendError from the port."""
    for paths, assets in [(size, n) for size in sizes for n in ASSETS] + [(3, ASSETS_MAX)]:
        generator = np.random.default_rng(seed + paths * ASSETS_MAX + assets)
        given = *book(generator, assets), paths, (2**64 - 1 - seed, 2**40 + paths)
        ours, theirs = (path_profits(*given, 7, where) for where in (None, port))
        if ours.tobytes() != theirs.tobytes():
            yield f"kernel paths differs from the CPU for {paths} paths of {assets} assets"
