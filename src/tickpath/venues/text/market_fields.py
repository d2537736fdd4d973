"""Fields, prices, quantities and levels of market frames in plain Python. Twin: market_fields.pxd.

In: a value of `rules.parse`. Out: the value, or Refused with the code of what is wrong with it.
"""

from typing import Any

from tickpath.core.codes import Code
from tickpath.core.config import Instrument
from tickpath.core.limits import LIMITS
from tickpath.core.records import Level
from tickpath.venues.text.rules import Refused, units_of


def field_of(fields: dict[str, Any], key: str) -> object:
    """A field that must be there."""
    if key not in fields:
        raise Refused(Code.FEED_MISSING_FIELD)
    return fields[key]


def text_of(value: object) -> str:
    """A JSON string: a number is kept as text too, but of its own class."""
    if type(value) is not str:
        raise Refused(Code.FEED_WRONG_TYPE)
    return value


def list_of(value: object) -> list[Any]:
    """A JSON array."""
    if not isinstance(value, list):
        raise Refused(Code.FEED_WRONG_TYPE)
    return value


def price_of(value: object, instrument: Instrument) -> int:
    """Ticks of a price field."""
    return on_grid(units_of(value, instrument.price_wire_decimals), instrument.price_step_units)


def quantity_of(value: object, instrument: Instrument) -> int:
    """Lots of a quantity field."""
    units = units_of(value, instrument.quantity_wire_decimals)
    return on_grid(units, instrument.quantity_step_units)


def on_grid(units: int, step_units: int) -> int:
    """Whole steps in `units`."""
    count, rest = divmod(units, step_units)
    if rest:
        raise Refused(Code.FEED_OFF_GRID)
    return count


def positive(count: int) -> int:
    """`count`, refused when zero."""
    if count == 0:
        raise Refused(Code.FEED_RANGE)
    return count


def room_for(levels: list[Level]) -> None:
    """Refused when a side has no room for one more level."""
    if len(levels) == LIMITS["levels_per_frame_max"]:
        raise Refused(Code.FEED_LEVELS)


def level_of(price: object, quantity: object, instrument: Instrument) -> Level:
    """A level: its price is positive."""
    price_ticks = positive(price_of(price, instrument))
    return Level(price_ticks, quantity_of(quantity, instrument))


def pairs_of(value: object, instrument: Instrument) -> list[Level]:
    """[[price, quantity, ...], ...]; what follows the two in a level is skipped."""
    levels: list[Level] = []
    for item in list_of(value):
        room_for(levels)
        if not isinstance(item, list) or len(item) < 2:
            raise Refused(Code.FEED_WRONG_TYPE)
        levels.append(level_of(item[0], item[1], instrument))
    return levels
