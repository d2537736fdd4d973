"""Carries out what a market-data session wants: connections, requests and timers on a loop.

    driver = MarketDriver(session, sink, source=0, connect=picows_client.connect, rest=client)
    driver.start()  ...  await driver.close()

Frames go to the engine inside the socket's read, on the loop's thread; the session hears only of
what the engine did not take as plain market data. Nothing here decides: the same events at the same
times give the same actions, whoever carries them out.
Worst case: a task that cannot end is cancelled by `close`, which waits for all of them.
"""

import asyncio
import time
from collections.abc import Callable, Coroutine
from typing import Any, Protocol

from tickpath.core.errors import TickpathError, TransportError
from tickpath.venues.session import MarketSession
from tickpath.venues.session_actions import (
    NS_PER_S,
    Action,
    Answer,
    Ask,
    Feed,
    Open,
    Restart,
    Send,
    Shut,
)
from tickpath.venues.transport.base import CloseReason, Connect, Endpoint, Link, wall_ns
from tickpath.venues.transport.rest import Outcome, OutcomeKind, RestClient

RESTART_SOURCE = 13
"""The engine's command; `engine/commands.py` is above the venues."""

RETRY_AFTER_S_MAX = 7 * 24 * 3600
"""Longest wait that an answer is believed; bans of the venues end after days."""


class MarketSink(Protocol):
    """Where frames go: an engine."""

    def on_market_frame(self, source: int, data: bytes, t_ns: int) -> int:
        """One frame. Returns its code."""

    def last_instrument(self) -> int:
        """Whose that frame was, -1 when it could not be told."""

    def restart(self, source: int, t_ns: int) -> int:
        """The source's connection begins anew. Returns the code."""


class EngineSink:
    """An engine as a sink: any of the backends."""

    def __init__(self, engine: Any) -> None:
        self.on_market_frame = engine.on_market_frame
        self._on_command = engine.on_command
        self._feed = engine.stages.feed

    def last_instrument(self) -> int:
        return int(self._feed.last_instrument)

    def restart(self, source: int, t_ns: int) -> int:
        """RESTART_SOURCE to the engine: journalled like every input."""
        return int(self._on_command(RESTART_SOURCE, source, t_ns))

    def waiting(self, instrument: int) -> bool:
        """Whether an instrument waits for a book: what the session asks."""
        return bool(self._feed.waiting(instrument))


