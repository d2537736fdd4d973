"""Funding of a perpetual future: rate x value of the leg at the mark price, in the settle currency.

A positive rate is paid by longs to shorts (Binance, "Introduction to Binance Futures Funding
Rates": payment = nominal value of positions x funding rate). The rate counts 10^-12, the mark is a
fraction of ticks. The value is rounded to the guard, then the product once to the guard and once to
units, each half to even: at most half a guard unit of the value x rate beside the exact payment.
"""

from tickpath.core.config import Instrument
from tickpath.core.records import InstrumentKind
from tickpath.hot.execute.position import GUARD, guarded, money, rounded, wide

SCALE = 10**12
"""Parts of a funding rate of one."""


def funding_value(instrument: Instrument, lots: int, mark_num: int, mark_den: int) -> int:
    """Value of `lots` at mark_num / mark_den ticks, guard units."""
    num, den = instrument.value_ratio
    if instrument.kind == InstrumentKind.INVERSE:
        return guarded(rounded(wide(lots * num * mark_den), mark_num * den, GUARD))
    return guarded(rounded(wide(lots * mark_num * num), mark_den * den, GUARD))


def funding_payment(value: int, rate_e12: int) -> tuple[int, int]:
    """(units, guard units) that a leg of that value pays; negative: receives."""
    product = wide(value * rate_e12)
    exact = guarded(rounded(product, SCALE, 1))
    return money(rounded(product, SCALE * GUARD, 1)), exact
