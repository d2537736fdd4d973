"""The eight features of the fabric, in exact integers: `tp_features` equals this to the bit.

A row of int32 for each good event of the top of the book (`ok`, every number below 2^24):

    0 spread              ask - bid, ticks
    1 imbalance           (bid_lots - ask_lots) / (bid_lots + ask_lots), Q16
    2 microprice - mid    spread * imbalance / 2, 1/256 ticks; a spread past 15 ticks counts as 15
    3 mid - EMA_fast      1/256 ticks
    4 mid - EMA_slow      1/256 ticks
    5 EMA of imbalance    Q16
    6 EMA_fast - EMA_slow 1/256 ticks
    7 change of 2 mid     ticks; 0 at the first event

Every EMA is the one before the event, `ema += (x - ema) / 2^shift` a good event: 3 and 4 are how
far the new mid lies from what was expected. The first good event seeds the averages of the mid with
its own mid; the average of the imbalance begins at 0, a balanced book. All results round down.

Imbalance: both sums are shifted so that the leading one of the total is bit 24; its next 6 bits
look up a reciprocal of 11 bits; one 18 x 11 multiplication. The error is at most ERROR_MAX / 2^16.
Deviations (3, 4) are held in 2^-14 ticks and 28 bits. A change of the mid by 2048 ticks or more,
and one that would carry a deviation further past 4096 ticks, is left out: the average moves along
with the mid. At rest a deviation stays within 2^(shift - 15) ticks of 0, where its decay rounds to
none. Worst case: a few microseconds an event in Python.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields

from tickpath.core.errors import ConfigError, DataError

COUNT = 8
NAMES = (
    "spread_ticks", "imbalance", "microprice_less_mid", "mid_less_fast", "mid_less_slow",
    "imbalance_mean", "fast_less_slow", "change_of_two_mid",
)  # fmt: skip
NUMBER_BITS = 24
"""Width of prices in ticks and of lots inside the fabric."""
SHIFT_FAST = (1, 8)
SHIFT_SLOW = (5, 12)
SHIFT_IMBALANCE = (1, 8)
LATENCY = 4
ERROR_MAX = 542
"""Largest |imbalance - exact| in Q16: 0.775 % + 0.049 % of it from the table, 2 from rounding."""
STEPS_MAX = 15
LEAD = 24
RECIPROCAL = tuple(
    (2**19 + 129 + 2 * m) // (2 * (129 + 2 * m))  # round(2^18 / (129 + 2 m))
    for m in range(64)
)
DEVIATION_BITS = 28
DEVIATION_PAST = 1 << 26
CHANGE_MAX = 1 << 12
HALF_TICK_BITS = 13
FEATURE_SHIFT = 6
COUNTER = 2**32


@dataclass(kw_only=True, slots=True)
class Features:
    """Settings and state. The shifts are those of alpha = 2^-shift."""

    shift_fast: int = 4
    shift_slow: int = 8
    shift_imbalance: int = 4
    seen: bool = False
    mid2: int = 0
    deviation_fast: int = 0
    deviation_slow: int = 0
    imbalance_sum: int = 0
    skipped: int = 0

    def __post_init__(self) -> None:
        for name, (low, high) in (
            ("shift_fast", SHIFT_FAST),
            ("shift_slow", SHIFT_SLOW),
            ("shift_imbalance", SHIFT_IMBALANCE),
        ):
            if not low <= getattr(self, name) <= high:
                raise ConfigError(f"features: {name} must be {low} to {high}")

    def step(
        self, bid_ticks: int, bid_lots: int, ask_ticks: int, ask_lots: int, ok: bool
    ) -> list[int] | None:
        """The row of one event, None when it is not good (counted, the state stays)."""
        numbers = (bid_ticks, bid_lots, ask_ticks, ask_lots)
        if not ok or any(not 0 <= number < 1 << NUMBER_BITS for number in numbers):
            self.skipped = (self.skipped + 1) % COUNTER
            return None
        spread = ask_ticks - bid_ticks
        mid2 = bid_ticks + ask_ticks
        change = mid2 - self.mid2 if self.seen else 0
        self.seen, self.mid2 = True, mid2
        balance = imbalance(bid_lots, ask_lots)
        self.deviation_fast = deviate(self.deviation_fast, change, self.shift_fast)
        self.deviation_slow = deviate(self.deviation_slow, change, self.shift_slow)
        mean = self.imbalance_sum >> self.shift_imbalance
        self.imbalance_sum += balance - mean
        return [
            spread,
            balance,
            (min(max(spread, 0), STEPS_MAX) * balance) >> 9,
            self.deviation_fast >> FEATURE_SHIFT,
            self.deviation_slow >> FEATURE_SHIFT,
            mean,
            (self.deviation_slow - self.deviation_fast) >> FEATURE_SHIFT,
            change,
        ]

    def export(self) -> dict[str, int]:
        """Settings and state as integers."""
        return {name: int(value) for name, value in asdict(self).items()}

    @classmethod
    def restore(cls, state: Mapping[str, int]) -> "Features":
        """The inverse of `export`. DataError when a field is missing or out of its width."""
        names = [field.name for field in fields(cls)]
        if sorted(state) != sorted(names):
            raise DataError(f"state of the features needs exactly {', '.join(names)}")
        bounds = {
            "seen": (0, 1),
            "mid2": (0, 2 ** (NUMBER_BITS + 1) - 2),
            "deviation_fast": (-(2 ** (DEVIATION_BITS - 1)), 2 ** (DEVIATION_BITS - 1) - 1),
            "deviation_slow": (-(2 ** (DEVIATION_BITS - 1)), 2 ** (DEVIATION_BITS - 1) - 1),
            "imbalance_sum": (-(2**25), 2**25 - 1),
            "skipped": (0, COUNTER - 1),
        }
        for name, (low, high) in bounds.items():
            if not low <= state[name] <= high:
                raise DataError(f"state of the features: {name} must be {low} to {high}")
        return cls(
            shift_fast=state["shift_fast"],
            shift_slow=state["shift_slow"],
            shift_imbalance=state["shift_imbalance"],
            seen=bool(state["seen"]),
            mid2=state["mid2"],
            deviation_fast=state["deviation_fast"],
            deviation_slow=state["deviation_slow"],
            imbalance_sum=state["imbalance_sum"],
            skipped=state["skipped"],
        )


def imbalance(bid_lots: int, ask_lots: int) -> int:
    """(bid - ask) / (bid + ask) in Q16, within ERROR_MAX; 0 for two zeros."""
    total = bid_lots + ask_lots
    up = LEAD + 1 - total.bit_length()
    index = (total << up) >> (LEAD - 6) & 63
    return (((bid_lots - ask_lots) << up) >> 8) * RECIPROCAL[index] >> 11


def deviate(deviation: int, change: int, shift: int) -> int:
    """The next deviation, in 2^-14 ticks."""
    past = deviation < -DEVIATION_PAST if change < 0 else deviation >= DEVIATION_PAST
    decay = (deviation + (1 << shift >> 1)) >> shift
    if past or not -CHANGE_MAX <= change < CHANGE_MAX:
        return deviation - decay
    return deviation - decay + (change << HALF_TICK_BITS)
