"""Exact numbers at the Python border: decimal text and Decimal to ticks, lots and currency units.

All functions are exact or raise; none of them takes or returns a float.
"""

from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction
from functools import lru_cache
from math import gcd, lcm

from tickpath.core.errors import GridError

DECIMALS_MIN = 8
"""Fraction digits the wire may carry for every instrument; more when its step is finer."""


@lru_cache(maxsize=1024)
def decimals_of(step: Decimal) -> int:
    """Fraction digits of a step: 0.01 -> 2, 1 -> 0, 0.50 -> 1. There are few steps, and the
    reference asks for every price: the answers are kept."""
    exponent = step.normalize().as_tuple().exponent
    assert isinstance(exponent, int)
    return max(0, -exponent)


def wire_decimals(step: Decimal) -> int:
    """Fraction digits accepted on the wire for a field with this step."""
    return max(DECIMALS_MIN, decimals_of(step))


@lru_cache(maxsize=1024)
def wire_units(step: Decimal) -> int:
    """A step in 10**-wire_decimals(step)."""
    return units_of(step, wire_decimals(step))


def count_of(value: Decimal, step: Decimal) -> int:
    """value / step as an integer. Raises GridError when it is not exact."""
    quotient, rest = divmod(value, step)
    if rest:
        raise GridError(f"{value} is no multiple of the step {step}: round it to the step first")
    return int(quotient)


@lru_cache(maxsize=1024)
def ratio_of(value: Decimal, step: Decimal) -> Fraction:
    """value / step, exactly. For what an instrument says, which is asked for again and again."""
    return Fraction(value) / Fraction(step)


def value_of(count: int, step: Decimal) -> Decimal:
    """count * step, exactly."""
    return Decimal(count) * step


def units_of(value: Decimal, decimals: int) -> int:
    """Money as an integer of 10^-decimals. Raises GridError when digits would be lost."""
    scaled = value.scaleb(decimals)
    if scaled != scaled.to_integral_value():
        raise GridError(f"{value} has more than {decimals} decimals: the currency keeps {decimals}")
    return int(scaled)


def money_text(units: int, decimals: int) -> str:
    """Integer units as decimal text with all decimals: (150, 2) -> '1.50'."""
    sign = "-" if units < 0 else ""
    digits = str(abs(units)).rjust(decimals + 1, "0")
    return f"{sign}{digits[:-decimals]}.{digits[-decimals:]}" if decimals else f"{sign}{digits}"


def divide_half_even(num: int, den: int) -> int:
    """num / den rounded half to even (IEEE 754-2019, 4.3.1). den > 0."""
    quotient, rest = divmod(num, den)
    if 2 * rest > den or (2 * rest == den and quotient & 1):
        quotient += 1
    return quotient


def common_unit(sizes: Sequence[Fraction]) -> Fraction:
    """The largest step that every size is a multiple of."""
    den = lcm(*(s.denominator for s in sizes))
    return Fraction(gcd(*(s.numerator * (den // s.denominator) for s in sizes)), den)
