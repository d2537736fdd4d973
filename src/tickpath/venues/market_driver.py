"""Carries out what a market-data session wants: connections, requests and timers on a loop.

    driver = MarketDriver(session, sink, source=0, connect=picows_client.connect, rest=client)
    driver.start()  ...  await driver.close()

Frames go to the engine inside the socket's read, on the loop's thread; the session hears only of
what the engine did not take as plain market data. Nothing here decides: the same events at the same
times give the same actions, whoever carries them out.
Worst case: as `carrier`.
"""

import time
from collections.abc import Callable
from typing import Any, Protocol

from tickpath.venues.carrier import Carrier
from tickpath.venues.session import MarketSession
from tickpath.venues.session_actions import (
    Action,
    Answer,
    Ask,
    Feed,
    Open,
    Restart,
    Send,
    Shut,
)
from tickpath.venues.transport.base import Connect, Endpoint, wall_ns
from tickpath.venues.transport.rest import Outcome, OutcomeKind, RestClient

RESTART_SOURCE = 13
"""The engine's command; `engine/commands.py` is above the venues."""


class MarketSink(Protocol):
    """Where frames go: an engine."""

    def on_market_frame(self, source: int, data: bytes, t_ns: int) -> int:
        """One frame. Returns its code."""

    def last_instrument(self) -> int:
        """Whose that frame was, -1 when it could not be told."""

    def restart(self, source: int, t_ns: int) -> int:
        """The source's connection begins anew. Returns the code."""


class Nobody:
    """A sink that takes frames and forgets them."""

    def on_market_frame(self, source: int, data: bytes, t_ns: int) -> int:
        return 0

    def last_instrument(self) -> int:
        return -1

    def restart(self, source: int, t_ns: int) -> int:
        return 0


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
        self._rest = rest
        self._alert = alert or (lambda _: None)
        self._carrier = Carrier(
            self, connect, endpoint or (lambda url: Endpoint(url=url)), self._alert
        )

    def start(self) -> None:
        """Begin. Call it on the running loop."""
        self._act(self.session.start(time.monotonic_ns()))

    async def close(self) -> None:
        """End: lines closed (a link's `close_timeout_s` at the latest), requests given up, no
        timer left."""
        self._act(self.session.stop())
        await self._carrier.close()

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

    def opened(self, line: int) -> None:
        self._act(self.session.opened(line, time.monotonic_ns()))

    def closed(self, line: int, why: str) -> None:
        self._act(self.session.closed(line, why, time.monotonic_ns()))

    def _act(self, actions: list[Action]) -> None:
        """Carry actions out, those that follow from them included, then set the timer."""
        for action in actions:
            if isinstance(action, Open):
                self._carrier.open(action.line, action.url)
            elif isinstance(action, Send):
                self._carrier.send(action.line, action.data)
            elif isinstance(action, Shut):
                self._carrier.shut(action.line, action.reason)
            elif isinstance(action, Ask):
                self._carrier.spawn(self._ask(action))
            elif isinstance(action, Feed):
                self._feed(action.data)
            elif isinstance(action, Restart):
                self._sink.restart(self.source, wall_ns())
            else:
                self._alert(action.text)
        self._carrier.schedule(self.session.wake_ns(), self._timer)

    def _feed(self, data: bytes) -> None:
        code = self._sink.on_market_frame(self.source, data, wall_ns())
        if code != 0:
            instrument = self._sink.last_instrument()
            self._act(self.session.code(-1, code, instrument, data, time.monotonic_ns()))

    async def _ask(self, action: Ask) -> None:
        outcome = await self._rest.request("GET", f"{action.path}?{action.query}")
        now_ns = time.monotonic_ns()
        for interval_ns, used in self.session.dialect.used(outcome.rates):
            self.session.budget.said(interval_ns, used, now_ns)
        self._act(self.session.answered(action.number, answer_of(outcome), now_ns))

    def _timer(self) -> None:
        self._act(self.session.timer(time.monotonic_ns()))


def answer_of(outcome: Outcome) -> Answer:
    """An outcome as the session sees it: whatever was not answered has status 0."""
    if outcome.kind is not OutcomeKind.ANSWERED:
        return Answer(0)
    return Answer(outcome.status, outcome.body, outcome.retry_after_ns)
