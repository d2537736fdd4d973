"""A dialect of order sessions whose scripts are plain lists of steps, and a session around it."""

import json
from collections.abc import Callable, Mapping, Sequence
from random import Random
from typing import Any, TypeVar

from tickpath.core.errors import DataError
from tickpath.venues.budget import Budget
from tickpath.venues.endpoints import Endpoints
from tickpath.venues.order_session import OrderSession, OrderTimes, Phase
from tickpath.venues.order_steps import (
    Action,
    AskRest,
    Beat,
    Call,
    Dial,
    Heard,
    Known,
    Reply,
    Say,
    Script,
    ScriptError,
    Standing,
    ToEngine,
)
from tickpath.venues.session_actions import NS_PER_S, Alert, Open

URLS = ["wss://one.invalid", "wss://two.invalid"]
T = TypeVar("T")
OK = Reply(status=200, body=b"{}")
TIMES = OrderTimes(
    answer_ns=5 * NS_PER_S,
    quiet_ns=120 * NS_PER_S,
    renew_ns=10 * NS_PER_S,
    settle_ns=10 * NS_PER_S,
    audit_ns=25 * NS_PER_S,
)


def get(path: str, **more: Any) -> Call:
    """A call that may be repeated."""
    return Call(method="GET", path=path, target=f"{path}?signature=SECRET", **more)


def post(path: str, **more: Any) -> Call:
    """A call that is sent once."""
    return Call(method="POST", path=path, target=path, repeat=False, **more)


def content(reply: Reply) -> Any:
    if reply.status != 200:
        raise ScriptError(f"HTTP {reply.status}", lasting=reply.status == 401)
    return json.loads(reply.body)


class Dialect:
    """Requests: "line ..." leaves on the line, "rest ..." by a POST, "cancel ..." by a call that is
    repeated, "two ..." by two POSTs, "late" cannot be said now, "bad" not at all."""

    lines: tuple[str, ...] = ("orders", "events")
    lifetime_ns = 3600 * NS_PER_S

    def __init__(self) -> None:
        self.beating: list[Beat] = []
        self.known: list[Sequence[Known]] = []
        self.replies: list[Reply] = []
        self.windows = [(60 * NS_PER_S, 100)]

    def url(self, url: str, dial: Dial) -> str:
        return url + dial.path

    def establish(self) -> Script:
        path = f"/{content((yield get('/token'))).get('key', 'KEY')}"
        yield Dial("orders")
        yield Dial("events", path)
        heard = yield Say("orders", b"login SECRET", 1)
        if heard.fault:
            raise ScriptError(heard.fault, lasting=heard.value == -2015)

    def reconcile(self, known: Sequence[Known]) -> Script:
        self.known.append(known)
        rows = content((yield get("/orders")))
        return Standing(frames=[str(row).encode() for row in rows["frames"]] if rows else [])

    def check(self) -> Script:
        yield get("/check")
        return []

    def cancel_all(self) -> Script:
        yield get("/cancel")
        return 0

    def beats(self) -> Sequence[Beat]:
        return self.beating

    def beat(self) -> Script:
        content((yield get("/beat")))

    def heard(self, line: str, data: bytes) -> Heard:
        text = data.decode()
        if text.startswith("reply"):
            _, number, *fault = text.split()
            code = -2015 if "lasting" in fault else None
            return Heard(number=int(number), fault=" ".join(fault), value=code)
        if text == "end":
            return Heard((data,), closing="the venue ends it")
        if text.startswith("ban"):
            return Heard((data,), wait_ns=int(text[3:]) * NS_PER_S)
        return Heard((data,))

    def outgoing(self, request: bytes) -> tuple[str, bytes] | Script | None:
        kind, _, number = request.decode().partition(" ")
        if kind == "line":
            return "orders", b"signed " + request
        if kind == "bad":
            raise DataError("SECRET")
        return None if kind == "late" else self.script(kind, number)

    def script(self, kind: str, number: str) -> Script:
        calls = {
            "rest": [post(f"/order/{number}", weight=10)],
            "cancel": [get(f"/order/{number}", weight=10)],
            "two": [post(f"/order/{number}", weight=10), post("/two", weight=10)],
        }[kind]
        for call in calls:
            reply = yield call
            self.replies.append(reply)
        return [b"answer %d" % reply.status]

    def unsent(self, request: bytes) -> bytes | None:
        return None if request.startswith(b"late") else b"unsent " + request

    def used(self, headers: Mapping[str, str]) -> list[tuple[int, int]]:
        return [(60 * NS_PER_S, int(headers["used"]))] if "used" in headers else []


