"""What several oscillators share: twin of oscillators.pxd."""

from typing import Any, Protocol

from tickpath.hot.features.averages import seeded


class Strength(Protocol):
    """The floats of an indicator that smooths gains and losses, in this order."""

    count: int
    period: int
    p: tuple[float, ...]
    last: float
    gain_total: float
    loss_total: float
    gain: float
    loss: float


def strength(s: Strength, price: float) -> None:
    """Wilder's averages of gains and losses; p[0] is 1 / n. Ready from step n + 1."""
    change = price - s.last
    s.last = price
    if s.count == 1:
        return
    up = max(change, 0.0)
    down = up - change
    if s.count <= s.period + 1:
        s.gain_total += up
        s.loss_total += down
        s.gain = s.gain_total * s.p[0]
        s.loss = s.loss_total * s.p[0]
    else:
        s.gain += (up - s.gain) * s.p[0]
        s.loss += (down - s.loss) * s.p[0]


class Stochastic(Protocol):
    """An indicator whose first two windows are the highest high and the lowest low."""

    windows: tuple[Any, ...]


def stochastic(s: Stochastic, high: float, low: float, close: float) -> float:
    """Where the close lies between the lowest low (0) and the highest high (100); 0 in a flat
    window. Right once both windows are full."""
    top = s.windows[0].push(high)
    bottom = s.windows[1].push(low)
    return 100.0 * (close - bottom) / (top - bottom) if top > bottom else 0.0


def relative_strength(s: Strength) -> float:
    """100 * gain / (gain + loss); 50 when nothing moved."""
    total = s.gain + s.loss
    return 100.0 * s.gain / total if total > 0.0 else 50.0


class Convergence(Protocol):
    """The floats of two averages of a price and one of their difference, in this order."""

    count: int
    p: tuple[float, ...]
    fast: float
    slow: float
    signal: float


def convergence(s: Convergence, price: float) -> float:
    """The MACD line, ready from step `slow` on. p: fast, slow, signal and their three alphas."""
    fast, slow, smooth = int(s.p[0]), int(s.p[1]), int(s.p[2])
    if s.count > slow - fast:
        s.fast = seeded(s.fast, s.count - (slow - fast), fast, s.p[3], price)
    s.slow = seeded(s.slow, s.count, slow, s.p[4], price)
    line = s.fast - s.slow
    if s.count >= slow:
        s.signal = seeded(s.signal, s.count - slow + 1, smooth, s.p[5], line)
    return line


def macd_constants(p: Any) -> tuple[float, ...]:
    """What `convergence` reads."""
    alphas = (2.0 / (n + 1.0) for n in (p.fast, p.slow, p.signal))
    return float(p.fast), float(p.slow), float(p.signal), *alphas


def typical(high: float, low: float, close: float) -> float:
    """The typical price of a bar."""
    return (high + low + close) / 3.0


def money(high: float, low: float, close: float, volume: float) -> float:
    """Money flow volume: all of it at the high, none in the middle, less all at the low."""
    return ((close - low) - (high - close)) / (high - low) * volume if high > low else 0.0
