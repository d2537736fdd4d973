"""Exact money of a fill, in words: entry value, profit and fee of spot, linear and inverse.

Amounts are integers of the settle currency and of 10^-9 of its unit (the guard), rounded half to
even. While all open lots have one entry price the profit is the exact rational, rounded once; after
mixed prices it comes from the average cost in guard units. Linear and spot: value = ticks * lots *
num / den; inverse: lots * num / (ticks * den), and profit is entry value minus exit value (Binance
COIN-M: multiplier x contracts x (1/entry - 1/exit)).
"""

from dataclasses import dataclass

from tickpath.core.config import Instrument
from tickpath.core.errors import TickpathError
from tickpath.core.fixed import divide_half_even
from tickpath.core.records import InstrumentKind

GUARD = 10**9
PPM = 10**6
GUARD_BITS = 96


class WideOverflowError(TickpathError):
    """A product does not fit 128 bits, or an amount 64: the fill is refused as a whole."""


@dataclass(slots=True)
class Leg:
    """An open position at its cost. `entry_ticks` is the one price of all its lots, 0 when there is
    none or several; `value` is in guard units, signed like the lots."""

    lots: int = 0
    entry_ticks: int = 0
    value: int = 0


@dataclass(slots=True)
class FillMoney:
    """What one fill does to the money."""

    position_lots: int
    entry_ticks: int
    entry_value: int
    notional_units: int = 0
    realised_units: int = 0
    realised_guard: int = 0
    fee_units: int = 0
    fee_guard: int = 0


def wide(value: int) -> int:
    """The value, when it fits 128 bits."""
    if not -(2**127) <= value < 2**127:
        raise WideOverflowError
    return value


def money(value: int) -> int:
    """The value, when it fits 64 bits."""
    if not -(2**63) <= value < 2**63:
        raise WideOverflowError
    return value


def guarded(value: int) -> int:
    """The value, when it is a sane amount of guard units."""
    if not -(2**GUARD_BITS) <= value < 2**GUARD_BITS:
        raise WideOverflowError
    return value


def rounded(num: int, den: int, scale: int) -> int:
    """num * scale / den, half to even."""
    wide(2 * (wide(num * scale) % den))
    return divide_half_even(num * scale, den)


def value_of(instrument: Instrument, ticks: int, lots: int) -> tuple[int, int]:
    """Value of `lots` at `ticks` in settle units, as an exact fraction."""
    num, den = instrument.value_ratio
    if instrument.kind == InstrumentKind.INVERSE:
        return lots * num, ticks * den
    return wide(ticks * lots * num), den


def value_guard(instrument: Instrument, ticks: int, lots: int) -> int:
    return rounded(*value_of(instrument, ticks, lots), GUARD)


def profit_one_price(
    instrument: Instrument, entry_ticks: int, ticks: int, closed: int
) -> tuple[int, int]:
    """Profit of `closed` lots (negative: of a short) opened at one price: the exact formula."""
    num, den = instrument.value_ratio
    profit = wide(wide((ticks - entry_ticks) * closed) * num)
    if instrument.kind == InstrumentKind.INVERSE:
        return profit, wide(entry_ticks * ticks * den)
    return profit, den


def profit_average(
    instrument: Instrument, released: int, ticks: int, closed: int
) -> tuple[int, int]:
    """Profit of `closed` lots (negative: of a short) whose cost was `released` guard units."""
    num, den = value_of(instrument, ticks, closed)
    exit_scaled, entry_scaled = wide(num * GUARD), wide(released * den)
    if instrument.kind == InstrumentKind.INVERSE:
        return wide(entry_scaled - exit_scaled), wide(den * GUARD)
    return wide(exit_scaled - entry_scaled), wide(den * GUARD)


def close(instrument: Instrument, m: FillMoney, ticks: int, closed: int) -> None:
    """Close `closed` lots (signed like the position) of it."""
    left = m.position_lots - closed
    if m.entry_ticks:
        after = value_guard(instrument, m.entry_ticks, left)
        num, den = profit_one_price(instrument, m.entry_ticks, ticks, closed)
    else:
        sign = 1 if m.position_lots > 0 else -1
        share = wide(m.entry_value * closed) * sign
        released = guarded(rounded(share, abs(m.position_lots), 1))
        after = m.entry_value - released
        num, den = profit_average(instrument, released, ticks, closed)
    m.entry_value = guarded(after)
    m.realised_units = money(rounded(num, den, 1))
    m.realised_guard = guarded(rounded(num, den, GUARD))
    m.position_lots = left
    m.entry_ticks = m.entry_ticks if left else 0


def open_more(instrument: Instrument, m: FillMoney, ticks: int, opened: int) -> None:
    """Add `opened` lots, signed like the position they make."""
    lots = m.position_lots + opened
    if m.position_lots == 0 or m.entry_ticks == ticks:
        m.entry_ticks = ticks
        m.entry_value = value_guard(instrument, ticks, lots)
    else:
        m.entry_ticks = 0
        m.entry_value += guarded(value_guard(instrument, ticks, opened))
    guarded(m.entry_value)
    m.position_lots = lots


def fill_notional(
    instrument: Instrument, ticks: int, lots: int, maker: int
) -> tuple[int, int, int]:
    """(notional units, fee units, fee in guard units) of a fill, the fee by the instrument's rate.
    Raises WideOverflowError."""
    num, den = value_of(instrument, ticks, lots)
    rate = instrument.maker_fee_ppm if maker else instrument.taker_fee_ppm
    notional = money(rounded(num, den, 1))
    fee = money(rounded(wide(num * rate), wide(den * PPM), 1))
    return notional, fee, guarded(rounded(num * rate, den * PPM, GUARD))


def fill_average(instrument: Instrument, leg: Leg, ticks: int, signed: int) -> FillMoney:
    """The leg after a fill (buys positive), at average cost, computed before anything is changed.
    Closes, opens, or does both when the leg flips. Raises WideOverflowError."""
    after = money(leg.lots + signed)
    m = FillMoney(leg.lots, leg.entry_ticks, leg.value)
    if leg.lots == 0 or (leg.lots > 0) == (signed > 0):
        open_more(instrument, m, ticks, signed)
    elif after == 0 or (after > 0) == (leg.lots > 0):
        close(instrument, m, ticks, -signed)
    else:
        close(instrument, m, ticks, leg.lots)
        open_more(instrument, m, ticks, after)
    return m


def mark_guard(instrument: Instrument, leg: Leg, mid2: int) -> int:
    """Value of the open position at half of `mid2` ticks, in guard units; at cost when it is 0."""
    if mid2 == 0:
        return leg.value
    num, den = value_of(instrument, mid2, leg.lots)
    if instrument.kind == InstrumentKind.INVERSE:
        return rounded(wide(num * 2), den, GUARD)
    return rounded(num, den, GUARD // 2)
