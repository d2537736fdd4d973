"""A live MoldUDP64 session as a state machine without I/O, clock or randomness of its own.

In: a line opened or failed, a packet of a line or of a re-request server, what the engine said, a
timer; each with the time of a monotonic clock. Out: actions. The merger (`mold.py`) decides which
packet continues the stream and what is asked for; this decides everything about lines and sessions.

  start -> Open every line and server -> packet -> Feed what continues the stream
  a hole -> Send(request) to the servers by turns -> Feed, or lost: Alert, and the engine sees it
  a line quiet or failed -> Alert; every line -> Restart: the books are stale. Failed: Open again
  end of session -> Alert, Restart; silence is in order until another session begins

- What was lost is shown to the engine by the packet behind it, or by a heartbeat made for it when
  there is none: its decoder makes every book stale until the next whole session.
- Another session begins when no line stands in this one: each has brought AWAY_PACKETS of another
  in a row, is quiet, or this one is over. Until then its packets are held, the last HELD_MAX. So a
  stray packet, or a line of another feed, is an alert and no more. Answers never begin a session.
- Packets of the session before this one are late: no sign of life, never fed.
- Whatever may come often is told at its 1st, 2nd, 4th, 8th ... time.

A packet in order costs a comparison, the merger, and a list of one. Worst case: none of its own.
"""

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from random import Random

from tickpath.core.codes import Code
from tickpath.venues.backoff import Backoff
from tickpath.venues.nasdaq.lines import NAMES, Waits, usual_waits
from tickpath.venues.nasdaq.mold import HEADER, parse
from tickpath.venues.nasdaq.native_mold import MoldReceiver
from tickpath.venues.session_actions import (
    Action,
    Alert,
    Feed,
    Open,
    Restart,
    Send,
    Shut,
)

AWAY_PACKETS = 2
HELD_MAX = 1024
REFUSED = (Code.FEED_OVERSIZED, Code.FEED_TRUNCATED, Code.FEED_RANGE)
EXPECTED = (Code.FEED_CONTROL, Code.FEED_UNSYNCED)
"""Codes of the engine that say nothing new: no instrument of ours, a book that waits."""


@dataclass(slots=True)
class Line:
    """A line of the stream, or a re-request server."""

    name: str
    address: str
    server: bool
    backoff: Backoff
    open: bool = False
    quiet: bool = False
    open_ns: int = 0
    """When it was opened, or is to be opened."""
    seen_ns: int = 0
    away: int = 0
    """Packets of another session in a row."""
    dropped: int = 0
    asked: int = 0
    """Requests to a server."""

    @property
    def dead(self) -> bool:
        """Whether it brings nothing."""
        return self.quiet or not self.open


@dataclass(slots=True)
class MoldCounters:
    fed: int = 0
    foreign: int = 0
    """Packets of a session that was not believed."""
    late: int = 0
    """Packets of the session before."""
    requests: int = 0
    unasked: int = 0
    restarts: int = 0
    told: dict[str, int] = field(default_factory=dict)


