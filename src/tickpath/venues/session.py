"""The market-data session of one source as a state machine without I/O, clock or randomness.

In: what happened (a line opened, a frame, a code that the engine gave it, a line closed, an answer,
a timer), each with the time of a monotonic clock. Out: actions that the transport carries out. The
same inputs give the same actions, so that replayed faults are the faults of the test.

  start -> Open -> opened -> Send(subscribe ...) -> every request accepted -> live
  a code after which an instrument waits for a book -> Ask(snapshot) -> Feed(snapshot), or, where
  a subscription brings the book, Send(subscribe again); the others go on
  closed, quiet too long, refused -> wait with jitter -> Open at the next endpoint
  before a line's lifetime is over, or when the venue says it will close it -> a second line is
  opened and subscribed beside it, then takes its place; what fell between the two is a gap of the
  instruments concerned, which their sequence ids show

A frame costs `frame` (a comparison and two stores); everything else happens on the rare codes.
Bounds: two lines, one request an instrument, and every wait has an end.
"""

from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from random import Random

from tickpath.core.codes import Code
from tickpath.venues.backoff import Backoff
from tickpath.venues.budget import Budget
from tickpath.venues.endpoints import Endpoints
from tickpath.venues.session_actions import (
    NS_PER_S,
    Action,
    Alert,
    Answer,
    Ask,
    Control,
    ControlKind,
    Feed,
    MarketDialect,
    Open,
    Send,
    SessionTimes,
    Shut,
)


class Phase(StrEnum):
    OPENING = "opening"
    SUBSCRIBING = "subscribing"
    LIVE = "live"


@dataclass(slots=True)
class Line:
    number: int
    url: str
    since_ns: int
    phase: Phase = Phase.OPENING
    born_ns: int = 0
    seen_ns: int = 0
    pending: set[int] = field(default_factory=set)
    unsent: deque[bytes] = field(default_factory=deque)
    sent_ns: deque[int] = field(default_factory=deque)


@dataclass(slots=True)
class Wanted:
    """An instrument that waits for a book: when to ask, and the request that is out."""

    at_ns: int
    backoff: Backoff
    ask: int = -1
    asked_ns: int = 0


@dataclass(slots=True)
class SessionCounters:
    opened: int = 0
    closed: int = 0
    refused: int = 0
    quiet: int = 0
    renewed: int = 0
    snapshots: int = 0
    unanswered: int = 0


