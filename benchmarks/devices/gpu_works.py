"""The batches that bench_gpu.py times, each as one call on a port or the CPU and as parts of it.

Inputs are made once for a size, so that only the batch itself is timed. Parts are what several
cores share out: slices of symbols, rows or paths, whose results together are the batch's.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt

from tickpath.devices.bank_table import INPUTS_MAX, STRATEGIES_MAX
from tickpath.devices.gpu.batch import Window, bank_rows, feature_rows
from tickpath.devices.gpu.batch_averages import averages
from tickpath.devices.gpu.batch_covariance import covariance_rows
from tickpath.devices.gpu.batch_moments import window_correlations, window_moments
from tickpath.devices.gpu.batch_var import monte_carlo_var, path_profits
from tickpath.devices.gpu.port import Port
from tickpath.devices.gpu.selftest import bank_bytes

TIMES, SCAN_TIMES, OTHERS = 256, 4096, 8
Call = Callable[[Port | None], object]
Part = Callable[[], object]


@dataclass(frozen=True, kw_only=True)
class Batch:
    """A batch of one size. `parts` is None where the CPU does not share it out; `resident` is
    false where a kernel changes what was sent, so that a second run needs it anew."""

    whole: Call
    parts: Callable[[int], list[Part]] | None = None
    resident: bool = True


@dataclass(frozen=True, kw_only=True)
class Work:
    """Batches of one kind by size; `items` says what the size counts."""

    name: str
    items: str
    sizes: Sequence[int]
    batch: Callable[[int], Batch]


def shares(count: int, cores: int) -> Iterator[slice]:
    """Slices of a count, one a core, none empty."""
    edges = np.linspace(0, count, min(cores, count) + 1).astype(int)
    yield from (slice(int(a), int(b)) for a, b in pairwise(edges))


def series(times: int, symbols: int) -> npt.NDArray[np.float64]:
    """Prices [time][symbol]."""
    return 100.0 + np.random.default_rng(1).normal(size=(times, symbols)).cumsum(axis=0)


def columns(array: npt.NDArray[Any], part: slice) -> npt.NDArray[Any]:
    return np.ascontiguousarray(array[:, part])


def rows_batch(windows: int, symbols: int) -> Batch:
    prices, quotes = series(TIMES, symbols), 1.0 + np.random.default_rng(2).random((4, symbols))
    plan = [Window(20 + 10 * k) for k in range(windows)]

    def parts(cores: int) -> list[Part]:
        return [
            partial(feature_rows, columns(prices, k), columns(quotes, k), plan)
            for k in shares(symbols, cores)
        ]

    return Batch(whole=lambda port: feature_rows(prices, quotes, plan, port), parts=parts)


def bank_batch(units: int, rows: int) -> Batch:
    generator = np.random.default_rng(3)
    table = bank_bytes(generator, (STRATEGIES_MAX, INPUTS_MAX, units), 17 if units else 0)
    features = generator.normal(0.0, 100.0, (INPUTS_MAX, rows))

    def parts(cores: int) -> list[Part]:
        return [partial(bank_rows, table, columns(features, k)) for k in shares(rows, cores)]

    return Batch(whole=lambda port: bank_rows(table, features, port), parts=parts)


def paths_batch(assets: int, paths: int) -> Batch:
    generator = np.random.default_rng(4)
    factor = np.tril(generator.normal(0.0, 0.01, (assets, assets)))
    given = factor, generator.normal(0.0, 1e6, assets), None

    def parts(cores: int) -> list[Part]:
        return [
            partial(path_profits, *given, k.stop - k.start, 1, k.start)
            for k in shares(paths, cores)
        ]

    return Batch(whole=lambda port: path_profits(*given, paths, 1, 0, port), parts=parts)


def var_batch(assets: int, paths: int) -> Batch:
    generator = np.random.default_rng(4)
    factor = np.tril(generator.normal(0.0, 0.01, (assets, assets)))
    given = generator.normal(0.0, 1e6, assets), factor, paths, 1, 990_000
    return Batch(whole=lambda port: monte_carlo_var(*given, port=port), resident=False)


def covariance_batch(assets: int) -> Batch:
    returns = np.random.default_rng(5).normal(0.0, 0.01, (TIMES, assets))
    return Batch(whole=lambda port: covariance_rows(returns, 0.97, port=port))


def moments_batch(symbols: int) -> Batch:
    prices = series(TIMES, symbols)

    def parts(cores: int) -> list[Part]:
        return [
            partial(window_moments, columns(prices, k), [20, 50]) for k in shares(symbols, cores)
        ]

    return Batch(whole=lambda port: window_moments(prices, [20, 50], port), parts=parts)


def correlations_batch(symbols: int) -> Batch:
    prices = series(TIMES, symbols + OTHERS)
    others, own = columns(prices, slice(0, OTHERS)), columns(prices, slice(OTHERS, None))

    def parts(cores: int) -> list[Part]:
        return [
            partial(window_correlations, columns(own, k), others, 50)
            for k in shares(symbols, cores)
        ]

    return Batch(whole=lambda port: window_correlations(own, others, 50, port), parts=parts)


def averages_batch(symbols: int) -> Batch:
    prices = np.ascontiguousarray(series(SCAN_TIMES, symbols).T)

    def parts(cores: int) -> list[Part]:
        return [partial(averages, prices[k], "ema", 20) for k in shares(symbols, cores)]

    return Batch(whole=lambda port: averages(prices, "ema", 20, port), parts=parts)


WORKS = [
    *(
        Work(
            name=f"feature rows, {TIMES} times, windows: {windows}",
            items="symbols",
            sizes=(16, 128, 1024, 8192),
            batch=partial(rows_batch, windows),
        )
        for windows in (1, 8)
    ),
    *(
        Work(
            name=f"bank {STRATEGIES_MAX} x {INPUTS_MAX} x {units}",
            items="rows",
            sizes=(100, 1000, 10_000, 50_000),
            batch=partial(bank_batch, units),
        )
        for units in (0, INPUTS_MAX)
    ),
    *(
        Work(
            name=f"Monte Carlo profits, {assets} assets",
            items="paths",
            sizes=(1000, 10_000, 100_000) if assets > 64 else (1000, 10_000, 100_000, 1_000_000),
            batch=partial(paths_batch, assets),
        )
        for assets in (4, 16, 64, 256)
    ),
    Work(
        name="Monte Carlo value at risk, 16 assets",
        items="paths",
        sizes=(1000, 10_000, 100_000, 1_000_000),
        batch=partial(var_batch, 16),
    ),
    Work(
        name=f"covariance over {TIMES} intervals",
        items="assets",
        sizes=(4, 16, 64, 256),
        batch=covariance_batch,
    ),
    Work(
        name=f"skewness and kurtosis, {TIMES} times, windows: 2",
        items="symbols",
        sizes=(16, 128, 1024, 8192),
        batch=moments_batch,
    ),
    Work(
        name=f"correlations with {OTHERS} others, {TIMES} times",
        items="symbols",
        sizes=(16, 128, 1024, 4096),
        batch=correlations_batch,
    ),
    Work(
        name=f"EMA of {SCAN_TIMES} samples by a scan",
        items="symbols",
        sizes=(1, 16, 128, 512),
        batch=averages_batch,
    ),
]
