"""The user line of an order session: its messages counted, its subscriptions answered.

Messages of a connection are numbered over all its channels. One that is missing may have told of a
fill, so a gap ends the session and reconciliation finds what was lost; one told before is dropped.
The answer to a subscription has no number of its own: it is a `subscriptions` message that names
the channel, or an error. Messages of kinds that are not known are left alone.
"""

from typing import Any

from tickpath.core.errors import DataError
from tickpath.venues.coinbase.listing import cut
from tickpath.venues.coinbase.rest import OrderIds
from tickpath.venues.order_steps import Heard
from tickpath.venues.text.rules import Number, Refused, parse

DIGITS_MAX = 18
REASON_MAX = 120


class UserStream:
    """One connection; `begin` before each new one."""

    def __init__(self, ids: OrderIds) -> None:
        self._ids = ids
        self._next = -1
        self._asked: dict[str, int] = {}

    def begin(self) -> None:
        """A connection that has said nothing yet."""
        self._next = -1
        self._asked.clear()

    def ask(self, channel: str, number: int) -> None:
        """A subscription is sent; its answer gets this number."""
        self._asked[channel] = number

    def heard(self, data: bytes) -> Heard:
        """The meaning of a message."""
        try:
            frame = parse(data)
        except Refused:
            frame = None
        if not isinstance(frame, dict):
            return Heard((data,), closing="line events: a message that cannot be read")
        if frame.get("type") == "error":
            return self._refused(str(frame.get("message"))[:REASON_MAX])
        number, channel = number_of(frame.get("sequence_num")), frame.get("channel")
        if number < 0:
            closing = "line events: orders in a message without a number"
            return Heard((data,), closing=closing) if channel == "user" else Heard()
        if number < self._next:
            return Heard()
        gap = f"line events: message {number} where {self._next} was due"
        closing = gap if 0 <= self._next < number else ""
        self._next = number + 1
        if channel == "user":
            self._ids.learn(data)
            return Heard(_cut(data), closing=closing)
        answered = self._answered(frame) if channel == "subscriptions" else -1
        return Heard(number=answered, closing=closing)

    def _answered(self, frame: dict[str, Any]) -> int:
        """The number of the subscription that a message confirms, -1 for none."""
        events = frame.get("events")
        for event in events if isinstance(events, list) else ():
            found = event.get("subscriptions") if isinstance(event, dict) else None
            for channel in found if isinstance(found, dict) else ():
                if channel in self._asked:
                    return self._asked.pop(channel)
        return -1

    def _refused(self, reason: str) -> Heard:
        """An error is about what was asked last; without that the line is of no use."""
        if not self._asked:
            return Heard(closing=f"line events: the venue says {reason}")
        _, number = self._asked.popitem()
        return Heard(number=number, fault=reason)


def _cut(data: bytes) -> tuple[bytes, ...]:
    """Frames that the engine takes; what cannot be cut is the engine's to refuse and to tell."""
    try:
        return tuple(cut(data))
    except DataError:
        return (data,)


def number_of(value: object) -> int:
    """A number of a message, -1 for anything else."""
    if not isinstance(value, Number) or len(value) > DIGITS_MAX:
        return -1
    return int(value) if value.isascii() and value.isdigit() else -1
