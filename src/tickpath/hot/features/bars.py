"""What several indicators of bars share: twin of bars.pxd."""

from typing import Protocol


class Ranged(Protocol):
    """The first floats of an indicator that holds Wilder's average true range."""

    count: int
    period: int
    close: float
    range_total: float
    average: float


def true_range(close: float, high: float, low: float) -> float:
    """How far a bar reaches, the close before it included."""
    return (high if high > close else close) - (low if low < close else close)


def average_range(s: Ranged, alpha: float, high: float, low: float, close: float) -> None:
    """Wilder's average true range in `average`, ready from bar n + 1 on; takes the close over.
    `alpha` is 1 / n."""
    if s.count > 1:
        reach = true_range(s.close, high, low)
        if s.count <= s.period + 1:
            s.range_total += reach
            s.average = s.range_total / float(s.period)
        else:
            s.average += alpha * (reach - s.average)
    s.close = close


class Directional(Protocol):
    """The first floats of an indicator of Wilder's directional movement."""

    count: int
    period: int
    p: tuple[float, ...]
    high: float
    low: float
    close: float
    plus: float
    minus: float
    reach: float


def directional(s: Directional, high: float, low: float, close: float) -> None:
    """Wilder's sums of upward and downward movement and of true ranges, ready from bar n + 1 on.
    They start as the sums of n - 1 bars, as TA-Lib's do; p[0] is 1 / n."""
    if s.count > 1:
        up, down = high - s.high, s.low - low
        plus = up if up > 0.0 and up > down else 0.0
        minus = down if down > 0.0 and down > up else 0.0
        reach = true_range(s.close, high, low)
        lost = s.p[0] if s.count > s.period else 0.0
        s.plus = (s.plus + plus) - s.plus * lost
        s.minus = (s.minus + minus) - s.minus * lost
        s.reach = (s.reach + reach) - s.reach * lost
    s.high, s.low, s.close = high, low, close


def one_sided(s: Directional, before: float) -> float:
    """100 * |+DI - -DI| / (+DI + -DI); the value before when nothing moved."""
    both = s.plus + s.minus
    gap = s.plus - s.minus if s.plus >= s.minus else s.minus - s.plus
    return 100.0 * gap / both if both > 0.0 else before
