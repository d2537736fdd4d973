"""Drawdown monitor in plain Python: what drawdown.pxd does, in the same integers.

Peak-to-trough and daily loss of an equity with two levels: past the first only orders that reduce
the position pass, past the second nothing new. `halted` stays until a person resets it,
`day_halted` until the next day. Profit by strategy comes from its own fills.
"""

from dataclasses import dataclass

from tickpath.core.config import Config, Instrument
from tickpath.core.fixed import divide_half_even
from tickpath.core.records import InstrumentKind

LEVEL_NONE, LEVEL_REDUCE, LEVEL_HALT = 0, 1, 2
DAY_NONE = -1
DAY_NS = 86_400 * 10**9
PPM = 10**6
UNITS_MAX = 2**62
COST_MAX = 2**124


@dataclass(frozen=True, slots=True)
class DrawdownLimits:
    """Levels in ppm; 0: not watched."""

    reduce_ppm: int = 0
    halt_ppm: int = 0
    daily_reduce_ppm: int = 0
    daily_halt_ppm: int = 0
    day_start_ns: int = 0

    @property
    def watched(self) -> bool:
        """Whether any level is set."""
        return any((self.reduce_ppm, self.halt_ppm, self.daily_reduce_ppm, self.daily_halt_ppm))

    @property
    def daily(self) -> bool:
        """Whether a level of the day is set."""
        return bool(self.daily_reduce_ppm or self.daily_halt_ppm)

    def day(self, now_ns: int) -> int:
        """Number of the day that `now_ns` is in, from 0."""
        return now_ns // DAY_NS + (now_ns % DAY_NS >= self.day_start_ns)


def limits_total(config: Config) -> DrawdownLimits:
    """Levels of a currency as a whole."""
    d = config.drawdown
    return DrawdownLimits(
        d.reduce_only_ppm, d.halt_ppm, d.daily_reduce_only_ppm, d.daily_halt_ppm, d.day_start_ns
    )


def limits_strategy(config: Config) -> DrawdownLimits:
    """Levels of one strategy."""
    d = config.drawdown
    return DrawdownLimits(d.strategy_reduce_only_ppm, d.strategy_halt_ppm)


def fell(from_units: int, units: int, ppm: int) -> bool:
    """Whether `units` is more than that part below `from_units`."""
    return ppm > 0 and from_units > 0 and (from_units - units) * PPM > ppm * from_units


@dataclass(slots=True)
class Drawdown:
    """Equity of one currency: of all, or of one strategy."""

    peak_units: int
    equity_units: int
    day_open_units: int
    day: int = DAY_NONE
    halted: int = 0
    day_halted: int = 0
    level: int = LEVEL_NONE

    def _level(self, limits: DrawdownLimits) -> bool:
        level = LEVEL_NONE
        if fell(self.peak_units, self.equity_units, limits.reduce_ppm) or fell(
            self.day_open_units, self.equity_units, limits.daily_reduce_ppm
        ):
            level = LEVEL_REDUCE
        if self.halted or self.day_halted:
            level = LEVEL_HALT
        changed = level != self.level
        self.level = level
        return changed

    def roll(self, limits: DrawdownLimits, now_ns: int) -> bool:
        """Begin the day that `now_ns` is in with the equity marked last; whether the level
        changed."""
        day = limits.day(now_ns)
        if day == self.day:
            return False
        if self.day != DAY_NONE:
            self.day_open_units = self.equity_units
            self.day_halted = 0
        self.day = day
        return self._level(limits)

    def mark(self, limits: DrawdownLimits, equity_units: int, now_ns: int) -> bool:
        """A new mark; whether the level changed."""
        changed = self.roll(limits, now_ns)
        self.equity_units = equity_units
        self.peak_units = max(self.peak_units, equity_units)
        if fell(self.peak_units, equity_units, limits.halt_ppm):
            self.halted = 1
        if fell(self.day_open_units, equity_units, limits.daily_halt_ppm):
            self.day_halted = 1
        return self._level(limits) or changed

    def reset(self, limits: DrawdownLimits) -> bool:
        """A person begins anew from the equity marked last; whether the level changed."""
        self.peak_units = self.day_open_units = self.equity_units
        self.halted = self.day_halted = 0
        return self._level(limits)


class _UnfitError(ArithmeticError):
    """A sum or product does not fit."""


def _fit(value: int, bound: int) -> int:
    if not -bound < value < bound:
        raise _UnfitError
    return value


def _quotient(num: int, den: int) -> int:
    """num / den half to even when it is within UNITS_MAX."""
    towards_zero = abs(num) // den * (1 if num >= 0 else -1)
    _fit(towards_zero, UNITS_MAX)
    return divide_half_even(num, den)


def _word(value: int) -> int:
    if not -(2**63) <= value < 2**63:
        raise _UnfitError
    return value


def _wide(value: int) -> int:
    if not -(2**127) <= value < 2**127:
        raise _UnfitError
    return value


@dataclass(slots=True)
class StrategyCell:
    """What a strategy's own fills made in one instrument; `cost` is ticks * lots, inverse: settle
    units. `broken`: a sum did not fit, the strategy counts as ruined."""

    lots: int = 0
    fee_units: int = 0
    pnl_units: int = 0
    broken: int = 0
    cost: int = 0

    def fill(self, instrument: Instrument, lots: int, ticks: int, fee_units: int) -> None:
        """A fill of the strategy, `lots` signed."""
        if self.broken:
            return
        num, den = instrument.value_ratio
        try:
            if instrument.kind == InstrumentKind.INVERSE:
                self.cost += _quotient(lots * num, ticks * den)
            else:
                self.cost += ticks * lots if -COST_MAX < ticks * lots < COST_MAX else COST_MAX
            _fit(self.cost, COST_MAX)
            self.fee_units = _word(self.fee_units + fee_units)
            self.lots = _word(self.lots + lots)
        except _UnfitError:
            self.broken = 1

    def mark(self, instrument: Instrument, mid2: int) -> None:
        """Mark at half of `mid2` > 0 ticks. What cannot be computed counts as ruin."""
        try:
            self.pnl_units = -UNITS_MAX if self.broken else self._value(instrument, mid2)
        except _UnfitError:
            self.broken = 1
            self.pnl_units = -UNITS_MAX

    def _value(self, instrument: Instrument, mid2: int) -> int:
        num, den = instrument.value_ratio
        if instrument.kind == InstrumentKind.INVERSE:
            mark = _quotient(_wide(self.lots * num * 2), mid2 * den)
            return _fit(self.cost - mark, UNITS_MAX)
        return _quotient(_wide((self.lots * mid2 - 2 * self.cost) * num), den * 2)
