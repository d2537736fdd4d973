"""Exponential averages over whole series of many symbols by a scan: on a port or the CPU.

Both ways give the same bits. They are not those of `indicators`: a scan adds in another order and
agrees to 1e-10 of the largest sample (cuda/include/tickpath/averages.h).
"""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from tickpath.core.errors import ConfigError, DataError
from tickpath.devices.gpu import twin_features
from tickpath.devices.gpu.batch import BLOCK, GRID_MAX, PERIOD_MAX, matrix
from tickpath.devices.gpu.parts import Work, in_parts
from tickpath.devices.gpu.port import Buffer, Launch, Port, Shape

SAMPLE_MAX = 2.0**200
KINDS = ("ema", "rma", "dema", "tema")


class Stage(NamedTuple):
    """One scan: alpha, how many samples it starts as the mean of, and where it begins."""

    alpha: float
    seed: int
    first: int


def stages_of(kind: str, period: int) -> list[Stage]:
    """The scans of a kind, each over the result of the one before."""
    if kind not in KINDS:
        raise ConfigError(f"no average {kind}: there are {', '.join(KINDS)}")
    if not 1 <= period <= PERIOD_MAX or period != int(period):
        raise ConfigError(f"period {period}: choose 1 to {PERIOD_MAX}")
    if kind == "ema":
        return [Stage(2.0 / (period + 1.0), 1, 0)]
    if kind == "rma":
        return [Stage(1.0 / period, period, 0)]
    count = 2 if kind == "dema" else 3
    return [Stage(2.0 / (period + 1.0), period, k * (period - 1)) for k in range(count)]


def scanned(
    series: npt.NDArray[np.float64], stages: list[Stage], warm: int, port: Port | None
) -> list[npt.NDArray[np.float64]]:
    """The result of each scan, [symbol][time]; on a port they stay there between the scans."""
    times = series.shape[1]
    if port is None:
        found, given = [], series
        for alpha, seed, first in stages:
            given = twin_features.averages(given, alpha, first, seed, max(warm, first + seed - 1))
            found.append(given)
        return found

    def launches(symbols: int, buffers: list[Buffer]) -> list[Launch]:
        found = []
        for (alpha, seed, first), given, out in zip(stages, buffers[:-1], buffers[1:], strict=True):
            numbers = np.int32(first), np.int32(seed), np.int32(max(warm, first + seed - 1))
            shape = np.int32(times), np.int32(symbols)
            arguments = given, np.float64(alpha), *numbers, *shape, out
            found.append(Launch("averages", (min(symbols, GRID_MAX), 1, 1), BLOCK, arguments))
        return found

    def outs(symbols: int) -> list[tuple[Shape, npt.DTypeLike]]:
        return [((symbols, times), np.float64)] * len(stages)

    work = Work(("averages", tuple(stages), warm), [], [series], outs, launches, axis=0)
    return in_parts(port, work)


def averages(
    series: npt.ArrayLike, kind: str, period: int, port: Port | None = None
) -> npt.NDArray[np.float64]:
    """Averages of series, float64 [symbol][time], oldest first: float64 of the same shape, NaN
    until warm as the indicator of that name is, to 1e-10 of the largest sample.

    `kind` is ema, rma (Wilder's), dema or tema; `period` is 1 to window_max.
    Raises DataError for a sample that is not a number or beyond 2**200, ConfigError for a kind or
    a period, BackendError from the port.
    """
    given = matrix("series", series)
    if not (np.abs(given) <= SAMPLE_MAX).all():
        raise DataError("series: a sample is not a number or beyond 2**200; leave it out")
    stages = stages_of(kind, period)
    ready = stages[-1].first + stages[-1].seed - 1
    if kind == "ema":
        ready = period - 1
    if ready >= given.shape[1]:
        return np.full(given.shape, np.nan)
    # what a further scan reads must not be hidden by the warm-up of the one before it
    parts = scanned(given, stages, ready if len(stages) == 1 else 0, port)
    if kind == "dema":
        found = 2.0 * parts[0] - parts[1]
    elif kind == "tema":
        found = 3.0 * parts[0] - 3.0 * parts[1] + parts[2]
    else:
        found = parts[0]
    found[:, :ready] = np.nan
    return found
