"""Figures as people read them: rounded, with units. Exact money stands in result.json."""

import math
from collections.abc import Mapping

import numpy as np

from tickpath.backtest.result import Result
from tickpath.backtest.returns import Uncertain

TOO_SHORT = "run too short"
NS = 1_000_000_000


def amount(value: float) -> str:
    """Money or a quantity, with the digits its size deserves."""
    if not math.isfinite(value):
        return "-"
    size = abs(value)
    decimals = 2 if size >= 100 else 4 if size >= 1 else 6 if size >= 1e-3 else 8
    text = f"{value:,.{decimals}f}"
    text = text.rstrip("0").rstrip(".") if size < 1 else text
    return "0" if text in ("-0", "") else text


def units(result: Result, c: int, value: int) -> float:
    """Integer units of a currency as float64, to be shown."""
    return float(value) / float(10 ** result.config.currencies[c].decimals)


def share(value: float, decimals: int = 1) -> str:
    """A share as percent."""
    return f"{round(100 * value, decimals) + 0.0:,.{decimals}f} %" if math.isfinite(value) else "-"


def plain(value: float, decimals: int = 2) -> str:
    """A ratio or a mean; "-" when there is none."""
    if math.isinf(value):
        return "∞"
    return f"{round(value, decimals) + 0.0:,.{decimals}f}" if math.isfinite(value) else "-"


def duration(ns: float) -> str:
    """Nanoseconds in the unit that fits."""
    if not math.isfinite(ns):
        return "-"
    for size, name in ((86_400e9, "days"), (3600e9, "h"), (60e9, "min"), (1e9, "s"), (1e6, "ms"),
                       (1e3, "µs")):  # fmt: skip
        if abs(ns) >= size:
            return f"{ns / size:.4g} {name}"
    return f"{ns:.0f} ns"


def counts_text(counts: Mapping[str, int]) -> str:
    """Counts by name."""
    return ", ".join(f"{name} {count:,}" for name, count in counts.items()) or "none"


def moment(t_ns: int) -> str:
    """UTC to the second."""
    return str(np.datetime64(t_ns, "ns").astype("datetime64[s]")).replace("T", " ")


def percent_range(found: Uncertain) -> str:
    """The interval of an annualised return."""
    decimals = 0 if max(abs(found.low), abs(found.high)) >= 1 else 1
    return f"{share(found.low, decimals)} to {share(found.high, decimals)}"


def annual_text(found: Uncertain | None) -> str:
    """An annualised return with its interval, in a line."""
    if found is None:
        return TOO_SHORT
    return f"{share(found.value)} a year (95 %: {percent_range(found)})"


def ratio_text(found: Uncertain | None) -> str:
    """An annualised Sharpe ratio with its standard error."""
    return TOO_SHORT if found is None else f"{found.value:,.2f} ± {found.error:,.2f}"


def span_ns(result: Result) -> int:
    """Simulated time from the first sample to the last."""
    t_ns = result.samples.t_ns
    return t_ns[-1] - t_ns[0] if t_ns else 0
