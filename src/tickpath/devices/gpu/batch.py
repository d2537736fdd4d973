"""Feature rows and the strategy bank over many rows: on a port, or on the CPU where none is given.

Both ways give the same bits. A batch copies its inputs to the device and its results back, a large
one in parts whose copies go beside the kernels (parts.py); without thousands of rows the CPU is
faster (docs/explanation/gpu.md).
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from tickpath.core.errors import ConfigError, DataError
from tickpath.core.limits import LIMITS
from tickpath.devices.gpu import layout, twin
from tickpath.devices.gpu.parts import Work, in_parts
from tickpath.devices.gpu.port import Buffer, Dim, Launch, Port, Shape

BLOCK: Dim = (128, 1, 1)
GRID_MAX = 65535
PERIOD_MAX = LIMITS["window_max"]
COUNT_MAX = 2**30
"""Of times, symbols and rows: an int32 index plus a grid's stride stays below 2**31."""


class Window(NamedTuple):
    """Samples of a rolling window, 2 to window_max, and alpha of its EMA: 0 takes 2 / (n + 1)."""

    period: int
    alpha: float = 0.0


class BankRows(NamedTuple):
    """Scores int64 and signals int8 [strategy][row], and the sum of a row's signals, int32 [row].
    A row with a feature that is not a number has zeros."""

    scores: npt.NDArray[np.int64]
    signals: npt.NDArray[np.int8]
    votes: npt.NDArray[np.int32]


def grid_of(count: int, rows: int = 1) -> Dim:
    """Blocks for so many threads; a kernel strides over what a grid at its bound leaves."""
    return min(-(-count // BLOCK[0]), GRID_MAX), min(rows, GRID_MAX), 1


def matrix(name: str, values: npt.ArrayLike) -> npt.NDArray[np.float64]:
    """A float64 array of two dimensions, neither empty. DataError otherwise."""
    try:
        found = np.ascontiguousarray(values, np.float64)
    except (TypeError, ValueError) as error:
        raise DataError(f"{name} are no numbers ({error}): give an array of float64") from error
    if found.ndim != 2 or not all(1 <= n <= COUNT_MAX for n in found.shape):
        raise DataError(f"{name} have shape {found.shape}: two dimensions of 1 to 2**30 are needed")
    return found


def window_records(windows: Sequence[Window]) -> npt.NDArray[np.void]:
    """WINDOW records. ConfigError for a period or an alpha outside its range."""
    if not windows:
        raise ConfigError("no windows: give one or more, such as Window(20)")
    for k, window in enumerate(windows):
        if not 2 <= window.period <= PERIOD_MAX or window.period != int(window.period):
            raise ConfigError(f"window {k}: period {window.period} outside 2 to {PERIOD_MAX}")
        if not 0.0 <= window.alpha <= 1.0:
            raise ConfigError(f"window {k}: alpha {window.alpha} outside 0 to 1")
    found = [(w.alpha or 2.0 / (w.period + 1.0), w.period) for w in windows]
    return np.array(found, layout.WINDOW)


def feature_rows(
    prices: npt.ArrayLike,
    quotes: npt.ArrayLike,
    windows: Sequence[Window],
    port: Port | None = None,
) -> npt.NDArray[np.void]:
    """Records of `layout.ROW` [window][symbol]: the newest value of `indicators.sma`, `variance`,
    `std`, `zscore`, `ema` (all with `exact=True`), `microprice` and `bbo_imbalance`, to the bit.

    `prices` are float64 [time][symbol], oldest first; a sample that is not a number or beyond
    2**200 is skipped. `quotes` are bid, bid quantity, ask, ask quantity of the newest time,
    float64 [4][symbol]. A window that is not full, or whose newest sample was skipped, has NaN.
    Raises DataError for other shapes, ConfigError for windows, BackendError from the port.
    """
    series, quote, plan = (
        matrix("prices", prices),
        matrix("quotes", quotes),
        window_records(windows),
    )
    if quote.shape != (4, series.shape[1]):
        raise DataError(
            f"quotes have shape {quote.shape}, prices have {series.shape[1]} symbols: "
            f"(4, {series.shape[1]}) is needed"
        )
    if port is None:
        return twin.rows(series, quote, plan)
    times, many = len(series), len(plan)

    def launches(symbols: int, buffers: list[Buffer]) -> list[Launch]:
        windows, prices, newest, out = buffers
        numbers = np.int32(times), np.int32(symbols), np.int32(many)
        return [
            Launch("rows", grid_of(symbols, many), BLOCK, (prices, newest, windows, *numbers, out))
        ]

    work = Work(
        "rows", [plan], [series, quote], lambda symbols: [((many, symbols), layout.ROW)], launches
    )
    return in_parts(port, work)[0]


def bank_rows(table: bytes, features: npt.ArrayLike, port: Port | None = None) -> BankRows:
    """The bank of `Bank.to_bytes` over features, float64 [input][row]: the scores and signals of
    `Bank.scores` and `Bank.signals`, to the bit.

    Raises DataError for a torn table or another shape, BackendError from the port.
    """
    plan, values = layout.bank_table(table), matrix("features", features)
    inputs, strategies = int(plan["input_count"][0]), int(plan["strategy_count"][0])
    if values.shape[0] != inputs:
        raise DataError(f"{values.shape[0]} features for {inputs} inputs: give [input][row]")
    if port is None:
        return BankRows(*twin.bank(plan, values))

    def outs(rows: int) -> list[tuple[Shape, npt.DTypeLike]]:
        return [((strategies, rows), np.int64), ((strategies, rows), np.int8), ((rows,), np.int32)]

    def launches(rows: int, buffers: list[Buffer]) -> list[Launch]:
        table, columns, *answers = buffers
        return [Launch("bank", grid_of(rows), BLOCK, (table, columns, np.int32(rows), *answers))]

    return BankRows(*in_parts(port, Work("bank", [plan], [values], outs, launches)))
