"""Fields of order frames in plain Python, and the numbers of requests.

In: a value of `rules.parse`. Out: the value, or Refused: EXECUTE_REPORT, or a code of `units_of`.
Twins: order_fields.pxd, order_numbers.pxd.
"""

from typing import Any

from tickpath.core import ids
from tickpath.core.codes import Code
from tickpath.core.config import Instrument
from tickpath.core.fixed import units_of as units_of_decimal
from tickpath.hot.execute import EncodeError
from tickpath.venues.text.rules import Refused, units_of

TEXT_BYTES_MAX = 40
"""Longest number read from a frame."""

UNITS_END = 2**64


def price_text(instrument: Instrument, ticks: int) -> str:
    places = instrument.price_decimals
    return decimal_text(ticks, units_of_decimal(instrument.tick_size, places), places)


def quantity_text(instrument: Instrument, lots: int) -> str:
    places = instrument.quantity_decimals
    return decimal_text(lots, units_of_decimal(instrument.lot_size, places), places)


def decimal_text(count: int, step: int, decimals: int) -> str:
    """count * step as text with exactly `decimals` fraction digits; step in 10**-decimals."""
    units = count * step
    if units >= UNITS_END:
        raise EncodeError(Code.RISK_OVERFLOW, "price or quantity does not fit 64 bits")
    digits = str(units).rjust(decimals + 1, "0")
    return f"{digits[:-decimals]}.{digits[-decimals:]}" if decimals else digits


def object_of(value: object) -> dict[str, Any]:
    """A JSON object."""
    if not isinstance(value, dict):
        raise Refused(Code.EXECUTE_REPORT)
    return value


def list_of(value: object) -> list[Any]:
    """A JSON array."""
    if not isinstance(value, list):
        raise Refused(Code.EXECUTE_REPORT)
    return value


def string_of(value: object) -> str:
    """A JSON string: a number is kept as text too, but of its own class."""
    if type(value) is not str:
        raise Refused(Code.EXECUTE_REPORT)
    return value


def own_id(value: object) -> int:
    """The client order id, 0 when the text is not one of ours."""
    return ids.from_text(value) if type(value) is str else 0


def short_of(value: object) -> str:
    """A number or numeric text that is not too long to be one of a venue's."""
    if not isinstance(value, str) or len(value) > TEXT_BYTES_MAX:
        raise Refused(Code.EXECUTE_REPORT)
    return value


def signed_of(value: object, decimals: int) -> int:
    """A number as an integer of 10**-decimals, with its sign."""
    text = short_of(value)
    if text.startswith("-"):
        return -units_of(text[1:], decimals)
    return units_of(text, decimals)


def integer_of(value: object) -> int:
    """An integer that is not negative."""
    return units_of(short_of(value), 0)


def steps_of(value: object, decimals: int, step: int) -> int:
    """Whole steps of `step` in 10**-decimals."""
    try:
        count, rest = divmod(units_of(short_of(value), decimals), step)
    except Refused:
        raise Refused(Code.EXECUTE_REPORT) from None
    if rest:
        raise Refused(Code.EXECUTE_REPORT)
    return count


def lots_of(instrument: Instrument, value: object) -> int:
    """Lots of a quantity field."""
    return steps_of(value, instrument.quantity_wire_decimals, instrument.quantity_step_units)


def ticks_of(instrument: Instrument, value: object) -> int:
    """Ticks of a price field."""
    return steps_of(value, instrument.price_wire_decimals, instrument.price_step_units)
