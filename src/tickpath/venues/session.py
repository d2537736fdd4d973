"""The market-data session of one source as a state machine without I/O, clock or randomness.

In: what happened (a line opened, a frame, a code that the engine gave it, a line closed, an answer,
a timer), each with the time of a monotonic clock. Out: actions that the transport carries out. The
same inputs give the same actions, so that replayed faults are the faults of the test.

  start -> Open -> opened -> Send(subscribe ...) -> every request accepted -> live
  a code after which an instrument waits for a book -> Ask(snapshot) -> Feed(snapshot), or, where
  a subscription brings the book, Send(subscribe again); the others go on
  closed, quiet too long, refused -> wait with jitter -> Open at the next endpoint
  before a line's lifetime is over, or when the venue says it will close it -> a second line is
  opened and subscribed beside it, then takes its place

Books with ids: every subscribed line feeds the engine, the first copy of an update counts, the
feed drops the second by its ids and `Copies` what it would not; so nothing is lost between two
lines, and with `lines=2` nothing by the loss of one. A line that joins another may be ahead of it:
its frames are held for `join_ns`, then given in order, so that no hole is seen between them.
Books without ids: one line feeds, the newest; when another takes its place, the engine is told to
Restart and the books come anew.
A frame costs `frame` (two look-ups and a store); everything else happens on the rare codes.
Bounds: `lines` and one more, one request an instrument, and every wait has an end.
"""

from collections.abc import Callable, Mapping
from random import Random
from urllib.parse import urlsplit

from tickpath.core.codes import Code
from tickpath.core.errors import ConfigError
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
    Restart,
    Send,
    SessionTimes,
    Shut,
)
from tickpath.venues.session_lines import Copies, Line, Phase, SessionCounters, Wanted

LINES_MAX = 2


