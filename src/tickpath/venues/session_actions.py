"""What a market-data session says and is told: actions, answers, and what of it is a venue's own.

Plain records, shared by `session.py`, the venues' dialects and the transport that carries the
actions out.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

NS_PER_S = 1_000_000_000


@dataclass(frozen=True, slots=True)
class Open:
    """Connect line `line` to `url`."""

    line: int
    url: str


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
class Alert:
    """A person should know; the session goes on."""

    text: str


Action = Open | Send | Shut | Ask | Feed | Alert


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
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Control:
    """What a message that is no market data says: about request `number`, -1 for none."""

    kind: ControlKind
    number: int = -1
    text: str = ""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A request that returns a book, and what it costs of the venue's budget."""

    path: str
    query: str
    weight: int


class MarketDialect(Protocol):
    """What of a session is a venue's own."""

    messages_per_s_max: int
    lifetime_ns: int

    def line_url(self, url: str) -> str:
        """Where on an endpoint the streams are."""

    def subscribe(self, symbols: list[str], number: int) -> list[bytes]:
        """Subscription messages numbered from `number`; each will be accepted or refused."""

    def control(self, data: bytes) -> Control:
        """The meaning of a message that the decoder calls CONTROL or does not know."""

    def snapshot(self, symbol: str) -> Snapshot | None:
        """The request of a book; None where a subscription brings it."""

    def resync(self, symbol: str, number: int) -> list[bytes]:
        """Where a subscription brings the book: messages numbered from `number` that bring it
        again. Their replies need not be awaited."""

    def snapshot_frame(self, symbol: str, body: bytes) -> bytes:
        """The answer as a frame that the decoder knows the instrument of."""

    def used(self, headers: Mapping[str, str]) -> list[tuple[int, int]]:
        """What an answer's headers (names in lower case) say is used: (interval_ns, weight)."""


@dataclass(frozen=True, kw_only=True, slots=True)
class SessionTimes:
    """Waits in ns. `quiet_ns`: a live line without any frame for so long is dead. `open_ns`: until
    a line is open, and again until all its subscriptions are accepted. `renew_ns`: so long before
    the end of a line's lifetime its successor is opened. `answer_ns`: until a request counts as
    unanswered."""

    quiet_ns: int = 10 * NS_PER_S
    open_ns: int = 10 * NS_PER_S
    renew_ns: int = 600 * NS_PER_S
    answer_ns: int = 10 * NS_PER_S
