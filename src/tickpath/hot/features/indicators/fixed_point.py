"""fixed_point: a feature of the best bid and offer in the integers of the FPGA overlay."""

from collections.abc import Sequence

from tickpath.devices.fpga.features import (
    COUNT,
    FEATURE_SHIFT,
    NUMBER_BITS,
    SHIFT_FAST,
    SHIFT_IMBALANCE,
    SHIFT_SLOW,
    STEPS_MAX,
    deviate,
    imbalance,
)
from tickpath.hot.features.spec import QUOTE, QUOTES, Column, IndicatorSpec, Param


def shift(name: str, meaning: str, bounds: tuple[int, int], default: int) -> Param:
    least, most = bounds
    return Param(name=name, meaning=meaning, least=least, most=most, default=default)


SPEC = IndicatorSpec(
    title="Feature of the overlay",
    formula=(
        "column 1 spread; 2 imbalance; 3 microprice - mid; 4, 5 mid - its fast, slow average; "
        "6 average imbalance; 7 fast - slow average; 8 change of 2 mid"
    ),
    origin="tickpath.devices.fpga.features, which has the arithmetic; fpga/rtl/features.sv",
    units="1, 8: ticks; 2, 6: 1/65536; 3, 4, 5, 7: 1/256 tick",
    inputs=QUOTE,
    sources=QUOTES,
    params=(
        Param(
            name="column", meaning="which of the eight", least=1, most=COUNT, default=2, factor=True
        ),
        shift("shift_fast", "alpha of the fast average is 2^-shift", SHIFT_FAST, 4),
        shift("shift_slow", "alpha of the slow average is 2^-shift", SHIFT_SLOW, 8),
        shift("shift_imbalance", "alpha of the imbalance is 2^-shift", SHIFT_IMBALANCE, 4),
    ),
    constants=lambda p: (p.column - 1, p.shift_fast, p.shift_slow, p.shift_imbalance),
    fabric=True,
    notes="Whole ticks and lots, cut when not whole; a quote with a number outside 0 to 2^24 - 1 "
    "is left out.",
)


class Step(Column):
    """The averages as deviations of the mid from them."""

    seen: float
    mid2: float
    deviation_fast: float
    deviation_slow: float
    imbalance_sum: float

    def step(self, x: Sequence[float]) -> None:
        if not all(0.0 <= number < 2.0**NUMBER_BITS for number in x):
            return
        bid, bid_lots, ask, ask_lots = (int(number) for number in x)
        column, fast, slow, mean = (int(constant) for constant in self.p)
        spread, mid2 = ask - bid, bid + ask
        change = mid2 - int(self.mid2) if self.seen else 0
        balance = imbalance(bid_lots, ask_lots)
        near = deviate(int(self.deviation_fast), change, fast)
        far = deviate(int(self.deviation_slow), change, slow)
        expected = int(self.imbalance_sum) >> mean
        self.seen, self.mid2 = 1.0, float(mid2)
        self.deviation_fast, self.deviation_slow = float(near), float(far)
        self.imbalance_sum += balance - expected
        row = (
            spread,
            balance,
            (min(max(spread, 0), STEPS_MAX) * balance) >> 9,
            near >> FEATURE_SHIFT,
            far >> FEATURE_SHIFT,
            expected,
            (far - near) >> FEATURE_SHIFT,
            change,
        )
        self.value = float(row[column])
