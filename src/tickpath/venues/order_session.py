"""The order session of one venue as a state machine without I/O, clock or randomness.

  start -> establish (token or key, lines, login, stream of events) -> reconcile -> Found
  accept -> Up: the engine's requests leave, beats keep the session alive; now and then an audit
  asks after orders that have been as they are for long: a lost event shows in nothing else
  a line lost, a script that fails, a lifetime that ends -> Down, all lines shut, wait with jitter,
  then from the start: the engine trades at this venue again only after a new reconciliation

In: what happened (a line opened, a message, an outcome, a timer), with the time of a monotonic
clock. Out: actions that a driver carries out. A request of the engine is sent once or not at all:
what certainly did not leave is reported as refused, what may have left stays unknown until the
engine's own question or the next reconciliation answers. What a script does is in the dialect.
Bounds: LINES of the dialect, JOBS_MAX scripts at once, every step with an end.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from random import Random
from typing import Any

from tickpath.core.errors import TickpathError
from tickpath.venues.backoff import Backoff
from tickpath.venues.budget import Budget
from tickpath.venues.endpoints import Endpoints
from tickpath.venues.order_steps import (
    Action,
    AskRest,
    Beat,
    Call,
    Dial,
    Down,
    Found,
    Known,
    OrderDialect,
    Reply,
    Say,
    Script,
    ScriptError,
    SendLine,
    ToEngine,
    Up,
    Wait,
)
from tickpath.venues.session_actions import NS_PER_S, Alert, Open, Shut

JOBS_MAX = 256
"""Scripts at once; a request of the engine above it is reported as not sent."""

TRIES_MAX = 4
"""How often a call that may be repeated is sent before its script fails."""

ANEW_NS = NS_PER_S
"""A call that has waited for so long is made anew where it can be: its time stamp is old."""

FINDINGS_MAX = 4
"""Reconciliations in a row; what differs in the last of them is no trade that came meanwhile."""

AGAIN_NS = NS_PER_S // 2

UNREADABLE = (
    LookupError, TypeError, ValueError, AttributeError, ArithmeticError, RecursionError,
    TickpathError)  # fmt: skip
"""What a script raises over an answer of another form than documented."""


class Phase(StrEnum):
    OFF = "off"
    WAITING = "waiting"
    ESTABLISHING = "establishing"
    RECONCILING = "reconciling"
    FOUND = "found"
    READY = "ready"


@dataclass(frozen=True, kw_only=True, slots=True)
class OrderTimes:
    """Waits in ns. `answer_ns`: until a step counts as unanswered. `audit_ns`: between two audits.
    `quiet_ns`: a line without any
    message for so long is dead. `renew_ns`: so long before the end of a line's lifetime the session
    begins anew. `settle_ns`: a session that was ready for so long counts as held.
    `lasting_ns`: wait after a fault that a person has to mend."""

    answer_ns: int = 10 * NS_PER_S
    audit_ns: int = 30 * NS_PER_S
    quiet_ns: int = 3600 * NS_PER_S
    renew_ns: int = 600 * NS_PER_S
    settle_ns: int = 10 * NS_PER_S
    lasting_ns: int = 60 * NS_PER_S


@dataclass(slots=True)
class Line:
    number: int
    name: str
    url: str
    born_ns: int
    seen_ns: int
    quiet_ns: int
    open: bool = False


@dataclass(slots=True, eq=False)
class Job:
    """A script on its way. `request`: the engine's, when it is one; `what` for alerts."""

    script: Script
    what: str
    request: bytes = b""
    vital: bool = False
    step: Any = None
    number: int = -1
    tries: int = 0
    due_ns: int = 0
    late: bool = False
    """`due_ns` is when to go on; otherwise when the step counts as unanswered."""
    made_ns: int = 0
    left: bool = False
    """Something that changes an account has been handed over to be sent."""


@dataclass(slots=True)
class OrderCounters:
    established: int = 0
    lost: int = 0
    requests: int = 0
    unsent: int = 0
    unanswered: int = 0
    frames: int = 0
    reconciled: int = 0
    audits: int = 0


