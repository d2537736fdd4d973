"""Returns of a run on a grid, what they say of a year, and how little they may say.

Returns are simple, of equal intervals; the risk-free rate is 0. Annualised figures extrapolate: the
mean times the intervals of a year (365 days), without compounding. Their uncertainty comes with
them, and below RETURNS_MIN returns there is no figure.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from tickpath.backtest.stats import SHARPE_INTERVAL_S, SHARPE_SAMPLES_MIN, YEAR_S, on_grid

Floats = npt.NDArray[np.float64]
RETURNS_MIN = SHARPE_SAMPLES_MIN
RETURNS_MAX = 2048
"""A longer run is cut into longer intervals."""
RESAMPLES, SEED, LEVEL = 1000, 1, 0.95
NS = 1_000_000_000


@dataclass(frozen=True, slots=True)
class Uncertain:
    """A figure with its interval of confidence at `LEVEL`, and its standard error."""

    value: float
    low: float
    high: float
    error: float


@dataclass(frozen=True, slots=True)
class Returns:
    """Simple returns of intervals of `interval_s`, float64; `t_ns` is the end of each."""

    t_ns: npt.NDArray[np.int64]
    values: Floats
    interval_s: int

    @property
    def per_year(self) -> float:
        """Intervals in a year."""
        return YEAR_S / self.interval_s

    @property
    def enough(self) -> bool:
        """Whether there are enough for any figure."""
        return len(self.values) >= RETURNS_MIN


def returns_of(
    t_ns: Sequence[int], equity_units: Sequence[int], interval_s: int = SHARPE_INTERVAL_S
) -> Returns:
    """Returns of equity (units) sampled at `t_ns`, on a grid of `interval_s` or a multiple that
    keeps at most RETURNS_MAX. Intervals that begin without equity are left out."""
    span_s = (t_ns[-1] - t_ns[0]) // NS if len(t_ns) else 0
    interval_s *= max(1, -(-span_s // (interval_s * RETURNS_MAX)))
    grid = np.array(on_grid(t_ns, equity_units, interval_s * NS), dtype=np.float64)
    if len(grid) < 2:
        return Returns(np.zeros(0, dtype=np.int64), np.zeros(0), interval_s)
    use = grid[:-1] > 0
    ends = t_ns[0] + interval_s * NS * np.arange(1, len(grid), dtype=np.int64)
    return Returns(ends[use], np.diff(grid)[use] / grid[:-1][use], interval_s)


def sharpe_of(values: Floats, axis: int = -1) -> Floats:
    """Mean over standard deviation (n - 1) of each row; NaN where returns do not vary."""
    deviation = np.std(values, axis=axis, ddof=1)
    with np.errstate(divide="ignore", invalid="ignore"):
        found = np.mean(values, axis=axis) / deviation
    return np.asarray(np.where(deviation > 0, found, np.nan))


def sortino_of(values: Floats, axis: int = -1) -> Floats:
    """Mean over downside deviation from 0, the root of the mean of min(r, 0)^2 over all returns
    (F. Sortino and R. van der Meer, 1991); NaN where nothing fell."""
    downside = np.sqrt(np.mean(np.minimum(values, 0.0) ** 2, axis=axis))
    with np.errstate(divide="ignore", invalid="ignore"):
        found = np.mean(values, axis=axis) / downside
    return np.asarray(np.where(downside > 0, found, np.nan))


def drawdown_of(values: Floats, axis: int = -1) -> Floats:
    """Largest fall of the compounded returns from a peak, start included, as a share of the peak:
    0 or more."""
    wealth = np.cumprod(1.0 + values, axis=axis)
    peak = np.maximum(np.maximum.accumulate(wealth, axis=axis), 1.0)
    return np.asarray(np.max(1.0 - wealth / peak, axis=axis))


def calmar_of(values: Floats, per_year: float, axis: int = -1) -> Floats:
    """Annualised mean return over the largest drawdown (T. Young, 1991); NaN without one."""
    fall = drawdown_of(values, axis)
    with np.errstate(divide="ignore", invalid="ignore"):
        found = np.mean(values, axis=axis) * per_year / fall
    return np.asarray(np.where(fall > 0, found, np.nan))


def block_length(n: int) -> float:
    """Mean length of the blocks that are drawn: n^(1/3), the order that is best for a mean."""
    return float(max(1.0, n ** (1 / 3)))


def stationary_rows(n: int, rows: int, rng: np.random.Generator) -> npt.NDArray[np.int64]:
    """Indices of `rows` resamples of n values: blocks from random places, of geometric length with
    mean `block_length(n)`, wrapped around (D. Politis and J. Romano, "The stationary bootstrap",
    1994)."""
    fresh = rng.random((rows, n)) < 1.0 / block_length(n)
    fresh[:, 0] = True
    starts = rng.integers(0, n, (rows, n))
    places = np.arange(n)
    begin = np.maximum.accumulate(np.where(fresh, places, 0), axis=1)
    found = (np.take_along_axis(starts, begin, axis=1) + places - begin) % n
    return np.asarray(found, dtype=np.int64)


def bootstrap(values: Floats, statistic: Callable[[Floats], Floats]) -> Uncertain:
    """A statistic of each row, with its percentile interval over RESAMPLES stationary resamples
    (seed SEED). The same returns give the same interval."""
    rng = np.random.default_rng(SEED)
    found = np.concatenate(
        [statistic(values[stationary_rows(len(values), 50, rng)]) for _ in range(RESAMPLES // 50)]
    )
    found = found[np.isfinite(found)]
    value = float(statistic(values[None, :])[0])
    if not len(found):
        return Uncertain(value, float("nan"), float("nan"), float("nan"))
    low, high = np.quantile(found, ((1 - LEVEL) / 2, (1 + LEVEL) / 2))
    return Uncertain(value, float(low), float(high), float(np.std(found, ddof=1)))


def annual_return(returns: Returns) -> Uncertain | None:
    """Mean return of a year as a share of equity, with its bootstrap interval. None: too short."""
    if not returns.enough:
        return None
    return bootstrap(returns.values, lambda rows: np.mean(rows, axis=-1) * returns.per_year)


def annual_sharpe(returns: Returns) -> Uncertain | None:
    """Annualised Sharpe ratio with A. Lo's standard error for independent returns ("The statistics
    of Sharpe ratios", 2002): sqrt((1 + SR^2 / 2) / n) of an interval, times the root of the
    intervals of a year; the interval is that error times 1.96. None: too short or no variation."""
    ratio = float(sharpe_of(returns.values)) if returns.enough else float("nan")
    if not np.isfinite(ratio):
        return None
    root = float(np.sqrt(returns.per_year))
    error = float(np.sqrt((1 + ratio**2 / 2) / len(returns.values)))
    low, high = ratio - 1.96 * error, ratio + 1.96 * error
    return Uncertain(ratio * root, low * root, high * root, error * root)


def rolling(returns: Returns, window: int = RETURNS_MIN) -> dict[str, Floats]:
    """Annualised Sharpe, Sortino and Calmar ratios of the last `window` returns at each of
    `t_ns[window - 1:]`; empty while there are fewer."""
    if len(returns.values) < window:
        return {name: np.zeros(0) for name in ("Sharpe", "Sortino", "Calmar")}
    rows = np.lib.stride_tricks.sliding_window_view(returns.values, window)
    root = np.sqrt(returns.per_year)
    return {
        "Sharpe": sharpe_of(rows) * root,
        "Sortino": sortino_of(rows) * root,
        "Calmar": calmar_of(rows, returns.per_year),
    }
