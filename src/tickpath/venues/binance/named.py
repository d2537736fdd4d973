"""Which request a message of Binance answers, JSON and SBE alike; None for an event.

A reply bears the id of its request, a query's answer also when the order was made. Worst case:
linear in the frame.
"""

import re

from tickpath.venues.binance.outcomes import request_of
from tickpath.venues.binance.sbe_message import ENVELOPE, NULL, STANDING, Message, is_sbe
from tickpath.venues.text.rules import Refused

REQUEST_ID = re.compile(rb'\{"id":"([cq]?)([0-9a-f]{16})"')
"""What a request of ours and its reply in JSON begin with."""
CREATED = re.compile(rb'"time":([0-9]{13})\b')
STANDING_TIME = 86
"""Where the message has it, in microseconds."""


def request_named(data: bytes) -> tuple[int, str] | None:
    """(order, letter) as `request_of` has them, of a request or a reply; None: an event, or what
    answers no request of ours."""
    envelope = _envelope(data)
    if envelope is not None:
        named = request_of(envelope.texts[0].decode("latin-1"))
        return named if named[0] else None
    found = REQUEST_ID.match(data)
    return (int(found[2], 16), found[1].decode()) if found else None


def created_ns(data: bytes) -> int:
    """When the order was made that a query's answer shows, ns since 1970; 0 where it says none."""
    envelope = _envelope(data)
    if envelope is not None:
        inner = Message(envelope.texts[1])
        made = inner.long(STANDING_TIME) if inner.template == STANDING else NULL
        return 0 if made == NULL else made * 1000
    found = CREATED.search(data)
    return int(found[1]) * 10**6 if found else 0


def _envelope(data: bytes) -> Message | None:
    """A reply in SBE."""
    if not is_sbe(data):
        return None
    try:
        message = Message(data)
    except Refused:
        return None
    return message if message.template == ENVELOPE else None