class OrderSession:
    """One account at one venue; see the module. Methods return the actions to carry out."""

    def __init__(
        self, dialect: OrderDialect, endpoints: Mapping[str, Endpoints], budget: Budget,
        known: Callable[[], Sequence[Known]], random: Random, times: OrderTimes | None = None,
        overdue: Callable[[], Sequence[Known]] | None = None,
    ) -> None:  # fmt: skip
        """`endpoints` by the dialect's names of lines; `known` asks the engine for its orders,
        `overdue` for those whose end or fills may have been missed."""
        self.dialect = dialect
        self.endpoints = endpoints
        self.budget = budget
        self.times = times or OrderTimes()
        self.counters = OrderCounters()
        self.phase = Phase.OFF
        self.lines: dict[str, Line] = {}
        self._known = known
        self._overdue = overdue or (lambda: ())
        self._audit_ns: int | None = None
        self._findings = 0
        self._backoff = Backoff(random)
        self._jobs: list[Job] = []
        self._beats: list[tuple[int, Beat]] = []
        self._numbers = 0
        self._again_ns = 0
        self._settle_ns: int | None = None

    @property
    def ready(self) -> bool:
        """Whether the engine's requests leave."""
        return self.phase is Phase.READY

    # -- what happens -----------------------------------------------------------------------------

    def start(self, now_ns: int) -> list[Action]:
        """Begin."""
        self.phase = Phase.ESTABLISHING
        return self._run(self.dialect.establish(), "establish", now_ns, vital=True)

    def stop(self, reason: str = "stopped") -> list[Action]:
        """End: nothing is opened, asked or sent any more."""
        was_ready, self.phase = self.ready, Phase.OFF
        shut = self._clear(reason)
        return [*([Down(reason)] if was_ready else []), *shut]

    def accept(self, now_ns: int) -> list[Action]:
        """What reconciliation found is in order: orders may leave."""
        if self.phase is not Phase.FOUND:
            return []
        self.phase, self._settle_ns = Phase.READY, now_ns + self.times.settle_ns
        self.counters.reconciled += 1
        self._beats = [(now_ns, beat) for beat in self.dialect.beats()]
        self._audit_ns = now_ns + self.times.audit_ns
        return [Up(), *self._beat(now_ns)]

    def again(self, now_ns: int) -> list[Action]:
        """What was found differs and may have come while the venue was asked: ask once more."""
        if self.phase is not Phase.FOUND:
            return []
        self.phase = Phase.RECONCILING
        return self._run(self._later(), "reconcile", now_ns, vital=True)

    def _later(self) -> Script:
        """A reconciliation of what the engine knows after a wait."""
        yield Wait(AGAIN_NS)
        return (yield from self.dialect.reconcile(self._known()))

    def opened(self, number: int, now_ns: int) -> list[Action]:
        """A line is open."""
        line = self._line(number)
        if line is None:
            return []
        line.open = True
        line.born_ns = line.seen_ns = now_ns
        for job in self._jobs:
            if isinstance(job.step, Dial) and job.step.line == line.name:
                return self._send(job, None, now_ns)
        return []

    def closed(self, number: int, reason: str, now_ns: int) -> list[Action]:
        """A line ended that was not told to."""
        line = self._line(number)
        if line is None:
            return []
        self.endpoints[line.name].failed(line.url, now_ns)
        return self._lost(f"line {line.name} closed: {reason}", now_ns)

    def frame(self, number: int, data: bytes, now_ns: int) -> list[Action]:
        """A message of a line."""
        line = self._line(number)
        if line is None:
            return []
        line.seen_ns = now_ns
        heard = self.dialect.heard(line.name, data)
        actions: list[Action] = [ToEngine(frame) for frame in heard.frames]
        self.counters.frames += len(actions)
        if heard.wait_ns:
            self.budget.block(heard.wait_ns, now_ns)
            actions.append(Alert(f"the venue refuses requests for {heard.wait_ns // NS_PER_S} s"))
        if heard.told:
            actions.append(Alert(heard.told))
        if heard.number >= 0:
            for job in [j for j in self._jobs if j.number == heard.number]:
                if isinstance(job.step, Say):
                    actions += self._send(job, heard, now_ns)
        if heard.closing:
            actions += self._lost(heard.closing, now_ns)
        return actions

    def answered(self, number: int, reply: Reply, now_ns: int) -> list[Action]:
        """The outcome of an `AskRest`."""
        for interval_ns, used in self.dialect.used(reply.headers):
            self.budget.said(interval_ns, used, now_ns)
        refused = reply.status in (418, 429)
        actions: list[Action] = []
        if refused:
            wait_ns = self.budget.block(reply.retry_after_ns, now_ns)
            actions.append(Alert(f"the venue refuses requests (HTTP {reply.status}); it waits "
                                 f"{wait_ns // NS_PER_S} s"))  # fmt: skip
        job = next((j for j in self._jobs if j.number == number and isinstance(j.step, Call)), None)
        if job is None:
            return actions
        nobody = reply.status == 0 or reply.status >= 500
        if (refused or nobody) and job.step.repeat:
            return actions + self._repeat(job, f"HTTP {reply.status}", now_ns)
        return actions + self._send(job, reply, now_ns)

    def request(self, data: bytes, now_ns: int) -> list[Action]:
        """A request of the engine. None leaves while the venue refuses requests: each would make
        the refusal longer."""
        blocked = now_ns < self.budget.blocked_until_ns
        if self.phase is not Phase.READY or len(self._jobs) >= JOBS_MAX or blocked:
            return self.unsent(data)
        try:
            way = self.dialect.outgoing(data)
        except TickpathError as error:
            why = f"a request cannot be said ({type(error).__name__}): not sent"
            return [Alert(why), *self.unsent(data)]
        if way is None:
            return self.unsent(data)
        self.counters.requests += 1
        if isinstance(way, tuple):
            name, message = way
            return [SendLine(self.lines[name].number, message, data)]
        return self._run(way, "request", now_ns, request=data)

    def unsent(self, data: bytes) -> list[Action]:
        """A request of the engine certainly did not leave."""
        self.counters.unsent += 1
        frame = self.dialect.unsent(data)
        return [] if frame is None else [ToEngine(frame)]

    def wake_ns(self) -> int | None:
        """When `timer` should be called next, None: not before another input."""
        times = [job.due_ns for job in self._jobs]
        if self.phase is Phase.WAITING:
            times.append(self._again_ns)
        running = {job.what for job in self._jobs}
        if len(self._jobs) < JOBS_MAX:
            times += [at_ns for at_ns, beat in self._beats if beat.what not in running]
        times += [at for at in (self._settle_ns, self._audit_ns) if at is not None]
        for line in self.lines.values():
            if line.open:
                times += [line.seen_ns + line.quiet_ns, self._renew_ns(line)]
        return min(times, default=None)

    def timer(self, now_ns: int) -> list[Action]:
        """Whatever has fallen due."""
        if self.phase is Phase.OFF:
            return []
        if self.phase is Phase.WAITING:
            return self.start(now_ns) if now_ns >= self._again_ns else []
        if self._settle_ns is not None and now_ns >= self._settle_ns:
            self._settle_ns = None
            self._backoff.succeeded()
        for line in list(self.lines.values()):
            if line.open and now_ns >= line.seen_ns + line.quiet_ns:
                self.endpoints[line.name].failed(line.url, now_ns)
                return self._lost(f"line {line.name} is quiet", now_ns)
            if line.open and now_ns >= self._renew_ns(line):
                return self._lost(f"line {line.name} nears the end of its lifetime", now_ns)
        actions: list[Action] = []
        for job in [j for j in self._jobs if j.due_ns <= now_ns]:
            if job in self._jobs:
                actions += self._due(job, now_ns)
        return actions + self._beat(now_ns) + self._audit(now_ns)

    # -- scripts ----------------------------------------------------------------------------------

    def _run(
        self, script: Script, what: str, now_ns: int, *, request: bytes = b"", vital: bool = False
    ) -> list[Action]:
        """Begin a script."""
        job = Job(script, what, request, vital)
        self._jobs.append(job)
        return self._send(job, None, now_ns)

    def _send(self, job: Job, value: Any, now_ns: int) -> list[Action]:
        """Tell a script what came of its step and carry out the next one."""
        job.number, job.tries, job.made_ns = -1, 0, now_ns
        try:
            job.step = job.script.send(value)
        except StopIteration as end:
            return self._ended(job, end.value, now_ns)
        except ScriptError as fault:
            return self._failed(job, str(fault), now_ns, lasting=fault.lasting)
        except UNREADABLE as error:
            why = f"the venue's answer cannot be read ({type(error).__name__})"
            return self._failed(job, why, now_ns)
        return self._step(job, now_ns)

    def _step(self, job: Job, now_ns: int) -> list[Action]:
        """Carry out the step that a script stands at."""
        step = job.step
        job.due_ns, job.late = now_ns + self.times.answer_ns, False
        if isinstance(step, Wait):
            job.due_ns, job.late = now_ns + step.ns, True
            return []
        if isinstance(step, Dial):
            return self._dial(step, now_ns)
        if isinstance(step, Say):
            line = self.lines.get(step.line)
            if line is None or not line.open:
                return self._failed(job, f"line {step.line} is not open", now_ns)
            job.number, job.left = step.number, True
            return [SendLine(line.number, step.data)]
        return self._call(job, step, now_ns)

    def _call(self, job: Job, step: Call, now_ns: int) -> list[Action]:
        """Within the budget, at once or later; a request of the engine that changes something goes
        now or not at all."""
        urgent = bool(job.request) or job.vital
        if not self.budget.take(step.weight, now_ns, urgent=urgent):
            if job.request and not step.repeat:
                return self._send(job, Reply(left=False), now_ns) if job.left else self._drop(job)
            wait_ns = self.budget.wait_ns(step.weight, now_ns, urgent=urgent)
            job.due_ns, job.late = now_ns + max(1, wait_ns), True
            return []
        if step.anew is not None and now_ns - job.made_ns >= ANEW_NS:
            job.step = step = step.anew()
            job.made_ns = now_ns
        self._numbers += 1
        job.number = self._numbers
        job.left = True
        return [AskRest(job.number, step)]

    def _drop(self, job: Job) -> list[Action]:
        """Give up a script of which nothing has left."""
        self._jobs.remove(job)
        job.script.close()
        return self.unsent(job.request)

    def _dial(self, step: Dial, now_ns: int) -> list[Action]:
        url = self.endpoints[step.line].choose(now_ns)
        self._numbers += 1
        quiet_ns = min(step.quiet_ns or self.times.quiet_ns, self.times.quiet_ns)
        self.lines[step.line] = Line(self._numbers, step.line, url, now_ns, now_ns, quiet_ns)
        return [Open(self._numbers, self.dialect.url(url, step))]

    def _due(self, job: Job, now_ns: int) -> list[Action]:
        """A step's wait is over, or nobody answered it."""
        if job.late:
            waited = isinstance(job.step, Wait)
            return self._send(job, None, now_ns) if waited else self._step(job, now_ns)
        self.counters.unanswered += 1
        if isinstance(job.step, Call) and not job.step.repeat:
            return self._send(job, Reply(), now_ns)
        if isinstance(job.step, Call):
            return self._repeat(job, "no answer", now_ns)
        line = self.lines.get(job.step.line)
        if line is not None:
            self.endpoints[line.name].failed(line.url, now_ns)
        return self._failed(job, "no answer", now_ns)

    def _repeat(self, job: Job, why: str, now_ns: int) -> list[Action]:
        """Send a call again after a wait, a bounded number of times."""
        job.number = -1
        job.tries += 1
        if job.tries >= TRIES_MAX:
            return self._failed(job, f"{job.step.path}: {why}", now_ns)
        job.due_ns, job.late = now_ns + (NS_PER_S // 4 << job.tries), True
        return []

    def _ended(self, job: Job, value: Any, now_ns: int) -> list[Action]:
        """A script came to its end."""
        self._jobs.remove(job)
        if job.what == "establish":
            self.counters.established += 1
            for line in self.lines.values():
                self.endpoints[line.name].held(line.url)
            self.phase, self._findings = Phase.RECONCILING, 0
            script = self.dialect.reconcile(self._known())
            return self._run(script, "reconcile", now_ns, vital=True)
        if job.what == "reconcile":
            self.phase, self._findings = Phase.FOUND, self._findings + 1
            last = self._findings >= FINDINGS_MAX
            return [*(ToEngine(frame) for frame in value.frames), Found(value, last)]
        if job.what == "audit":
            return [ToEngine(frame) for frame in value.frames]
        return [ToEngine(frame) for frame in value or ()] if job.request else []

    def _failed(self, job: Job, why: str, now_ns: int, *, lasting: bool = False) -> list[Action]:
        """A script cannot go on: a vital one ends the session, another is told of."""
        if job.request and not job.left:
            return [Alert(f"{job.what}: {why}"), *self._drop(job)]
        self._jobs.remove(job)
        if job.vital:
            return self._lost(f"{job.what}: {why}", now_ns, lasting=lasting)
        return [Alert(f"{job.what}: {why}")]

    def _beat(self, now_ns: int) -> list[Action]:
        """Run the beats that have fallen due, none beside itself."""
        actions: list[Action] = []
        for k, (at_ns, beat) in enumerate(list(self._beats)):
            running = any(job.what == beat.what for job in self._jobs)
            if self.ready and now_ns >= at_ns and not running and len(self._jobs) < JOBS_MAX:
                self._beats[k] = (now_ns + beat.interval_ns, beat)
                actions += self._run(beat.script(), beat.what, now_ns, vital=beat.vital)
        return actions

    def _audit(self, now_ns: int) -> list[Action]:
        """Ask after what is overdue; strays and balances are not looked at: orders are moving."""
        if self._audit_ns is None or now_ns < self._audit_ns:
            return []
        self._audit_ns = now_ns + self.times.audit_ns
        orders = self._overdue()
        running = any(job.what == "audit" for job in self._jobs)
        if not orders or running or len(self._jobs) >= JOBS_MAX:
            return []
        self.counters.audits += 1
        return self._run(self.dialect.reconcile(orders), "audit", now_ns)

    # -- lines ------------------------------------------------------------------------------------

    def _lost(self, why: str, now_ns: int, *, lasting: bool = False) -> list[Action]:
        """The session cannot go on as it is: everything from the start, after a wait."""
        if self.phase in (Phase.OFF, Phase.WAITING):
            return []
        was_ready, self.phase = self.ready, Phase.WAITING
        self.counters.lost += 1
        wait_ns = self._backoff.wait_ns()
        self._again_ns = now_ns + max(wait_ns, self.times.lasting_ns if lasting else 0)
        shut = self._clear(why)
        return [*([Down(why)] if was_ready else []), Alert(why), *shut]

    def _clear(self, reason: str) -> list[Action]:
        """No line, script or beat is left. A request of which nothing has left is told of."""
        actions: list[Action] = [Shut(line.number, reason) for line in self.lines.values()]
        jobs, self._beats = list(self._jobs), []
        self._settle_ns = self._audit_ns = None
        self.lines.clear()
        for job in jobs:
            if job.request and not job.left:
                actions += self._drop(job)
            else:
                self._jobs.remove(job)
                job.script.close()
        return actions

    def _line(self, number: int) -> Line | None:
        return next((x for x in self.lines.values() if x.number == number), None)

    def _renew_ns(self, line: Line) -> int:
        return line.born_ns + self.dialect.lifetime_ns - self.times.renew_ns
