"""What a market-data session says and is told: actions, answers, and what of it is a venue's own.

Plain records, shared by `session.py`, the venues' dialects and the transport that carries the
actions out.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol

NS_PER_S = 1_000_000_000
OLDEST = -2
"""`Control.number` where a venue's replies name no request, but come in the order of these."""


@dataclass(frozen=True, slots=True)
class Open:
    """Connect line `line` to `url`."""

    line: int
    url: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Send:
    """Send one text message on an open line."""

    line: int
    data: bytes


@dataclass(frozen=True, slots=True)
class Shut:
    """Close a line; its `closed` need not be reported."""

    line: int
    reason: str


@dataclass(frozen=True, slots=True)
class Ask:
    """GET a path of the venue's REST host; report the outcome by `answered`."""

    number: int
    path: str
    query: str


@dataclass(frozen=True, slots=True)
class Feed:
    """Give a frame to the engine as one of this source; report its code by `code`."""

    data: bytes


@dataclass(frozen=True, slots=True)
class Restart:
    """Tell the engine that the source's connection begins anew (command RESTART_SOURCE): its
    numbers do, and its books wait."""


@dataclass(frozen=True, slots=True)
class Alert:
    """A person should know; the session goes on."""

    text: str


Action = Open | Send | Shut | Ask | Feed | Restart | Alert


@dataclass(frozen=True, slots=True)
class Answer:
    """Outcome of a GET: `status` 0 when none came. A GET changes nothing, so it may be repeated."""

    status: int
    body: bytes = b""
    retry_after_ns: int = 0


class ControlKind(StrEnum):
    ACCEPTED = "accepted"
    REFUSED = "refused"
    CLOSING = "closing"
    NOTICE = "notice"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Control:
    """What a message that is no market data says: about request `number`, -1 for none, OLDEST for
    the first that is not answered. `text` of a NOTICE is for a person."""

    kind: ControlKind
    number: int = -1
    text: str = ""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A request that returns a book, and what it costs of the venue's budget."""

    path: str
    query: str
    weight: int


@dataclass(frozen=True, slots=True)
class Request:
    """A message to the venue, and how many replies it has."""

    data: bytes
    replies: int = 1


class MarketDialect(Protocol):
    """What of a session is a venue's own."""

    messages_per_s_max: int
    lifetime_ns: int | None
    """Of a connection, None where the venue states none."""
    connects: list[tuple[int, int]]
    """How many connections the venue takes of an address: (interval_ns, most)."""

    def line_url(self, url: str) -> str:
        """Where on an endpoint the streams are."""

    def subscribe(self, symbols: list[str], number: int) -> list[Request]:
        """Subscriptions numbered from `number`; each will be accepted or refused. Raises
        ConfigError for more than a connection takes."""

    def control(self, data: bytes) -> Control:
        """The meaning of a message. Market data, which may come here too, are told by a glance."""

    def snapshot(self, symbol: str) -> Snapshot | None:
        """The request of a book; None where a subscription brings it. Such books carry no ids: a
        line that takes the place of another begins them anew."""

    def resync(self, symbols: list[str], number: int) -> list[Request]:
        """Where a subscription brings the books: requests numbered from `number` that bring them
        again."""

    def ping(self, number: int) -> Request | None:
        """What a quiet line is asked for a sign of life; None where the transport's own ping
        does."""

    def serial(self, data: bytes) -> tuple[str, int] | None:
        """Symbol and number of a frame whose second copy, of another line, the feed would let
        pass."""

    def snapshot_frame(self, symbol: str, body: bytes) -> bytes:
        """The answer as a frame that the decoder knows the instrument of."""

    def used(self, headers: Mapping[str, str]) -> list[tuple[int, int]]:
        """What an answer's headers (names in lower case) say is used: (interval_ns, weight)."""


@dataclass(frozen=True, kw_only=True, slots=True)
class SessionTimes:
    """Waits in ns. `quiet_ns`: a live line without any frame for so long is dead. `open_ns`: until
    a line is open, and again until all its subscriptions are accepted. `renew_ns`: so long before
    the end of a line's lifetime its successor is opened. `answer_ns`: until a request counts as
    unanswered. `sweep_ns`: so often every book is looked after. `join_ns`: as much may a line
    be ahead of the one that it joins."""

    quiet_ns: int = 10 * NS_PER_S
    open_ns: int = 10 * NS_PER_S
    renew_ns: int = 600 * NS_PER_S
    answer_ns: int = 10 * NS_PER_S
    sweep_ns: int = NS_PER_S
    join_ns: int = NS_PER_S
