"""What scripts of order sessions make of the answers of any venue."""

import json
from decimal import Decimal, InvalidOperation

from tickpath.venues.order_steps import ScriptError


def decimal_of(value: object) -> Decimal:
    """A number, exact. Raises ScriptError for what is none."""
    try:
        number = Decimal(str(value))
    except InvalidOperation:
        raise ScriptError("the venue's answer has text where a number belongs") from None
    if not number.is_finite():
        raise ScriptError("the venue's answer has a number that is not finite")
    return number


def compact(value: object) -> bytes:
    """JSON without spaces."""
    return json.dumps(value, separators=(",", ":")).encode()
