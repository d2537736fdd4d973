"""A venue of the MoldUDP64 kind in simulated time, and what a session makes of it.

`Venue` knows a session's messages and answers requests as it is told: all that is asked for, some,
late, lost, or nothing. `World` delivers datagrams and timers in order of time and keeps what the
session feeds; nothing here reads the merger.
"""

import heapq
from collections.abc import Iterable
from random import Random

from tickpath.venues.nasdaq.lines import Waits
from tickpath.venues.nasdaq.mold import END_OF_SESSION, HEADER, Timing, messages, packet
from tickpath.venues.nasdaq.session import MoldSession
from tickpath.venues.session_actions import Action, Alert, Feed, Open, Restart, Send, Shut

MS = 10**6
WAITS = Waits(gaps=Timing(wait_ns=MS, request_ns=50 * MS, give_up_ns=2000 * MS), quiet_ns=3000 * MS)
PATIENT = Waits(gaps=Timing(wait_ns=MS, request_ns=50 * MS, give_up_ns=2**60), quiet_ns=3000 * MS)
ONE, TWO, THREE = b"SESSION001", b"SESSION002", b"SESSION003"
ADDRESSES = ("10.0.0.1:1", "10.0.0.2:1")
SERVERS = ("10.0.0.3:1",)
A, B, SERVER = 0, 1, 2


def part(sequence: int) -> bytes:
    return b"m%d" % sequence


def data(sequence: int, count: int, session: bytes = ONE) -> bytes:
    return packet(session, sequence, [part(k) for k in range(sequence, sequence + count)])


def beat(sequence: int, session: bytes = ONE) -> bytes:
    return HEADER.pack(session, sequence, 0)


def end(sequence: int, session: bytes = ONE) -> bytes:
    return HEADER.pack(session, sequence, END_OF_SESSION)


class Reader:
    """Follows what is fed as the engine's decoder does: skips overlap, notes holes."""

    def __init__(self) -> None:
        self.session = b""
        self.next = 1
        self.messages: list[bytes] = []
        self.holes: list[tuple[int, int]] = []

    def take(self, fed: bytes) -> None:
        session, sequence, count = HEADER.unpack_from(fed)
        if session != self.session:
            self.session, self.next, self.messages, self.holes = session, 1, [], []
        if sequence > self.next:
            self.holes.append((self.next, sequence))
            self.next = sequence
        parts = messages(fed) or []
        self.messages += parts[self.next - sequence :]
        self.next = max(self.next, sequence + count)


class Venue:
    """Answers requests for the messages of one session."""

    def __init__(self, random: Random, last: int, *, most: int = 40, loss: float = 0.0) -> None:
        """`most` messages an answer; `loss` of answers are lost."""
        self.random, self.last, self.most, self.loss = random, last, most, loss
        self.asked: list[tuple[int, int]] = []

    def answer(self, request: bytes) -> list[bytes]:
        session, first, count = HEADER.unpack(request)
        self.asked.append((first, count))
        count = min(count, self.most, self.last + 1 - first)
        if session != ONE or count < 1 or self.random.random() < self.loss:
            return []
        return [data(first, count)]


class World:
    """A session among datagrams, in time."""

    def __init__(
        self, waits: Waits = WAITS, venue: Venue | None = None, servers: Iterable[str] = SERVERS,
        lines: Iterable[str] = ADDRESSES,
    ) -> None:  # fmt: skip
        self.session = MoldSession(list(lines), list(servers), Random(1), waits)
        self.venue = venue
        self.now_ns = 0
        self.reader = Reader()
        self.fed: list[bytes] = []
        self.alerts: list[str] = []
        self.restarts = 0
        self.requests: list[tuple[int, bytes]] = []
        self.refused_lines: set[int] = set()
        self._way: list[tuple[int, int, int, bytes]] = []
        self._count = 0
        self.act(self.session.start(0))

    def act(self, actions: list[Action]) -> None:
        for action in actions:
            if isinstance(action, Feed):
                self.fed.append(action.data)
                self.reader.take(action.data)
            elif isinstance(action, Open):
                if action.line in self.refused_lines:
                    self.act(self.session.failed(action.line, "refused", self.now_ns))
                else:
                    self.act(self.session.opened(action.line, self.now_ns))
            elif isinstance(action, Send):
                self.requests.append((action.line, action.data))
                for answer in self.venue.answer(action.data) if self.venue else []:
                    self.later(action.line, answer, 5 * MS)
            elif isinstance(action, Restart):
                self.restarts += 1
            elif isinstance(action, Alert):
                self.alerts.append(action.text)
            else:
                assert isinstance(action, Shut)

    def later(self, line: int, datagram: bytes, after_ns: int) -> None:
        """A datagram is on its way."""
        self._count += 1
        heapq.heappush(self._way, (self.now_ns + after_ns, self._count, line, datagram))

    def give(self, line: int, *datagrams: bytes) -> None:
        """Datagrams arrive now."""
        for datagram in datagrams:
            self.act(self.session.packet(line, datagram, self.now_ns))

    def pass_time(self, span_ns: int) -> None:
        """Datagrams and timers in their order until then; what the session wants at once, it gets a
        bounded number of times."""
        until_ns = self.now_ns + span_ns
        for _ in range(1_000_000):
            wake_ns = self.session.wake_ns()
            due_ns = min(wake_ns if wake_ns is not None else until_ns + 1, until_ns + 1)
            if self._way and self._way[0][0] <= min(due_ns, until_ns):
                at_ns, _, line, datagram = heapq.heappop(self._way)
                self.now_ns = max(self.now_ns, at_ns)
                self.act(self.session.packet(line, datagram, self.now_ns))
            elif due_ns <= until_ns:
                self.now_ns = max(self.now_ns, due_ns)
                self.act(self.session.timer(self.now_ns))
            else:
                self.now_ns = until_ns
                return
        raise AssertionError("the session never rests")

    def told(self, words: str) -> int:
        """How many alerts have these words."""
        return sum(words in text for text in self.alerts)