class MarketSession:
    """One source; see the module. All methods return the actions to carry out, in order."""

    def __init__(
        self, symbols: Mapping[int, str], dialect: MarketDialect, endpoints: Endpoints,
        budget: Budget, waiting: Callable[[int], bool], random: Random,
        times: SessionTimes | None = None, *, lines: int = 1, connects: Budget | None = None,
    ) -> None:  # fmt: skip
        """`symbols`: instrument index to the venue's symbol. `budget` is the venue's, shared, as is
        `connects`, the connections from this address (by default the session is alone).
        `waiting` asks the engine whether an instrument waits for a book. Raises ConfigError for
        what the venue does not take."""
        self.symbols = dict(symbols)
        self.dialect = dialect
        self.endpoints = endpoints
        self.budget = budget
        self.connects = connects or Budget(dialect.connects)
        self.times = times or SessionTimes()
        self.counters = SessionCounters()
        self.running = False
        self.lines: dict[int, Line] = {}
        self.lines_wanted = lines
        self.wanted: dict[int, Wanted] = {}
        self._waiting = waiting
        self._asks: dict[int, int] = {}
        self._random = random
        self._backoff = Backoff(random)
        self._open_ns = 0
        self._swept_ns = 0
        self._overlap_ns = -self.times.quiet_ns - 1
        self._count = 0
        self._numbers = 0
        self._feeding: tuple[int, ...] = ()
        self._copies = Copies(self.symbols.values(), dialect.serial)
        self._streamed = any(dialect.snapshot(s) is None for s in self.symbols.values())
        self._check()

    def _check(self) -> None:
        """Raises ConfigError for a session that could never be live."""
        if not self.symbols:
            raise ConfigError("market session: no instrument: name at least one")
        if not 1 <= self.lines_wanted <= LINES_MAX:
            raise ConfigError(f"market session: lines is {self.lines_wanted}: 1 or {LINES_MAX}")
        if self._streamed and self.lines_wanted > 1:
            raise ConfigError("market session: books of this venue carry no ids, so that two lines "
                              "cannot feed them: lines must be 1")  # fmt: skip
        count = len(self.dialect.subscribe(list(self.symbols.values()), 0))
        seconds = (count - 1) // self.dialect.messages_per_s_max
        if seconds * NS_PER_S >= self.times.open_ns:
            raise ConfigError(f"market session: {count} subscriptions take {seconds} s at the "
                              "venue's rate, longer than open_ns: use two sources")  # fmt: skip

    @property
    def active(self) -> Line | None:
        """The oldest line that is subscribed."""
        return next((x for x in self.lines.values() if x.phase is Phase.LIVE), None)

    @property
    def fresh(self) -> Line | None:
        """The line that is on its way."""
        return next((x for x in self.lines.values() if x.phase is not Phase.LIVE), None)

    @property
    def live(self) -> bool:
        """Whether a subscribed line brings frames."""
        return self.active is not None

    def start(self, now_ns: int) -> list[Action]:
        """Begin; every instrument waits for a book from the first."""
        self.running = True
        self._open_ns = self._swept_ns = now_ns
        for instrument in self.symbols:
            self._want(instrument, now_ns)
        return self._open(now_ns)

    def stop(self) -> list[Action]:
        """Close what is open. Nothing is opened or asked any more."""
        self.running = False
        self.wanted.clear()
        self._asks.clear()
        lines = list(self.lines)
        self.lines.clear()
        self._feeding = ()
        return [Shut(line, "stopped") for line in lines]

    def frame(self, line: int, data: bytes, now_ns: int) -> bool:
        """A frame came in. Whether it goes to the engine; if not, it is for `aside`."""
        known = self.lines.get(line)
        if known is None:
            return False
        known.seen_ns = now_ns
        if known.joining:
            known.held.append(data)
            self._overlap_ns = now_ns
        if line not in self._feeding:
            return False
        if len(self._feeding) > 1:
            self._overlap_ns = now_ns
        elif now_ns - self._overlap_ns > self.times.quiet_ns:
            return True
        if self._copies.first(data):
            return True
        self.counters.copies += 1
        return False

    def aside(self, line: int, data: bytes, now_ns: int) -> list[Action]:
        """A frame that the engine does not get: its replies count, its market data do not."""
        return self._control(line, self.dialect.control(data), now_ns)

    def opened(self, line: int, now_ns: int) -> list[Action]:
        """A line is open: subscribe, as fast as the venue allows."""
        fresh = self.lines.get(line)
        if fresh is None or fresh.phase is not Phase.OPENING:
            return []
        self.counters.opened += 1
        fresh.phase = Phase.SUBSCRIBING
        fresh.since_ns = fresh.born_ns = fresh.seen_ns = now_ns
        if self._feeding and not self._streamed:
            fresh.joining, self._overlap_ns = True, now_ns
        requests = self.dialect.subscribe(list(self.symbols.values()), self._numbers)
        fresh.queue(requests, self._numbers, awaited=True)
        self._numbers += len(requests)
        return self._refeed(now_ns) + self._pace(fresh, now_ns)

    def closed(self, line: int, reason: str, now_ns: int) -> list[Action]:
        """A line ended that was not told to."""
        known = self.lines.get(line)
        if known is None:
            return []
        self.counters.closed += 1
        return self._lost(known, f"closed: {reason}", now_ns)

    def code(self, line: int, code: int, instrument: int, data: bytes, now_ns: int) -> list[Action]:
        """What the engine said to a frame (line -1: to a `Feed`) when it was not OK."""
        if code in (Code.FEED_CONTROL, Code.FEED_UNKNOWN_KIND):
            return self._control(line, self.dialect.control(data), now_ns)
        if self._streamed and (code == Code.FEED_GAP or instrument < 0):
            self._sweep(now_ns)
            if code == Code.FEED_GAP:
                self._hasten(list(self.wanted), now_ns)
            return self._snapshots(now_ns)
        if instrument not in self.symbols:
            return []
        if code == Code.FEED_SNAPSHOT_OLD and line < 0:
            wanted = self.wanted.get(instrument)
            if wanted is not None:
                wanted.at_ns = now_ns + wanted.backoff.wait_ns()
        elif self._waiting(instrument):
            self._want(instrument, now_ns)
            if self._streamed and code == Code.BOOK_CHECKSUM:
                self._hasten([instrument], now_ns)
            return self._snapshots(now_ns)
        return []

    def answered(self, ask: int, answer: Answer, now_ns: int) -> list[Action]:
        """The outcome of an `Ask`. One that is not awaited any more is left out."""
        instrument = self._asks.pop(ask, -1)
        wanted = self.wanted.get(instrument)
        if wanted is None:
            return []
        wanted.ask = -1
        wanted.at_ns = now_ns + wanted.backoff.wait_ns()
        if answer.status == 200:
            self.counters.snapshots += 1
            return [Feed(self.dialect.snapshot_frame(self.symbols[instrument], answer.body))]
        self.counters.unanswered += 1
        if answer.status in (418, 429):
            wait_ns = self.budget.block(answer.retry_after_ns, now_ns)
            return [Alert(f"the venue refuses requests (HTTP {answer.status}); the session waits "
                          f"{wait_ns // NS_PER_S} s")]  # fmt: skip
        return []

    def wake_ns(self) -> int | None:
        """When `timer` should be called next, None: not before another input."""
        if not self.running:
            return None
        times = [self._opening_ns()]
        for line in self.lines.values():
            times += [self._deadline_ns(line), self._ping_ns(line), line.pace_ns()]
            times.append(self._join_ns(line))
        if self._feeding:
            times.append(self._swept_ns + self.times.sweep_ns)
            times += [
                w.at_ns if w.ask < 0 else w.asked_ns + self.times.answer_ns
                for w in self.wanted.values()
            ]
        return min((at for at in times if at is not None), default=None)

    def timer(self, now_ns: int) -> list[Action]:
        """Whatever has fallen due."""
        actions: list[Action] = []
        if not self.running:
            return actions
        for line in list(self.lines.values()):
            if now_ns >= self._deadline_ns(line):
                self.counters.quiet += 1
                actions.append(Shut(line.number, f"{line.phase} and quiet"))
                actions += self._lost(line, "no frame", now_ns)
            else:
                self._ping(line, now_ns)
                actions += self._pace(line, now_ns)
            join_ns = self._join_ns(line)
            if join_ns is not None and now_ns >= join_ns and line.number in self.lines:
                actions += self._join(line) + self._refeed(now_ns)
        at_ns = self._opening_ns()
        if at_ns is not None and now_ns >= at_ns:
            actions += self._open(now_ns)
        for wanted in self.wanted.values():
            if wanted.ask >= 0 and now_ns >= wanted.asked_ns + self.times.answer_ns:
                self._asks.pop(wanted.ask, None)
                self.counters.unanswered += 1
                wanted.ask = -1
                wanted.at_ns = now_ns + wanted.backoff.wait_ns()
        if self._feeding and now_ns >= self._swept_ns + self.times.sweep_ns:
            self._sweep(now_ns)
        return actions + self._snapshots(now_ns)

    # -- lines -------------------------------------------------------------------------------------

    def _opening_ns(self) -> int | None:
        """When the next line is to be opened; None while one is on its way."""
        if self.fresh is not None:
            return None
        lines = self._lasting()
        if len(lines) < self.lines_wanted:
            return self._open_ns
        ends = [at for at in map(self._renew_ns, lines) if at is not None]
        return max(self._open_ns, min(ends)) if ends else None

    def _lasting(self) -> list[Line]:
        """The lines that no other is about to replace."""
        ending = {line.replaces for line in self.lines.values()}
        return [line for number, line in self.lines.items() if number not in ending]

    def _open(self, now_ns: int) -> list[Action]:
        """Open a line, beside those that live; one of these ends soon if there are enough."""
        if not self.connects.take(1, now_ns):
            self._open_ns = now_ns + self.connects.wait_ns(1, now_ns)
            return []
        replaces, lines = -1, self._lasting()
        if len(lines) >= self.lines_wanted:
            self.counters.renewed += 1
            replaces = min(lines, key=lambda x: self._renew_ns(x) or 0).number
        url = self.endpoints.choose(now_ns, beside=[x.url for x in self.lines.values()])
        self._count += 1
        self.lines[self._count] = Line(self._count, url, now_ns, replaces)
        return [Open(self._count, self.dialect.line_url(url))]

    def _lost(self, line: Line, why: str, now_ns: int) -> list[Action]:
        """A line is gone: the others go on, and another is opened after a wait."""
        self.endpoints.failed(line.url, now_ns)
        del self.lines[line.number]
        self._settled(line)
        self._open_ns = max(self._open_ns, now_ns + self._backoff.wait_ns())
        host = urlsplit(line.url).hostname
        return [Alert(f"line {line.number} to {host}: {why}"), *self._refeed(now_ns)]

    def _settled(self, line: Line) -> None:
        """A line ends: only one that lived for a while shows that the next failure is another."""
        if line.lived_ns() >= self.times.quiet_ns:
            self._backoff.succeeded()

    def _refeed(self, now_ns: int) -> list[Action]:
        """Choose the lines that feed the engine: all that are open, or the newest of them where
        books carry no ids; these begin anew with it, and are asked for once they wait."""
        before, actions = self._feeding, list[Action]()
        opened = [line for line in self.lines.values() if line.phase is not Phase.OPENING]
        if self._streamed:
            self._feeding = tuple(line.number for line in opened[-1:])
        else:
            if all(line.joining for line in opened):
                actions = [action for line in opened for action in self._join(line)]
            self._feeding = tuple(line.number for line in opened if not line.joining)
        if not self._streamed or not self._feeding or self._feeding == before:
            return actions
        line = self.lines[self._feeding[0]]
        wait_ns = 0 if line.phase is Phase.LIVE else self.times.answer_ns
        for instrument in self.symbols:
            self._want(instrument, now_ns)
            self.wanted[instrument].at_ns = now_ns + wait_ns
        return [Restart()]

    def _control(self, line: int, control: Control, now_ns: int) -> list[Action]:
        known = self.lines.get(line)
        if known is None or control.kind is ControlKind.OTHER:
            return []
        if control.kind is ControlKind.NOTICE:
            return [Alert(f"line {line}: {control.text}")]
        if control.kind is ControlKind.CLOSING:
            return self._ending(known, now_ns)
        number = known.about(control.number)
        if control.kind is ControlKind.REFUSED:
            return self._refused(known, number, control.text, now_ns)
        if number >= 0 and known.accepted(number):
            return self._take_over(known, now_ns)
        return []

    def _ending(self, line: Line, now_ns: int) -> list[Action]:
        """The venue will close a line; one that says so at once must not be replaced at once."""
        if line.closing:
            return []
        line.closing = True
        if line.lived_ns() < self.times.quiet_ns:
            self._open_ns = max(self._open_ns, now_ns + self._backoff.wait_ns())
        return [Alert(f"line {line.number}: the venue will close it")]

    def _refused(self, line: Line, number: int, text: str, now_ns: int) -> list[Action]:
        """A request was refused: without a subscription the line is of no use."""
        if number < 0:
            return []
        self.counters.refused += 1
        if number in line.awaited:
            why = f"subscription refused: {text}"
            return [Shut(line.number, why), *self._lost(line, why, now_ns)]
        del line.asked[number]
        return [Alert(f"line {line.number}: request refused: {text}")]

    def _take_over(self, line: Line, now_ns: int) -> list[Action]:
        """A line is subscribed: the one that it replaces is closed, once it has joined it."""
        line.phase, line.live_ns = Phase.LIVE, now_ns
        self.endpoints.held(line.url)
        if line.joining:
            return []
        return self._replace(line) + self._refeed(now_ns) + self._snapshots(now_ns)

    def _replace(self, line: Line) -> list[Action]:
        """Close the line whose place it takes."""
        before = self.lines.pop(line.replaces, None)
        line.replaces = -1
        if before is None:
            return []
        self._settled(before)
        return [Shut(before.number, "replaced")]

    def _join(self, line: Line) -> list[Action]:
        """Give what was held, without what another line brought already; from now on it feeds."""
        frames = [data for data in line.held if self._copies.first(data)]
        line.joining = False
        line.held.clear()
        gone = self._replace(line) if line.phase is Phase.LIVE else []
        return [*map(Feed, frames), *gone]

    def _join_ns(self, line: Line) -> int | None:
        """When a line that joins others begins to feed."""
        if not line.joining or line.phase is not Phase.LIVE:
            return None
        return line.live_ns + self.times.join_ns

    def _pace(self, line: Line, now_ns: int) -> list[Action]:
        """Send what is left to send, never more a second than the venue takes."""
        ready = line.paced(now_ns, self.dialect.messages_per_s_max)
        return [Send(line.number, data) for data in ready]

    def _ping(self, line: Line, now_ns: int) -> None:
        """Ask a line that is half as quiet as a dead one for a sign of life, once."""
        if now_ns < line.seen_ns + self.times.quiet_ns // 2:
            line.pinged = False
        at_ns = self._ping_ns(line)
        if at_ns is None or now_ns < at_ns:
            return
        ping = self.dialect.ping(self._numbers)
        if ping is not None:
            line.queue([ping], self._numbers, awaited=False)
            self._numbers += 1
        line.pinged = True

    def _ping_ns(self, line: Line) -> int | None:
        if line.phase is not Phase.LIVE or line.pinged:
            return None
        return line.seen_ns + self.times.quiet_ns // 2

    def _deadline_ns(self, line: Line) -> int:
        """When a line counts as dead: not open, not subscribed, or quiet for too long."""
        if line.phase is Phase.LIVE:
            return line.seen_ns + self.times.quiet_ns
        return line.since_ns + self.times.open_ns

    def _renew_ns(self, line: Line) -> int | None:
        """When a line's successor is due."""
        if line.closing:
            return 0
        if self.dialect.lifetime_ns is None:
            return None
        return line.born_ns + self.dialect.lifetime_ns - self.times.renew_ns

    # -- books -------------------------------------------------------------------------------------

    def _want(self, instrument: int, now_ns: int) -> None:
        if instrument not in self.wanted:
            self.wanted[instrument] = Wanted(now_ns, Backoff(self._random))

    def _hasten(self, instruments: list[int], now_ns: int) -> None:
        """Books are lost that a subscription just brought, or was to bring: it brings them no more,
        and the wait for it ends. What is left is the wait between two requests; books that are lost
        together are asked for together."""
        waits = [self.wanted[instrument] for instrument in instruments]
        soonest_ns = max((wanted.soonest_ns for wanted in waits), default=0)
        for wanted in waits:
            wanted.at_ns = min(wanted.at_ns, max(soonest_ns, now_ns))

    def _sweep(self, now_ns: int) -> None:
        """Every book that waits is wanted, whoever threw it away: a person's command, or an event
        inside a frame of several, has no code of its own."""
        self._swept_ns = now_ns
        for instrument in self.symbols:
            if self._waiting(instrument):
                self._want(instrument, now_ns)
            elif instrument in self.wanted and self.wanted[instrument].ask < 0:
                del self.wanted[instrument]

    def _snapshots(self, now_ns: int) -> list[Action]:
        """Ask for the books that are due, once frames come in that they can be joined to."""
        due: list[int] = []
        if not self._feeding:
            return []
        for instrument in list(self.wanted):
            wanted = self.wanted[instrument]
            if wanted.ask >= 0 or wanted.at_ns > now_ns:
                continue
            if self._waiting(instrument):
                due.append(instrument)
            else:
                del self.wanted[instrument]
        if self._streamed:
            return self._resubscribe(due, now_ns)
        return [action for instrument in due for action in self._ask(instrument, now_ns)]

    def _resubscribe(self, due: list[int], now_ns: int) -> list[Action]:
        """Bring books by subscribing to them again on the line that feeds."""
        if not due:
            return []
        for instrument in due:
            wanted = self.wanted[instrument]
            wanted.soonest_ns = now_ns + wanted.backoff.wait_ns()
            wanted.at_ns = wanted.soonest_ns + self.times.answer_ns
        line = self.lines[self._feeding[0]]
        requests = self.dialect.resync([self.symbols[k] for k in due], self._numbers)
        line.queue(requests, self._numbers, awaited=False)
        self._numbers += len(requests)
        return self._pace(line, now_ns)

    def _ask(self, instrument: int, now_ns: int) -> list[Action]:
        """Ask for one book by REST, within the budget."""
        wanted = self.wanted[instrument]
        snapshot = self.dialect.snapshot(self.symbols[instrument])
        assert snapshot is not None
        if not self.budget.take(snapshot.weight, now_ns):
            wanted.at_ns = now_ns + self.budget.wait_ns(snapshot.weight, now_ns)
            return []
        self._numbers += 1
        wanted.ask, wanted.asked_ns = self._numbers, now_ns
        self._asks[wanted.ask] = instrument
        return [Ask(wanted.ask, snapshot.path, snapshot.query)]