class MoldSession:
    """See the module. Methods return the actions to carry out, in order; lines come first in the
    numbers, then servers."""

    def __init__(
        self, lines: Sequence[str], servers: Sequence[str], random: Random,
        waits: Waits | None = None,
    ) -> None:  # fmt: skip
        self.waits = waits or usual_waits()
        self.receiver = MoldReceiver(self.waits.gaps)
        self.stream = [
            Line(f"line {name}", address, False, Backoff(random))
            for name, address in zip(NAMES, lines, strict=False)
        ]
        self.lines = self.stream + [
            Line(f"server {k}", address, True, Backoff(random))
            for k, address in enumerate(servers, 1)
        ]
        self.counters = MoldCounters()
        self.name = b""
        """Of the session, 10 bytes; none before the first packet."""
        self.before = b""
        self.over = False
        self.dark = False
        """No line brings anything."""
        self.running = False
        self._endless = False
        self._held: deque[tuple[int, bytes]] = deque(maxlen=HELD_MAX)

    @property
    def state(self) -> str:
        """For a person: the session, its messages, and the lines that bring nothing."""
        words = [shown(self.name) if self.name else "no session"]
        if self.name:
            words.append(f"{self.receiver.next - 1} messages")
        words += ["ended"] if self.over else [f"no {x.name}" for x in self.stream if x.dead]
        return " ".join(words)

    def start(self, now_ns: int) -> list[Action]:
        """Begin."""
        self.running = True
        return [Open(k, line.address) for k, line in enumerate(self.lines)]

    def stop(self) -> list[Action]:
        """Close what is open."""
        self.running = False
        shut: list[Action] = [Shut(k, "stopped") for k, line in enumerate(self.lines) if line.open]
        for line in self.lines:
            line.open = False
        return shut

    def opened(self, number: int, now_ns: int) -> list[Action]:
        """A line can be received, or a server be asked."""
        line = self.lines[number]
        line.open, line.quiet = True, False
        line.open_ns = line.seen_ns = now_ns
        line.dropped = 0
        return []

    def failed(self, number: int, why: str, now_ns: int) -> list[Action]:
        """A line could not be opened or received any more: open it again after a wait."""
        line = self.lines[number]
        if line.open and now_ns - line.open_ns >= self.waits.quiet_ns:
            line.backoff.succeeded()
        line.open = False
        line.open_ns = now_ns + line.backoff.wait_ns()
        return [Alert(f"{line.name} at {line.address}: {why}"), *self._darken()]

    def packet(self, number: int, data: bytes, now_ns: int) -> list[Action]:
        """A datagram of a line or a server."""
        if data[:10] != self.name:
            return self._other(number, data, now_ns)
        return self._take(number, data, now_ns)

    def code(self, code: int) -> list[Action]:
        """What the engine said to a `Feed` when it was not OK."""
        if code in EXPECTED:
            return []
        return self._told(f"packets with {Code(code).name}")

    def unsent(self, number: int, why: str) -> list[Action]:
        """A request could not be sent, or was sent to where nobody is."""
        return self._told(f"requests that {self.lines[number].name} did not get ({why})")

    def drops(self, number: int, total: int) -> list[Action]:
        """How many datagrams of a line were dropped since it is open, for want of room or because
        they are too long."""
        line = self.lines[number]
        more, line.dropped = total - line.dropped, total
        return self._told(f"datagrams of {line.name} that were dropped", more) if more > 0 else []

    def wake_ns(self) -> int | None:
        """When `timer` should be called next, None: not before another input."""
        if not self.running:
            return None
        due_ns = int(self.receiver.next_timer())
        for line in self.lines:
            if not line.open:
                due_ns = min(due_ns, line.open_ns)
            elif not (line.server or line.quiet):
                due_ns = min(due_ns, line.seen_ns + self.waits.quiet_ns)
        return due_ns

    def timer(self, now_ns: int) -> list[Action]:
        """Whatever has fallen due. Packets that wait to be read are read before."""
        if not self.running:
            return []
        actions = self._gap(now_ns) if now_ns >= self.receiver.next_timer() else []
        for number, line in enumerate(self.lines):
            if not line.open:
                if now_ns >= line.open_ns:
                    line.open_ns = now_ns + self.waits.quiet_ns
                    actions.append(Open(number, line.address))
            elif not (line.server or line.quiet) and now_ns >= line.seen_ns + self.waits.quiet_ns:
                line.quiet = True
                if not self.over:
                    actions.append(Alert(f"{line.name} is quiet"))
        return actions + self._darken()

    # -- packets -----------------------------------------------------------------------------------

    def _take(self, number: int, data: bytes, now_ns: int) -> list[Action]:
        """A packet of the session, or one that is none, to the merger."""
        line = self.lines[number]
        code = self.receiver.on_packet(number, data, now_ns)
        if code in REFUSED:
            return self._told(f"packets of {line.name} with {Code(code).name}")
        actions = self._alive(line, now_ns)
        if line.away:
            self._returned(number)
        if code == Code.OK:
            actions += self._resumed() + self._fed()
        elif code == Code.FEED_BUFFER_FULL:
            actions += self._told("packets behind a hole that found no room")
        return actions + self._ended() if self.receiver.ended else actions

    def _fed(self) -> list[Action]:
        """What the merger delivers."""
        taken = self.receiver.take()
        self.counters.fed += len(taken)
        return [Feed(data) for data in taken]

    def _alive(self, line: Line, now_ns: int) -> list[Action]:
        """A line brings packets."""
        line.seen_ns = now_ns
        if line.server or not (line.quiet or self.dark):
            return []
        line.quiet = self.dark = False
        return [] if self.over else [Alert(f"{line.name} brings packets")]

    def _ended(self) -> list[Action]:
        """The session is over, and all of it was seen or given up: nothing moves its books now."""
        if self.over or self._endless:
            return []
        self.over = True
        text = f"session {shown(self.name)} ended after {self.receiver.next - 1} messages"
        return [Alert(text), *self._restart()]

    def _resumed(self) -> list[Action]:
        """New messages of a session that was said to be over: its end is not believed again."""
        if not self.over:
            return []
        self.over, self._endless = False, True
        return [Alert(f"session {shown(self.name)} goes on after its end")]

    # -- sessions ----------------------------------------------------------------------------------

    def _other(self, number: int, data: bytes, now_ns: int) -> list[Action]:
        """A packet that is not of the session in hand."""
        line = self.lines[number]
        code, session, _, _ = parse(data)
        if code != Code.OK:
            return self._take(number, data, now_ns)
        if line.server:
            self.counters.foreign += 1
            return self._told(f"answers of {line.name} about another session")
        if session == self.before:
            self.counters.late += 1
            line.away = AWAY_PACKETS
            return self._told(f"packets of {line.name} of the session before")
        actions = self._alive(line, now_ns)
        line.away += 1
        self.counters.foreign += len(self._held) == HELD_MAX
        self._held.append((number, data))
        if not self.name or self.over or self._left():
            return actions + self._begin(session, now_ns)
        if line.away == AWAY_PACKETS:
            text = f"{line.name} brings session {shown(session)}, not {shown(self.name)}"
            actions.append(Alert(text))
        return actions

    def _left(self) -> bool:
        """Whether no line stands in the session any more."""
        return all(line.away >= AWAY_PACKETS for line in self.stream if not line.dead)

    def _returned(self, number: int) -> None:
        """A line stands in the session: what it brought of another was a stray."""
        self.lines[number].away = 0
        kept = [row for row in self._held if row[0] != number]
        self.counters.foreign += len(self._held) - len(kept)
        self._held = deque(kept, HELD_MAX)

    def _begin(self, session: bytes, now_ns: int) -> list[Action]:
        """Another session, with what was held of it."""
        held, self._held = self._held, deque(maxlen=HELD_MAX)
        missing = self.receiver.seen - self.receiver.next
        self.before, self.name = self.name, session
        self.over = self._endless = False
        self.counters.told.clear()
        for line in self.lines:
            line.quiet, line.seen_ns = False, now_ns
        text = f"session {shown(session)} begins"
        if missing:
            text += f"; the last {missing} messages of {shown(self.before)} were not seen"
        actions: list[Action] = [Alert(text)]
        for number, data in held:
            if data[:10] == session:
                actions += self._take(number, data, now_ns)
            else:
                self.counters.foreign += 1
        return actions

    # -- holes and silence -------------------------------------------------------------------------

    def _gap(self, now_ns: int) -> list[Action]:
        """Ask for a hole, or give it up."""
        receiver = self.receiver
        first, lost = receiver.next, receiver.counters["lost"]
        receiver.on_timer(now_ns)
        actions = [action for data in receiver.take_requests() for action in self._ask(data)]
        lost = receiver.counters["lost"] - lost
        if not lost:
            return actions
        actions += self._told(
            f"holes that were lost, now {first}..{first + lost - 1} of {shown(self.name)}: its "
            "books are stale until the next session; holes"
        )
        found = self._fed() or [Feed(HEADER.pack(self.name, receiver.next, 0))]
        return actions + found + (self._ended() if receiver.ended else [])

    def _ask(self, data: bytes) -> list[Action]:
        """A request to the next server that can be asked."""
        servers = [k for k, line in enumerate(self.lines) if line.server and line.open]
        if not servers:
            self.counters.unasked += 1
            return self._told("requests for what is missing, and no server to ask: requests")
        self.counters.requests += 1
        number = servers[self.counters.requests % len(servers)]
        self.lines[number].asked += 1
        return [Send(number, data)]

    def _darken(self) -> list[Action]:
        """No line brings anything: what the books say cannot be believed."""
        if self.dark or self.over or not all(line.dead for line in self.stream):
            return []
        self.dark = True
        return [Alert("no line brings packets: books are stale"), *self._restart()]

    def _restart(self) -> list[Action]:
        """Books wait until the venue gives them anew."""
        if not self.name:
            return []
        self.counters.restarts += 1
        return [Restart()]

    def _told(self, what: str, more: int = 1) -> list[Action]:
        """An alert at the 1st, 2nd, 4th, 8th ... time."""
        key = what.partition(",")[0]
        before = self.counters.told.get(key, 0)
        count = self.counters.told[key] = before + more
        if before.bit_length() == count.bit_length():
            return []
        return [Alert(f"{what}: {count}")]


def shown(session: bytes) -> str:
    """A session's name for a person."""
    return repr(session.decode("ascii", "backslashreplace").strip())