class MarketSession:
    """One source; see the module. All methods return the actions to carry out, in order."""

    def __init__(
        self, symbols: Mapping[int, str], dialect: MarketDialect, endpoints: Endpoints,
        budget: Budget, waiting: Callable[[int], bool], random: Random,
        times: SessionTimes | None = None,
    ) -> None:  # fmt: skip
        """`symbols`: instrument index to the venue's symbol. `budget` is the venue's, shared.
        `waiting` asks the engine whether an instrument waits for a book."""
        self.symbols = dict(symbols)
        self.dialect = dialect
        self.endpoints = endpoints
        self.budget = budget
        self.times = times or SessionTimes()
        self.counters = SessionCounters()
        self.running = False
        self.active: Line | None = None
        self.fresh: Line | None = None
        self.wanted: dict[int, Wanted] = {}
        self._waiting = waiting
        self._asks: dict[int, int] = {}
        self._random = random
        self._backoff = Backoff(random)
        self._open_at_ns: int | None = None
        self._lines = 0
        self._numbers = 0
        self._feeding = -1

    @property
    def live(self) -> bool:
        """Whether a subscribed line brings frames."""
        return self.active is not None

    def start(self, now_ns: int) -> list[Action]:
        """Begin; every instrument waits for a book from the first."""
        self.running = True
        for instrument in self.symbols:
            self._want(instrument, now_ns)
        return self._open(now_ns)

    def stop(self) -> list[Action]:
        """Close what is open. Nothing is opened or asked any more."""
        self.running = False
        self._open_at_ns = None
        self.wanted.clear()
        self._asks.clear()
        lines = [line for line in (self.active, self.fresh) if line is not None]
        self.active = self.fresh = None
        self._feeding = -1
        return [Shut(line.number, "stopped") for line in lines]

    def frame(self, line: int, now_ns: int) -> bool:
        """A frame came in. Whether it goes to the engine; if not, it is for `aside`. Frames of a
        line that is not (yet) the one in use do only when there is no other."""
        for known in (self.active, self.fresh):
            if known is not None and known.number == line:
                known.seen_ns = now_ns
        return line == self._feeding

    def aside(self, line: int, data: bytes, now_ns: int) -> list[Action]:
        """A frame of a line that is not in use: its replies count, its market data do not."""
        return self._control(line, self.dialect.control(data), now_ns)

    def opened(self, line: int, now_ns: int) -> list[Action]:
        """A line is open: subscribe, as fast as the venue allows."""
        fresh = self.fresh
        if fresh is None or fresh.number != line or fresh.phase is not Phase.OPENING:
            return []
        self.counters.opened += 1
        fresh.phase = Phase.SUBSCRIBING
        fresh.since_ns = fresh.born_ns = fresh.seen_ns = now_ns
        messages = self.dialect.subscribe(list(self.symbols.values()), self._numbers)
        fresh.pending = set(range(self._numbers, self._numbers + len(messages)))
        self._numbers += len(messages)
        fresh.unsent = deque(messages)
        for instrument, wanted in self.wanted.items():
            if self.dialect.snapshot(self.symbols[instrument]) is None:
                wanted.at_ns = now_ns + self.times.answer_ns
        if self.active is None:
            self._feeding = line
        return self._pace(fresh, now_ns)

    def closed(self, line: int, reason: str, now_ns: int) -> list[Action]:
        """A line ended that was not told to."""
        known = self._known(line)
        if known is None:
            return []
        self.counters.closed += 1
        return self._lost(known, f"closed: {reason}", now_ns)

    def code(self, line: int, code: int, instrument: int, data: bytes, now_ns: int) -> list[Action]:
        """What the engine said to a frame (line -1: to a `Feed`) when it was not OK."""
        if code in (Code.FEED_CONTROL, Code.FEED_UNKNOWN_KIND):
            return self._control(line, self.dialect.control(data), now_ns)
        if instrument not in self.symbols:
            return []
        if code == Code.FEED_SNAPSHOT_OLD and line < 0:
            wanted = self.wanted.get(instrument)
            if wanted is not None:
                wanted.at_ns = now_ns + wanted.backoff.wait_ns()
        elif self._waiting(instrument):
            self._want(instrument, now_ns)
            return self._snapshots(now_ns)
        return []

    def answered(self, ask: int, answer: Answer, now_ns: int) -> list[Action]:
        """The outcome of an `Ask`. One that is not awaited any more is left out."""
        instrument = self._asks.pop(ask, -1)
        wanted = self.wanted.get(instrument)
        if wanted is None:
            return []
        wanted.ask = -1
        if answer.status == 200:
            self.counters.snapshots += 1
            wanted.at_ns = now_ns + wanted.backoff.wait_ns()
            return [Feed(self.dialect.snapshot_frame(self.symbols[instrument], answer.body))]
        self.counters.unanswered += 1
        wanted.at_ns = now_ns + wanted.backoff.wait_ns()
        if answer.status in (418, 429):
            self.budget.block(answer.retry_after_ns, now_ns)
            return [Alert(f"the venue refuses requests (HTTP {answer.status}); it waits "
                          f"{answer.retry_after_ns // NS_PER_S} s")]  # fmt: skip
        return []

    def wake_ns(self) -> int | None:
        """When `timer` should be called next, None: not before another input."""
        times = [] if self._open_at_ns is None else [self._open_at_ns]
        for line in (self.active, self.fresh):
            if line is not None:
                times.append(self._deadline_ns(line))
                if line.unsent:
                    times.append(line.sent_ns[0] + NS_PER_S if line.sent_ns else line.since_ns)
        if self.live and self.fresh is None and self._open_at_ns is None:
            times.append(self._renew_ns())
        if self._feeding >= 0:
            times += [
                w.at_ns if w.ask < 0 else w.asked_ns + self.times.answer_ns
                for w in self.wanted.values()
            ]
        return min(times, default=None)

    def timer(self, now_ns: int) -> list[Action]:
        """Whatever has fallen due."""
        actions: list[Action] = []
        if not self.running:
            return actions
        for line in (self.active, self.fresh):
            if line is None:
                continue
            if now_ns >= self._deadline_ns(line):
                self.counters.quiet += 1
                actions.append(Shut(line.number, f"{line.phase} and quiet"))
                actions += self._lost(line, "no frame", now_ns)
            else:
                actions += self._pace(line, now_ns)
        due = self._open_at_ns
        if self.live and self.fresh is None and due is None and now_ns >= self._renew_ns():
            self.counters.renewed += 1
            actions += self._open(now_ns)
        if due is not None and now_ns >= due and self.fresh is None:
            actions += self._open(now_ns)
        for wanted in self.wanted.values():
            if wanted.ask >= 0 and now_ns >= wanted.asked_ns + self.times.answer_ns:
                self._asks.pop(wanted.ask, None)
                self.counters.unanswered += 1
                wanted.ask = -1
                wanted.at_ns = now_ns + wanted.backoff.wait_ns()
        return actions + self._snapshots(now_ns)

    def _open(self, now_ns: int) -> list[Action]:
        """Open a line, beside the active one if there is one."""
        beside = None if self.active is None else self.active.url
        url = self.endpoints.choose(now_ns, beside=beside)
        self._lines += 1
        self._open_at_ns = None
        self.fresh = Line(self._lines, url, now_ns)
        return [Open(self._lines, self.dialect.line_url(url))]

    def _lost(self, line: Line, why: str, now_ns: int) -> list[Action]:
        """A line is gone: the other takes over, or one is opened after a wait."""
        self.endpoints.failed(line.url, now_ns)
        if line is self.fresh:
            self.fresh = None
        else:
            self.active = None
        self._feeding = next(
            (x.number for x in (self.active, self.fresh)
             if x is not None and x.phase is not Phase.OPENING), -1)  # fmt: skip
        if self.fresh is None:
            self._open_at_ns = now_ns + self._backoff.wait_ns()
        return [Alert(f"line {line.number} to {line.url}: {why}")]

    def _control(self, line: int, control: Control, now_ns: int) -> list[Action]:
        known = self._known(line)
        if known is None:
            return []
        if control.kind is ControlKind.CLOSING and known is self.active and self.fresh is None:
            self.counters.renewed += 1
            return [Alert(f"line {line}: the venue will close it"), *self._open(now_ns)]
        if control.number not in known.pending:
            return []
        if control.kind is ControlKind.REFUSED:
            self.counters.refused += 1
            why = f"subscription refused: {control.text}"
            return [Shut(line, why), *self._lost(known, why, now_ns)]
        if control.kind is ControlKind.ACCEPTED:
            known.pending.discard(control.number)
            if not known.pending and not known.unsent:
                return self._take_over(known, now_ns)
        return []

    def _take_over(self, line: Line, now_ns: int) -> list[Action]:
        """A line is subscribed: it is the one in use, the one before it is closed."""
        before, self.active, self.fresh = self.active, line, None
        line.phase = Phase.LIVE
        self._feeding = line.number
        self._backoff.succeeded()
        self.endpoints.held(line.url)
        actions: list[Action] = [] if before is None else [Shut(before.number, "replaced")]
        return actions + self._snapshots(now_ns)

    def _pace(self, line: Line, now_ns: int) -> list[Action]:
        """Send what is left to send, never more a second than the venue takes."""
        actions: list[Action] = []
        while line.sent_ns and line.sent_ns[0] <= now_ns - NS_PER_S:
            line.sent_ns.popleft()
        while line.unsent and len(line.sent_ns) < self.dialect.messages_per_s_max:
            line.sent_ns.append(now_ns)
            actions.append(Send(line.number, line.unsent.popleft()))
        return actions

    def _want(self, instrument: int, now_ns: int) -> None:
        if instrument not in self.wanted:
            self.wanted[instrument] = Wanted(now_ns, Backoff(self._random))

    def _snapshots(self, now_ns: int) -> list[Action]:
        """Ask for the books that are due, once frames come in that they can be joined to."""
        actions: list[Action] = []
        if self._feeding < 0:
            return actions
        for instrument in list(self.wanted):
            wanted = self.wanted[instrument]
            if wanted.ask >= 0 or wanted.at_ns > now_ns:
                continue
            if not self._waiting(instrument):
                del self.wanted[instrument]
                continue
            actions += self._book(instrument, wanted, now_ns)
        return actions

    def _book(self, instrument: int, wanted: Wanted, now_ns: int) -> list[Action]:
        """Ask for one book, by REST within the budget or by subscribing again."""
        symbol = self.symbols[instrument]
        snapshot = self.dialect.snapshot(symbol)
        if snapshot is None:
            line = self.active or self.fresh
            assert line is not None
            messages = self.dialect.resync(symbol, self._numbers)
            self._numbers += len(messages)
            line.unsent.extend(messages)
            wanted.at_ns = now_ns + self.times.answer_ns + wanted.backoff.wait_ns()
            return self._pace(line, now_ns)
        if not self.budget.take(snapshot.weight, now_ns):
            wanted.at_ns = now_ns + self.budget.wait_ns(snapshot.weight, now_ns)
            return []
        self._numbers += 1
        wanted.ask, wanted.asked_ns = self._numbers, now_ns
        self._asks[wanted.ask] = instrument
        return [Ask(wanted.ask, snapshot.path, snapshot.query)]

    def _known(self, line: int) -> Line | None:
        return next(
            (x for x in (self.active, self.fresh) if x is not None and x.number == line), None
        )

    def _deadline_ns(self, line: Line) -> int:
        """When a line counts as dead: not open, not subscribed, or quiet for too long."""
        if line.phase is Phase.LIVE:
            return line.seen_ns + self.times.quiet_ns
        return line.since_ns + self.times.open_ns

    def _renew_ns(self) -> int:
        assert self.active is not None
        return self.active.born_ns + self.dialect.lifetime_ns - self.times.renew_ns
