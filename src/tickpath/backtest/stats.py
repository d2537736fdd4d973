"""Figures of a finished run: drawdown, Sharpe ratio, latency percentiles."""

import math
from collections.abc import Sequence
from itertools import pairwise

SHARPE_INTERVAL_S = 60
SHARPE_SAMPLES_MIN = 30
YEAR_S = 365 * 24 * 3600


def max_drawdown(equity_units: Sequence[int]) -> int:
    """Largest fall from a peak, in the same integer units; 0 for a run that never fell."""
    peak, worst = None, 0
    for value in equity_units:
        peak = value if peak is None else max(peak, value)
        worst = max(worst, peak - value)
    return worst


def on_grid(t_ns: Sequence[int], values: Sequence[int], interval_ns: int) -> list[int]:
    """The last value at or before each point of a grid that starts at the first time."""
    found: list[int] = []
    k = 0
    if not t_ns:
        return found
    for point in range(t_ns[0], t_ns[-1] + 1, interval_ns):
        while k + 1 < len(t_ns) and t_ns[k + 1] <= point:
            k += 1
        found.append(values[k])
    return found


def sharpe(equity_units: Sequence[int]) -> float | None:
    """Annualised Sharpe ratio of SHARPE_INTERVAL_S returns, risk-free rate 0 (W. F. Sharpe, 1994).

    None when there are fewer than SHARPE_SAMPLES_MIN returns or they do not vary.
    """
    returns = [(b - a) / a for a, b in pairwise(equity_units) if a > 0]
    if len(returns) < SHARPE_SAMPLES_MIN:
        return None
    mean = math.fsum(returns) / len(returns)
    variance = math.fsum((r - mean) ** 2 for r in returns) / (len(returns) - 1)
    if variance <= 0:
        return None
    return mean / math.sqrt(variance) * math.sqrt(YEAR_S / SHARPE_INTERVAL_S)


def percentiles(
    count: int, top: int, floors: Sequence[int], counts: Sequence[int], ns_per_tick: float
) -> dict[str, float]:
    """p50, p99, p99.9 and max in ns of a histogram (bucket floors and counts)."""
    marks = {"p50": 0.5, "p99": 0.99, "p99_9": 0.999}
    found: dict[str, float] = dict.fromkeys(marks, 0.0)
    seen = 0
    todo = list(marks)
    for floor, n in zip(floors, counts, strict=True):
        seen += n
        while todo and seen >= marks[todo[0]] * count:
            found[todo.pop(0)] = round(floor * ns_per_tick, 1)
    found["max"] = round(top * ns_per_tick, 1)
    return found
