"""Queue models: how much of a decrease at our price that no trade explains was ahead of us.

With f ahead, b behind and a decrease d (all in lots), p is the part of it that is behind:

| queue       | p                              |                                                  |
| ----------- | ------------------------------ | --------------------------------------------------|
| pessimistic | 1                              | only trades bring us forward (risk-averse)       |
| power       | b^n / (f^n + b^n)              | n is `queue_power`                               |
| power2      | b^n / (f + b)^n                |                                                  |
| power3      | 1 - (f / (f + b))^n            |                                                  |
| log         | L(b) / (L(f) + L(b))           | L(x) = log(1 + x), x in units of the base currency|
| log2        | L(b) / L(f + b)                |                                                  |
| fifo        | 1                              | orders of an L3 feed tell it: see fifo.py        |

(1 - p) d leaves from ahead, rounded down to lots; no more is ahead than is displayed then, so what
exceeds the quantity behind left from ahead too. The models are those of R. Rigtorp (Estimating
order queue position, 2013) and of hftbacktest's queue models; queue.pxd is the native twin.
Integers only: logarithms are fixed point, base two.
"""

from typing import Final

from tickpath.core.config import Config
from tickpath.core.errors import ConfigError

POWER_MAX: Final = 4
SCALE_MAX: Final = 1_000_000
LOG_BITS: Final = 32
QUEUES: Final = {
    "power": 0, "pessimistic": 1, "power2": 2, "power3": 3, "log": 4, "log2": 5, "fifo": 1,
}  # fmt: skip
"""Names as a configuration says them, and their numbers in queue.pxd."""
STILL: Final = ("pessimistic", "fifo")
"""No change of a level moves us."""


def check_queue(config: Config) -> None:
    """Raises ConfigError for an unknown model, or `fifo` on sources without single orders."""
    sim = config.sim
    if sim.queue not in QUEUES or not 1 <= sim.queue_power <= POWER_MAX:
        raise ConfigError(
            f"[sim] queue = {sim.queue!r}, queue_power = {sim.queue_power}: "
            f"choose {', '.join(QUEUES)} and a power from 1 to {POWER_MAX}"
        )
    other = [source.name for source in config.sources if source.wire != "flat"]
    if sim.queue == "fifo" and other:
        raise orderless(f"source {other[0]!r}")


def orderless(what: str) -> ConfigError:
    """The refusal of `fifo` for data without orders."""
    return ConfigError(
        f'[sim] queue = "fifo": {what} carries no single orders: it needs an order feed (ITCH, '
        "LOBSTER, market by order) in a tick store (tickpath store import); for levels choose "
        f"{', '.join(name for name in QUEUES if name != 'fifo')}"
    )


def log2_fixed(x: int) -> int:
    """floor(2^32 log2 x), but for the last bits, of 1 <= x < 2^63: the same bits everywhere.

    Repeated squaring of the mantissa, one bit of the fraction each (Knuth, The Art of Computer
    Programming 1, 1997, 1.2.2, exercise 25)."""
    whole = x.bit_length() - 1
    mantissa = x << (63 - whole)
    result = whole << LOG_BITS
    for k in range(LOG_BITS - 1, -1, -1):
        mantissa = mantissa * mantissa >> 63
        if mantissa >> 64:
            mantissa >>= 1
            result |= 1 << k
    return result


def scaled(a: int, b: int, most: int = SCALE_MAX) -> tuple[int, int]:
    """Both halved until neither exceeds `most`, so that powers of them fit 128 bits."""
    while a > most or b > most:
        a >>= 1
        b >>= 1
    return a, b


def part_ahead(queue: str, power: int, ahead: int, behind: int, unit: int, one: int) -> list[int]:
    """(numerator, denominator) of 1 - p; `unit` lots of one base currency are `one` steps."""
    if queue in ("log", "log2"):
        front, back, both = (
            log2_fixed(one + lots * unit) - log2_fixed(one)
            for lots in scaled_log(ahead, behind, unit)
        )
        return [front, front + back] if queue == "log" else [both - back, both]
    front, back = scaled(ahead, behind)
    whole = (front + back) ** power
    if queue == "power":
        return [front**power, front**power + back**power]
    return [whole - back**power if queue == "power2" else front**power, whole]


def scaled_log(ahead: int, behind: int, unit: int) -> tuple[int, int, int]:
    """Ahead, behind and both, no more than what a logarithm takes."""
    most = (1 << 61) // unit
    ahead, behind = min(ahead, most), min(behind, most)
    return ahead, behind, ahead + behind


def queue_advance(
    queue: str, power: int, ahead: int, shown: int, decrease: int, unit: int, one: int
) -> int:
    """Lots of a decrease that leave from ahead of us: 0 <= result <= decrease."""
    behind = shown - ahead
    if queue in STILL or ahead <= 0:
        return 0
    if behind <= 0:
        return decrease
    num, den = part_ahead(queue, power, ahead, behind, unit, one)
    return decrease * num // den if den else 0
