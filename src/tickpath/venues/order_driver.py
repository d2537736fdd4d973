"""Carries out what an order session wants: connections, requests and timers on a loop.

    driver = OrderDriver(session, desk, venue=0, connect=picows_client.connect, rest=client)
    driver.start()  ...  driver.request(bytes)  ...  await driver.close()

Reports go to the desk (an engine) inside the socket's read, on the loop's thread. Nothing here
decides. Worst case: as `carrier`.
"""

import time
from collections import deque
from collections.abc import Callable
from typing import Protocol

from tickpath.venues.carrier import Carrier
from tickpath.venues.order_session import OrderSession
from tickpath.venues.order_steps import (
    Action,
    AskRest,
    Call,
    Down,
    Found,
    Reply,
    SendLine,
    Standing,
    ToEngine,
    Up,
    Verdict,
)
from tickpath.venues.session_actions import Alert, Open, Shut
from tickpath.venues.transport.base import Connect, Endpoint, wall_ns
from tickpath.venues.transport.rest import Outcome, OutcomeKind, RestClient


class Desk(Protocol):
    """Where reports go and who decides on what was found: an engine with its host."""

    def on_order_frame(self, venue: int, data: bytes, t_ns: int) -> None:
        """One frame of orders."""

    def on_venue(self, venue: int, up: bool, why: str) -> None:
        """The venue takes orders, or no longer."""

    def on_found(self, venue: int, standing: Standing, last: bool) -> Verdict:
        """What reconciliation found, and whether it is the last look. Whether trading may go on at
        this venue, or the venue is asked again."""


class OrderDriver:
    """One account at one venue on the running loop."""

    def __init__(
        self, session: OrderSession, desk: Desk, *, venue: int, connect: Connect, rest: RestClient,
        endpoint: Callable[[str], Endpoint] | None = None,
        alert: Callable[[str], None] | None = None,
    ) -> None:  # fmt: skip
        """`endpoint` makes an `Endpoint` of a URL (TLS, headers); `alert` gets what a person should
        know, one line each."""
        self.session = session
        self.venue = venue
        self.refused = False
        """Whether the desk did not accept what reconciliation found."""
        self._desk = desk
        self._rest = rest
        self._alert = alert or (lambda _: None)
        self._todo: deque[Action] = deque()
        self._busy = False
        self._carrier = Carrier(
            self, connect, endpoint or (lambda url: Endpoint(url=url)), self._alert
        )

    def start(self) -> None:
        """Begin. Call it on the running loop."""
        self._act(self.session.start(time.monotonic_ns()))

    async def close(self) -> None:
        """End."""
        self._act(self.session.stop())
        await self._carrier.close()

    def request(self, data: bytes) -> None:
        """A request of the engine: sent at once, or reported as not sent."""
        self._act(self.session.request(data, time.monotonic_ns()))

    def spawn_call(self, call: Call) -> None:
        """Carry out a call whose outcome the venue's events will tell."""
        self._carrier.spawn(self._ask(-1, call))

    def opened(self, line: int) -> None:
        self._act(self.session.opened(line, time.monotonic_ns()))

    def frame(self, line: int, data: bytes, t_ns: int) -> None:
        self._act(self.session.frame(line, data, time.monotonic_ns()))

    def closed(self, line: int, why: str) -> None:
        self._act(self.session.closed(line, why, time.monotonic_ns()))

    def _act(self, actions: list[Action]) -> None:
        """Carry actions out in the order they came, those that follow from them after them."""
        self._todo.extend(actions)
        if self._busy:
            return
        self._busy = True
        try:
            while self._todo:
                self._carry_out(self._todo.popleft())
        finally:
            self._busy = False
        self._carrier.schedule(self.session.wake_ns(), self._timer)

    def _carry_out(self, action: Action) -> None:
        if isinstance(action, ToEngine):
            self._desk.on_order_frame(self.venue, action.data, wall_ns())
        elif isinstance(action, SendLine):
            if not self._carrier.send(action.line, action.data) and action.request:
                self._act(self.session.unsent(action.request))
        elif isinstance(action, AskRest):
            self._carrier.spawn(self._ask(action.number, action.call))
        elif isinstance(action, Open):
            self._carrier.open(action.line, action.url)
        elif isinstance(action, Shut):
            self._carrier.shut(action.line, action.reason)
        elif isinstance(action, Up | Down):
            why = "" if isinstance(action, Up) else action.reason
            self._desk.on_venue(self.venue, isinstance(action, Up), why)
        elif isinstance(action, Found):
            self._found(action)
        else:
            assert isinstance(action, Alert)
            self._alert(action.text)

    def _found(self, found: Found) -> None:
        verdict = self._desk.on_found(self.venue, found.standing, found.last)
        if verdict is Verdict.GO:
            self._act(self.session.accept(time.monotonic_ns()))
        elif verdict is Verdict.AGAIN:
            self._act(self.session.again(time.monotonic_ns()))
        else:
            self.refused = True
            self._act(self.session.stop("reconciliation was not accepted"))

    async def _ask(self, number: int, call: Call) -> None:
        outcome = await self._rest.request(
            call.method, call.target, headers=call.headers, body=call.body
        )
        self._act(self.session.answered(number, reply_of(outcome), time.monotonic_ns()))

    def _timer(self) -> None:
        self._act(self.session.timer(time.monotonic_ns()))


def reply_of(outcome: Outcome) -> Reply:
    """An outcome as scripts see it."""
    if outcome.kind is not OutcomeKind.ANSWERED:
        return Reply(left=outcome.kind is OutcomeKind.UNKNOWN)
    return Reply(
        status=outcome.status,
        body=outcome.body,
        headers=outcome.headers,
        retry_after_ns=outcome.retry_after_ns,
        sent_ns=outcome.sent_ns,
        received_ns=outcome.done_ns,
    )
