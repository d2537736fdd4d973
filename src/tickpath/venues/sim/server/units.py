"""Exact numbers of the simulators: prices, quantities and money are integers of 10^-8.

In: the text of a request. Out: integers, and text again. A number with more decimals is an error,
never rounded. Worst case: 20 digits before the point, beyond is refused.
"""

import re
from functools import lru_cache

DECIMALS = 8
UNIT = 100_000_000
PPM = 1_000_000
TEXTS_KEPT = 1 << 14
"""Prices come again and again: their texts are kept."""
_NUMBER = re.compile(r"(\d{0,20})(?:\.(\d{0,30}))?", re.ASCII)


class NumberError(ValueError):
    """The text is no plain decimal number."""


class PrecisionError(NumberError):
    """The number has digits beyond 10^-8."""


def parse(text: str) -> int:
    """Units of a non-negative decimal text. Raises NumberError, PrecisionError."""
    found = _NUMBER.fullmatch(text)
    if found is None or not (found[1] or found[2]):
        raise NumberError(f"{text[:40]!r} is no plain decimal number")
    part = (found[2] or "").rstrip("0")
    if len(part) > DECIMALS:
        raise PrecisionError(f"{text[:40]!r} has more than {DECIMALS} decimals")
    return int(found[1] or 0) * UNIT + int(part.ljust(DECIMALS, "0"))


@lru_cache(maxsize=TEXTS_KEPT)
def fixed(units: int, decimals: int = DECIMALS) -> str:
    """Text with exactly `decimals` decimals; digits beyond them must be zero."""
    if units < 0:
        return "-" + fixed(-units, decimals)
    text = f"{units:09d}"
    if decimals == DECIMALS:
        return f"{text[:-8]}.{text[-8:]}"
    return f"{text[:-8]}.{text[-8:][:decimals]}" if decimals else text[:-8]


def plain(units: int) -> str:
    """Shortest text: no zeros at the end of the decimals."""
    text = fixed(units)
    return text.rstrip("0").rstrip(".")


def cost_of(price: int, quantity: int) -> int:
    """Money for a quantity at a price; what is beyond 10^-8 is dropped."""
    return price * quantity // UNIT


def share(units: int, ppm: int) -> int:
    """Millionths of a sum of money, half-even."""
    whole, rest = divmod(units * ppm, PPM)
    return whole + (2 * rest > PPM or (2 * rest == PPM and whole % 2 == 1))


def decimals_of(step: int) -> int:
    """Decimals that a step needs."""
    text = plain(step)
    return len(text.partition(".")[2])
