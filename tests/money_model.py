"""Positions and money in exact fractions: what the stage must agree with, by another way.

The model keeps every fill and works from their cash flows, so its profit does not depend on a cost
method: what all live fills paid and received, plus the position at the mark. The methods
themselves are replayed lot by lot in `realised_average` and `realised_fifo`.
"""

from collections import defaultdict
from dataclasses import dataclass, field
from fractions import Fraction

from tickpath.core.config import Config, Instrument
from tickpath.core.records import InstrumentKind


def value(instrument: Instrument, ticks: Fraction, lots: Fraction | int) -> Fraction:
    """Value of lots at a price in settle units."""
    scale = Fraction(10**instrument.settle_decimals) * Fraction(instrument.multiplier)
    quantity = lots * Fraction(instrument.lot_size)
    price = ticks * Fraction(instrument.tick_size)
    if instrument.kind == InstrumentKind.INVERSE:
        return quantity * scale / price
    return quantity * price * scale


@dataclass(slots=True)
class ModelFill:
    key: tuple[int, int]
    instrument: int
    strategy: int
    leg: int
    lots: int
    ticks: int
    fee_currency: int
    fee: Fraction


@dataclass
class MoneyModel:
    """Fills, payments and transfers as they happened."""

    config: Config
    fills: list[ModelFill] = field(default_factory=list)
    funding: dict[int, Fraction] = field(default_factory=lambda: defaultdict(Fraction))
    transfers: dict[int, int] = field(default_factory=lambda: defaultdict(int))

    def sign(self, instrument: int) -> int:
        """-1 for inverse: profit is entry minus exit value."""
        return -1 if self.config.instruments[instrument].kind == InstrumentKind.INVERSE else 1

    def of(self, instrument: int, leg: int = -1, strategy: int = -1) -> list[ModelFill]:
        return [
            f
            for f in self.fills
            if f.instrument == instrument and leg in (-1, f.leg) and strategy in (-1, f.strategy)
        ]

    def lots(self, instrument: int, leg: int = -1, strategy: int = -1) -> int:
        return sum(f.lots for f in self.of(instrument, leg, strategy))

    def profit(
        self, instrument: int, mark: Fraction, leg: int = -1, strategy: int = -1
    ) -> Fraction:
        """Realised plus unrealised, settle units: what the fills moved, the rest at the mark."""
        about = self.config.instruments[instrument]
        total = sum(
            (value(about, mark, f.lots) - value(about, Fraction(f.ticks), f.lots))
            for f in self.of(instrument, leg, strategy)
        )
        return Fraction(total) * self.sign(instrument)

    def fees(self, currency: int, strategy: int = -1) -> Fraction:
        return Fraction(
            sum(
                f.fee
                for f in self.fills
                if f.fee_currency == currency and strategy in (-1, f.strategy)
            )
        )

    def pay_funding(self, instrument: int, rate: Fraction, mark: Fraction) -> None:
        about = self.config.instruments[instrument]
        self.funding[about.settle] += rate * value(about, mark, self.lots(instrument))

    def realised_fifo(self, instrument: int, leg: int) -> Fraction:
        """Oldest lots close first."""
        about = self.config.instruments[instrument]
        queue: list[list[int]] = []
        earned = Fraction(0)
        for f in self.of(instrument, leg):
            left = f.lots
            while left and queue and (queue[0][0] > 0) != (left > 0):
                lots, ticks = queue[0]
                part = min(abs(lots), abs(left)) * (1 if lots > 0 else -1)
                earned += value(about, Fraction(f.ticks), part)
                earned -= value(about, Fraction(ticks), part)
                left += part
                queue[0][0] -= part
                if not queue[0][0]:
                    queue.pop(0)
            if left:
                queue.append([left, f.ticks])
        return earned * self.sign(instrument)

    def realised_average(self, instrument: int, leg: int, strategy: int = -1) -> Fraction:
        """Lots close at the average cost of those open."""
        about = self.config.instruments[instrument]
        lots, cost, earned = 0, Fraction(0), Fraction(0)
        for f in self.of(instrument, leg, strategy):
            closed = 0
            if lots and (lots > 0) != (f.lots > 0):
                closed = min(abs(lots), abs(f.lots)) * (1 if lots > 0 else -1)
                earned += value(about, Fraction(f.ticks), closed) - cost * closed / lots
                cost -= cost * closed / lots
            cost += value(about, Fraction(f.ticks), f.lots + closed)
            lots += f.lots
        return earned * self.sign(instrument)
