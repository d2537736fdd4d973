"""Skewness, kurtosis and correlations of rolling windows over many symbols: on a port or the CPU.

Both ways give the same bits, which are those of `indicators.skew`, `kurtosis` and `correlation`
with `exact=True`. Mean, variance, deviation and z-score are columns of `batch.feature_rows`.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from tickpath.core.errors import ConfigError, DataError
from tickpath.devices.gpu import twin_features
from tickpath.devices.gpu.batch import BLOCK, PERIOD_MAX, grid_of, matrix
from tickpath.devices.gpu.parts import Work, in_parts
from tickpath.devices.gpu.port import Buffer, Launch, Port

MOMENT_PERIOD_MIN, PAIR_PERIOD_MIN = 4, 2


class Moments(NamedTuple):
    """Skewness and excess kurtosis, float64 [window][symbol]; NaN where a window is not full."""

    skew: npt.NDArray[np.float64]
    kurtosis: npt.NDArray[np.float64]


def checked_period(period: int, least: int) -> int:
    """The period. ConfigError outside its range."""
    if not least <= period <= PERIOD_MAX or period != int(period):
        raise ConfigError(f"period {period}: choose {least} to {PERIOD_MAX}")
    return int(period)


def window_moments(
    prices: npt.ArrayLike, periods: Sequence[int], port: Port | None = None
) -> Moments:
    """The newest skewness and kurtosis of windows of 4 to window_max samples.

    `prices` are float64 [time][symbol], oldest first; a sample that is not a number or beyond
    2**200 is skipped. A window that is not full, or whose newest sample was skipped, has NaN.
    Raises DataError for other shapes, ConfigError for periods, BackendError from the port.
    """
    series = matrix("prices", prices)
    plan = np.array([checked_period(p, MOMENT_PERIOD_MIN) for p in periods], np.int64)
    if len(plan) == 0:
        raise ConfigError("no periods: give one or more, such as [20]")
    if port is None:
        found = twin_features.moments(series, plan)
    else:
        (found,) = in_parts(port, moments_work(series, plan))
    return Moments(found[:, 0], found[:, 1])


def moments_work(series: npt.NDArray[np.float64], plan: npt.NDArray[np.int64]) -> Work:
    """The batch of `window_moments`."""
    many = len(plan)

    def launches(symbols: int, buffers: list[Buffer]) -> list[Launch]:
        windows, samples, out = buffers
        numbers = np.int32(len(series)), np.int32(symbols), np.int32(many)
        arguments = samples, windows, *numbers, out
        return [Launch("moments", grid_of(symbols, many), BLOCK, arguments)]

    return Work(
        "moments", [plan], [series], lambda symbols: [((many, 2, symbols), np.float64)], launches
    )


def window_correlations(
    xs: npt.ArrayLike, ys: npt.ArrayLike, period: int, port: Port | None = None
) -> npt.NDArray[np.float64]:
    """The newest correlation of each series of xs, float64 [time][symbol], with each of ys, float64
    [time][other], over the last 2 to window_max pairs: float64 [other][symbol], 0 when one is flat.

    A pair is skipped when one of its samples is not a number or beyond 2**200; NaN as in
    `window_moments`. Give the same array twice for all pairs of it.
    Raises DataError for other shapes, ConfigError for a period, BackendError from the port.
    """
    left, right = matrix("xs", xs), matrix("ys", ys)
    if len(left) != len(right):
        raise DataError(f"xs of {len(left)} times, ys of {len(right)}: give the same times")
    length = checked_period(period, PAIR_PERIOD_MIN)
    if port is None:
        return twin_features.correlations(left, right, length)
    times, others = right.shape

    def launches(symbols: int, buffers: list[Buffer]) -> list[Launch]:
        ours, ones, out = buffers
        numbers = np.int64(length), np.int32(times), np.int32(symbols), np.int32(others)
        arguments = ones, ours, *numbers, out
        return [Launch("correlations", grid_of(symbols, others), BLOCK, arguments)]

    work = Work(
        ("correlations", length), [right], [left],
        lambda symbols: [((others, symbols), np.float64)], launches,
    )  # fmt: skip
    return in_parts(port, work)[0]