class Stage:
    """A session, its time, and everything that it ever said."""

    def __init__(self, dialect: Dialect | None = None, seed: int = 1) -> None:
        self.dialect = dialect or Dialect()
        self.budget = Budget(self.dialect.windows)
        self.session = OrderSession(
            self.dialect, {name: Endpoints(URLS) for name in self.dialect.lines}, self.budget,
            list, Random(seed), TIMES, lambda: self.overdue)  # fmt: skip
        self.now_ns = 10**15
        self.overdue: list[Known] = []
        self.said: list[Action] = []

    def take(self, actions: list[Action]) -> list[Action]:
        self.said += actions
        return actions

    def pass_s(self, seconds: float) -> list[Action]:
        """Time goes on, timer by timer, as a driver would have it."""
        end_ns = self.now_ns + int(seconds * NS_PER_S)
        actions: list[Action] = []
        for _ in range(10_000):
            wake_ns = self.session.wake_ns()
            if wake_ns is None or wake_ns > end_ns:
                self.now_ns = end_ns
                return actions
            self.now_ns = max(self.now_ns, wake_ns)
            actions += self.take(self.session.timer(self.now_ns))
        raise AssertionError("a busy loop: the session wakes again and again")

    def start(self) -> list[Action]:
        return self.take(self.session.start(self.now_ns))

    def answer(self, actions: list[Action], reply: Reply = OK) -> list[Action]:
        """The answer to the one call of these actions."""
        return self.take(self.session.answered(one(actions, AskRest).number, reply, self.now_ns))

    def open(self, actions: list[Action]) -> list[Action]:
        return self.take(self.session.opened(one(actions, Open).line, self.now_ns))

    def hear(self, line: str, text: str) -> list[Action]:
        number = self.session.lines[line].number
        return self.take(self.session.frame(number, text.encode(), self.now_ns))

    def request(self, text: str) -> list[Action]:
        return self.take(self.session.request(text.encode(), self.now_ns))

    def to_login(self) -> list[Action]:
        """Until the login is sent."""
        return self.open(self.open(self.answer(self.start())))

    def to_reconcile(self) -> list[Action]:
        self.to_login()
        return self.hear("orders", "reply 1")

    def to_found(self, frames: Sequence[str] = ()) -> list[Action]:
        body = json.dumps({"frames": list(frames)}).encode()
        return self.answer(self.to_reconcile(), Reply(status=200, body=body))

    def to_ready(self) -> list[Action]:
        self.to_found()
        return self.take(self.session.accept(self.now_ns))

    def until(self, phase: Phase) -> None:
        """Go as far as a phase."""
        go: dict[Phase, Callable[[], object]] = {
            Phase.OFF: lambda: None,
            Phase.ESTABLISHING: self.start,
            Phase.RECONCILING: self.to_reconcile,
            Phase.FOUND: self.to_found,
            Phase.READY: self.to_ready,
            Phase.WAITING: lambda: self.answer(self.start(), Reply(status=400)),
        }
        go[phase]()
        assert self.session.phase is phase


def one(actions: list[Action], kind: type[T]) -> T:
    """The only action of a kind."""
    found = [action for action in actions if isinstance(action, kind)]
    assert len(found) == 1, actions
    return found[0]


def told(actions: list[Action]) -> list[bytes]:
    """Frames for the engine."""
    return [action.data for action in actions if isinstance(action, ToEngine)]


def alerts(actions: list[Action]) -> list[str]:
    return [action.text for action in actions if isinstance(action, Alert)]