class MarketDriver:
    """One source on the running loop."""

    def __init__(
        self, session: MarketSession, sink: MarketSink, *, source: int, connect: Connect,
        rest: RestClient, endpoint: Callable[[str], Endpoint] | None = None,
        alert: Callable[[str], None] | None = None,
    ) -> None:  # fmt: skip
        """`endpoint` makes an `Endpoint` of a URL (TLS, headers); `alert` gets what a person should
        know, one line each."""
        self.session = session
        self.source = source
        self._sink = sink
        self._connect = connect
        self._rest = rest
        self._endpoint = endpoint or (lambda url: Endpoint(url=url))
        self._alert = alert or (lambda _: None)
        self._links: dict[int, Link] = {}
        self._openings: dict[int, asyncio.Task[None]] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._wake: asyncio.TimerHandle | None = None
        self._wake_ns = 0
        self._standing: set[int] = set()
        self._gone = asyncio.Event()

    def start(self) -> None:
        """Begin. Call it on the running loop."""
        self._act(self.session.start(time.monotonic_ns()))

    async def close(self) -> None:
        """End: lines closed (a link's `close_timeout_s` at the latest), requests given up, no
        timer left."""
        self._act(self.session.stop())
        if self._wake is not None:
            self._wake.cancel()
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        while self._standing:
            self._gone.clear()
            await self._gone.wait()

    def frame(self, line: int, data: bytes, t_ns: int) -> None:
        """A frame of a line."""
        now_ns = time.monotonic_ns()
        if not self.session.frame(line, data, now_ns):
            actions = self.session.aside(line, data, now_ns)
            if actions:
                self._act(actions)
            return
        code = self._sink.on_market_frame(self.source, data, t_ns)
        if code != 0:
            instrument = self._sink.last_instrument()
            self._act(self.session.code(line, code, instrument, data, now_ns))

    def opened(self, line: int, link: Link) -> None:
        self._links[line] = link
        self._standing.add(line)
        self._act(self.session.opened(line, time.monotonic_ns()))

    def closed(self, line: int, why: str) -> None:
        self._links.pop(line, None)
        self._standing.discard(line)
        self._gone.set()
        self._act(self.session.closed(line, why, time.monotonic_ns()))

    def _act(self, actions: list[Action]) -> None:
        """Carry actions out, those that follow from them included, then set the timer."""
        for action in actions:
            if isinstance(action, Open):
                task = self._spawn(self._open(action))
                self._openings[action.line] = task
            elif isinstance(action, Send):
                self._send(action)
            elif isinstance(action, Shut):
                self._shut(action)
            elif isinstance(action, Ask):
                self._spawn(self._ask(action))
            elif isinstance(action, Feed):
                self._feed(action.data)
            elif isinstance(action, Restart):
                self._sink.restart(self.source, wall_ns())
            else:
                self._alert(action.text)
        self._schedule()

    def _feed(self, data: bytes) -> None:
        code = self._sink.on_market_frame(self.source, data, wall_ns())
        if code != 0:
            instrument = self._sink.last_instrument()
            self._act(self.session.code(-1, code, instrument, data, time.monotonic_ns()))

    def _send(self, action: Send) -> None:
        link = self._links.get(action.line)
        if link is None:
            return
        try:
            link.send(action.data)
        except TransportError as error:
            self._links.pop(action.line)
            link.close()
            self._act(self.session.closed(action.line, str(error), time.monotonic_ns()))

    def _shut(self, action: Shut) -> None:
        opening = self._openings.pop(action.line, None)
        if opening is not None:
            opening.cancel()
        link = self._links.pop(action.line, None)
        if link is not None:
            link.close(text=action.reason)

    async def _open(self, action: Open) -> None:
        listener = _LineListener(self, action.line)
        try:
            await self._connect(self._endpoint(action.url), listener)
        except TickpathError as error:
            self.closed(action.line, str(error))
        except Exception as error:
            self.closed(action.line, f"not opened: {type(error).__name__}")
            raise
        finally:
            self._openings.pop(action.line, None)

    async def _ask(self, action: Ask) -> None:
        outcome = await self._rest.request("GET", f"{action.path}?{action.query}")
        now_ns = time.monotonic_ns()
        for interval_ns, used in self.session.dialect.used(outcome.rates):
            self.session.budget.said(interval_ns, used, now_ns)
        self._act(self.session.answered(action.number, answer_of(outcome), now_ns))

    def _spawn(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._done)
        return task

    def _done(self, task: asyncio.Task[None]) -> None:
        """A task's end. An exception is a fault of this program: it is told, and goes to the loop's
        handler; the session's own deadlines go on."""
        self._tasks.discard(task)
        error = None if task.cancelled() else task.exception()
        if error is not None:
            self._alert(f"a task of source {self.source} failed: {type(error).__name__}")
            task.get_loop().call_exception_handler(
                {"message": "market driver: a task failed", "exception": error, "task": task}
            )

    def _schedule(self) -> None:
        """One timer, for the first thing that falls due. What falls due later than it was leaves
        the timer alone: it then finds nothing to do and is set again."""
        wake_ns = self.session.wake_ns()
        if self._wake is not None:
            if wake_ns is not None and wake_ns >= self._wake_ns:
                return
            self._wake.cancel()
            self._wake = None
        if wake_ns is not None:
            self._wake_ns = wake_ns
            wait_ns = max(0, wake_ns - time.monotonic_ns())
            loop = asyncio.get_running_loop()
            self._wake = loop.call_later(wait_ns / NS_PER_S, self._timer)

    def _timer(self) -> None:
        self._wake = None
        self._act(self.session.timer(time.monotonic_ns()))


class _LineListener:
    """What the transport calls; it knows which line it is."""

    def __init__(self, driver: MarketDriver, line: int) -> None:
        self.driver = driver
        self.line = line

    def on_open(self, link: Link) -> None:
        self.driver.opened(self.line, link)

    def on_frame(self, link: Link, data: bytes, t_ns: int) -> None:
        self.driver.frame(self.line, data, t_ns)

    def on_close(self, link: Link, reason: CloseReason) -> None:
        self.driver.closed(self.line, f"{reason.kind} {reason.code} {reason.text}".strip())


def answer_of(outcome: Outcome) -> Answer:
    """An outcome as the session sees it: whatever was not answered has status 0."""
    if outcome.kind is not OutcomeKind.ANSWERED:
        return Answer(0)
    said = outcome.headers.get("retry-after", "")
    wait_s = min(int(said), RETRY_AFTER_S_MAX) if said.isascii() and said.isdigit() else 0
    return Answer(outcome.status, outcome.body, wait_s * NS_PER_S)
