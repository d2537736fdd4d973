"""What a market-data session knows of its lines, of the books it waits for, and of copies.

Plain state without I/O or clock; `session.py` decides. A line keeps the messages that are left to
send, never sends more a second than the venue takes, and knows which replies are still out.
Worst case: a venue that never answers a resync; the oldest of REPLIES_MAX replies is forgotten.
"""

from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from enum import StrEnum

from tickpath.venues.backoff import Backoff
from tickpath.venues.session_actions import NS_PER_S, OLDEST, Request

REPLIES_MAX = 1024
HELD_MAX = 65_536
COPIES_MAX = 4096
"""Numbers kept a symbol: as many frames may one line be ahead of the other."""


class Phase(StrEnum):
    OPENING = "opening"
    SUBSCRIBING = "subscribing"
    LIVE = "live"


@dataclass(slots=True)
class Line:
    """One connection. `replaces` is the line that it will take the place of, -1 for none."""

    number: int
    url: str = field(repr=False)
    since_ns: int
    replaces: int = -1
    phase: Phase = Phase.OPENING
    closing: bool = False
    joining: bool = False
    pinged: bool = False
    born_ns: int = 0
    live_ns: int = 0
    seen_ns: int = 0
    awaited: set[int] = field(default_factory=set)
    """Requests without which the line is not live."""
    asked: dict[int, int] = field(default_factory=dict)
    """Replies that are out by request, in the order of sending."""
    unsent: deque[tuple[int, Request]] = field(default_factory=deque)
    sent_ns: deque[int] = field(default_factory=deque)
    held: deque[bytes] = field(default_factory=lambda: deque(maxlen=HELD_MAX), repr=False)
    """Frames since it is open, while it is joining others that feed."""

    def queue(self, requests: list[Request], number: int, *, awaited: bool) -> None:
        """Requests to send, numbered from `number`."""
        for k, request in enumerate(requests, number):
            self.unsent.append((k, request))
            if awaited:
                self.awaited.add(k)

    def paced(self, now_ns: int, per_s_max: int) -> list[bytes]:
        """What may be sent now, which then counts as sent."""
        found = []
        while self.sent_ns and self.sent_ns[0] <= now_ns - NS_PER_S:
            self.sent_ns.popleft()
        while self.unsent and len(self.sent_ns) < per_s_max:
            number, request = self.unsent.popleft()
            self.sent_ns.append(now_ns)
            self.asked[number] = request.replies
            if len(self.asked) > REPLIES_MAX:
                del self.asked[next(iter(self.asked))]
            found.append(request.data)
        return found

    def pace_ns(self) -> int | None:
        """When more may be sent; None: nothing is left."""
        if not self.unsent:
            return None
        return self.sent_ns[0] + NS_PER_S if self.sent_ns else self.since_ns

    def about(self, number: int) -> int:
        """Which request that was sent a reply is about, -1 for none."""
        if number == OLDEST:
            return next(iter(self.asked), -1)
        return number if number in self.asked else -1

    def accepted(self, number: int) -> bool:
        """One reply to a request. Whether nothing is awaited any more, and something was."""
        self.asked[number] -= 1
        if self.asked[number] > 0:
            return False
        del self.asked[number]
        before = len(self.awaited)
        self.awaited.discard(number)
        return before > 0 and not self.awaited

    def lived_ns(self) -> int:
        """How long frames came since it was live."""
        return self.seen_ns - self.live_ns if self.phase is Phase.LIVE else 0


@dataclass(slots=True)
class Wanted:
    """An instrument that waits for a book: when to ask, and the request that is out. Where a
    subscription brings it: not before `soonest_ns`, even if what was asked is known to be lost."""

    at_ns: int
    backoff: Backoff
    ask: int = -1
    asked_ns: int = 0
    soonest_ns: int = 0


@dataclass(slots=True)
class SessionCounters:
    opened: int = 0
    closed: int = 0
    refused: int = 0
    quiet: int = 0
    renewed: int = 0
    snapshots: int = 0
    unanswered: int = 0
    copies: int = 0


class Copies:
    """The first copy of a frame that several lines bring, where the feed's ids do not tell."""

    def __init__(
        self, symbols: Iterable[str], serial: Callable[[bytes], tuple[str, int] | None]
    ) -> None:
        """`serial`: symbol and number of such a frame."""
        self._serial = serial
        self._known: dict[str, dict[int, None]] = {symbol: {} for symbol in symbols}

    def first(self, data: bytes) -> bool:
        """Whether this copy is the first. A frame that cannot be told is the engine's to judge."""
        serial = self._serial(data)
        if serial is None or serial[0] not in self._known:
            return True
        known, number = self._known[serial[0]], serial[1]
        if number in known:
            return False
        known[number] = None
        if len(known) > COPIES_MAX:
            del known[next(iter(known))]
        return True
