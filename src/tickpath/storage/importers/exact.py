"""Exact numbers of files: decimal text and integers to ticks and lots, whole columns at a time.

Text is read by Arrow as decimal128 at the step's decimals, which fails where a digit would be lost;
only then a block is read again line by line in plain Python, to name the row or to use a tolerance.
Binary floats are accepted within a part of a step, see `counts_of_floats`.
"""

import re
from decimal import Decimal, InvalidOperation
from fractions import Fraction
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from tickpath.core.errors import GridError
from tickpath.core.fixed import decimals_of

Longs = npt.NDArray[np.int64]

ABSENT: Final = -(2**63)
"""Stands where a field was empty."""
OFF_GRID: Final = ABSENT + 1
"""Stands where a trade is off the grid and such are dropped."""
COUNT_MAX: Final = 2**62
FLOAT_TOLERANCE: Final = 1e-3
"""How far a binary float may be from a multiple of its step, in steps."""
FLOAT_COUNT_MAX: Final = 2**40
"""Multiples of the step up to which float64 keeps a number closer than the tolerance: a unit in the
last place is 2**-12 of a step there, and number and product are each off by half of one at most."""

NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d{1,3})?")
NUMBER_TEXT_MAX: Final = 64


class NotExactError(Exception):
    """A block needs the slow reading; carries no message."""


def scale_of(step: Decimal) -> tuple[int, int]:
    """(decimals, units): a number at so many decimals is a multiple of so many units."""
    decimals = decimals_of(step)
    return decimals, int(step.scaleb(decimals))


def counts_of_decimals(column: Any, units: int) -> Longs:
    """Counts of a pyarrow decimal128 array, ABSENT for nulls. Raises NotExactError for a rest."""
    halves = np.frombuffer(column.buffers()[1], np.int64)[2 * column.offset :].reshape(-1, 2)
    halves = halves[: len(column)]
    low, high = halves[:, 0], halves[:, 1]
    absent = None if not column.null_count else column.is_null().to_numpy(zero_copy_only=False)
    if absent is not None:
        low, high = np.where(absent, 0, low), np.where(absent, 0, high)
    if not np.array_equal(high, low >> 63):
        raise NotExactError
    counts = low if units == 1 else low // units
    if units != 1 and np.any(counts * units != low):
        raise NotExactError
    if counts.size and max(int(counts.max()), -int(counts.min())) > COUNT_MAX:
        raise NotExactError
    return counts.copy() if absent is None else np.where(absent, ABSENT, counts)


def count_of_text(text: str, step: Decimal, tolerance: Decimal = Decimal(0)) -> int:
    """One number. Raises GridError with what is wrong with it."""
    if len(text) > NUMBER_TEXT_MAX or not NUMBER.fullmatch(text.strip()):
        raise GridError(f"{text[:NUMBER_TEXT_MAX]!r} is no number")
    try:
        steps = Fraction(Decimal(text.strip())) / Fraction(step)
    except (InvalidOperation, ValueError) as error:
        raise GridError(f"{text!r} is no number") from error
    count = round(steps)
    if abs(steps - count) > tolerance:
        raise GridError(f"{text.strip()} is no multiple of the step {step}")
    if abs(count) > COUNT_MAX:
        raise GridError(f"{text.strip()} is out of range")
    return count


def counts_of_floats(
    values: npt.NDArray[np.float64], step: Decimal, tolerance: float = FLOAT_TOLERANCE
) -> tuple[Longs, int, str]:
    """(counts, first index that is refused or -1, why). Source: float64 rounds to nearest, so a
    number written as a decimal is within half a unit in the last place of it."""
    ratio = Fraction(step)
    steps = values * float(ratio.denominator)
    if ratio.numerator != 1:
        steps = steps / float(ratio.numerator)
    whole = np.rint(steps)
    with np.errstate(invalid="ignore"):
        good = np.abs(steps - whole) <= tolerance
        small = np.abs(whole) <= FLOAT_COUNT_MAX
    counts = np.where(good & small, whole, 0).astype(np.int64)
    bad = np.flatnonzero(~(good & small))
    if not len(bad):
        return counts, -1, ""
    first = int(bad[0])
    value = float(values[first])
    if not np.isfinite(value):
        return counts, first, f"{value} is no number"
    if good[first]:
        return counts, first, f"{value!r} is too large to be exact in a binary float"
    return (
        counts,
        first,
        (
            f"{value!r} is {abs(float(steps[first] - whole[first])):.3g} of a step away from a "
            f"multiple of {step}, {tolerance:g} is accepted"
        ),
    )


def counts_of_integers(values: Longs, unit: Fraction, step: Decimal) -> tuple[Longs, int]:
    """(counts, first index off the grid or -1) of integers that each stand for `unit`."""
    ratio = unit / Fraction(step)
    if ratio.denominator != 1:
        counts = values // ratio.denominator
        off = np.flatnonzero(counts * ratio.denominator != values)
        values, first = counts, int(off[0]) if len(off) else -1
    else:
        first = -1
    limit = COUNT_MAX // ratio.numerator
    over = np.flatnonzero((values > limit) | (values < -limit))
    if len(over) and (first < 0 or over[0] < first):
        first = int(over[0])
    return np.clip(values, -limit, limit) * ratio.numerator, first
