"""Moments, correlations and averages against their twin on the CPU; see selftest.py."""

from collections.abc import Callable, Collection, Iterator, Sequence

import numpy as np
import numpy.typing as npt

from tickpath.devices.gpu.batch_averages import KINDS, averages
from tickpath.devices.gpu.batch_moments import window_correlations, window_moments
from tickpath.devices.gpu.port import Port
from tickpath.devices.gpu.twin_features import TILE

PERIODS = (4, 5, 31, 100, 144, 400)
"""Of 150 times, about 144 usable: filled often, once, just, just not, and never."""
Series = Callable[[np.random.Generator, int], npt.NDArray[np.float64]]


def differences(
    port: Port, sizes: Sequence[int], seed: int, price_series: Series, names: Collection[str]
) -> Iterator[str]:
    """Where these kernels of the port differ from the twin, one line each. Raises BackendError from
    the port."""
    for size in sizes:
        generator = np.random.default_rng(seed + size)
        prices, others = price_series(generator, size), price_series(generator, 3)
        if "moments" in names:
            yield from moment_differences(port, prices)
        for period in (2, 31, 130) if "correlations" in names else ():
            one, two = (window_correlations(prices, others, period, w) for w in (None, port))
            if one.tobytes() != two.tobytes():
                yield f"kernel correlations differs from the CPU for {size} symbols"
    if "averages" in names:
        yield from average_differences(port, seed)


def moment_differences(port: Port, prices: npt.NDArray[np.float64]) -> Iterator[str]:
    """The same of moments."""
    ours, theirs = (window_moments(prices, PERIODS, where) for where in (None, port))
    if [a.tobytes() for a in ours] != [b.tobytes() for b in theirs]:
        yield f"kernel moments differs from the CPU for {prices.shape[1]} symbols"


def average_differences(port: Port, seed: int) -> Iterator[str]:
    """The same of averages."""
    generator = np.random.default_rng(seed)
    for times in (1, 2, 9, TILE, TILE + 1, TILE + 2, 2 * TILE + 500):
        series = 100.0 + np.cumsum(generator.normal(size=(3, times)), axis=1)
        for kind in KINDS:
            one, two = (averages(series, kind, 7, where) for where in (None, port))
            if one.tobytes() != two.tobytes():
                yield f"kernel averages differs from the CPU for 3 series of {times} samples"
