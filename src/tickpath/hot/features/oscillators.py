"""What several oscillators share: twin of oscillators.pxd."""

from typing import Protocol


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
