"""Whatever comes in whatever order: the session never raises, sends nothing of the engine while it
is not ready, sends each request once or says that it did not, and never wakes for nothing."""

from collections import Counter

from hypothesis import given, settings
from hypothesis import strategies as st
from venues.order_scripts import Dialect, Stage

from tickpath.venues.order_session import TRIES_MAX, Phase
from tickpath.venues.order_steps import (
    Action,
    AskRest,
    Beat,
    Down,
    Found,
    Reply,
    SendLine,
    ToEngine,
    Up,
)
from tickpath.venues.session_actions import NS_PER_S, Open

KINDS = ("line", "rest", "cancel", "two", "late", "bad")
BODIES = (b"{}", b'{"key":"k"}', b'{"frames":["f"]}', b"", b"[]", b"3")
STATUSES = (0, 200, 200, 200, 400, 401, 418, 429, 500, 503)
FRAMES = ("reply 1", "reply 1 refused", "reply 1 refused lasting", "end", "ban1", "ban90", "fill")
Input = tuple[str, int, int]

WHAT = "go go go go request request request answer open close frame pass pass wake wake stop again"
rest = st.lists(
    st.tuples(
        st.sampled_from((*WHAT.split(), "start", "used", "stranger")),
        st.integers(0, 30),
        st.integers(0, 30),
    ),
    min_size=5,
    max_size=100,
)
inputs = st.builds(
    lambda ahead, rest: [("go", 0, 0)] * ahead + rest,
    st.sampled_from((0, 2, 4, 5, 6, 7, 7, 7, 7, 7)),
    rest,
)
"""Most begin with a session that is ready: seven steps of a venue that works."""


class World(Stage):
    """A stage that keeps account of what it is told to do."""

    def __init__(self) -> None:
        dialect = Dialect()
        dialect.beating = [Beat(9 * NS_PER_S, dialect.beat, "beat"),
                           Beat(13 * NS_PER_S, dialect.beat, "vital", vital=True)]  # fmt: skip
        super().__init__(dialect)
        self.asked: list[int] = []
        self.opening: list[int] = []
        self.sent: Counter[str] = Counter()
        self.reported: Counter[str] = Counter()
        self.requests: list[str] = []
        self.up = False

    def take(self, actions: list[Action]) -> list[Action]:
        for action in actions:
            if isinstance(action, Up):
                self.up = True
            elif isinstance(action, Down):
                self.up = False
            elif isinstance(action, AskRest):
                self.asked.append(action.number)
                if action.call.path.startswith("/order/"):
                    assert self.up, "a request of the engine after Down or before Up"
                    self.sent[action.call.path.removeprefix("/order/")] += 1
            elif isinstance(action, SendLine) and action.request:
                assert self.up
                self.sent[action.request.decode().split()[1]] += 1
            elif isinstance(action, Open):
                self.opening.append(action.line)
            elif isinstance(action, ToEngine) and action.data.startswith(b"unsent "):
                self.reported[action.data.decode().split()[2]] += 1
            elif isinstance(action, Found):
                assert self.session.phase is Phase.FOUND
        assert self.up == self.session.ready
        return super().take(actions)

    def do(self, what: str, a: int, b: int) -> None:
        session, now_ns = self.session, self.now_ns
        if what == "go":
            self.forward()
        elif what == "request":
            text = f"{KINDS[a % len(KINDS)]} {len(self.requests)}"
            self.requests.append(text)
            self.request(text)
        elif what == "answer" and self.asked:
            reply = Reply(status=STATUSES[a % len(STATUSES)], body=BODIES[b % len(BODIES)],
                          retry_after_ns=(a % 3) * 20 * NS_PER_S)  # fmt: skip
            self.take(session.answered(self.asked[b % len(self.asked)], reply, now_ns))
        elif what == "open" and self.opening:
            self.take(session.opened(self.opening[b % len(self.opening)], now_ns))
        elif what == "close" and self.opening and a < 8:
            self.take(session.closed(self.opening[b % len(self.opening)], "cut", now_ns))
        elif what == "frame" and self.opening:
            text = FRAMES[a % len(FRAMES)].encode()
            self.take(session.frame(self.opening[b % len(self.opening)], text, now_ns))
        elif what == "pass":
            self.pass_s(a / 4)
        elif what == "wake":
            self.wake()
        elif what == "stop" and a < 3:
            self.take(session.stop())
        elif what == "start" and session.phase is Phase.OFF:
            self.start()
        elif what == "again":
            self.take(session.again(now_ns))
        elif what == "used":
            self.budget.said(60 * NS_PER_S, a * 4, now_ns)
        elif what == "stranger":
            self.take(session.answered(10**6 + a, Reply(status=429 if b < 3 else 200), now_ns))
            self.take(session.opened(10**6 + a, now_ns))

    def forward(self) -> None:
        """What a venue that works would do next."""
        session, now_ns = self.session, self.now_ns
        if session.phase is Phase.OFF:
            self.start()
        elif session.phase is Phase.FOUND:
            self.take(session.accept(now_ns))
        elif session.phase is Phase.WAITING:
            self.wake()
        elif self.opening and any(not line.open for line in session.lines.values()):
            self.take(session.opened(self.opening[-1], now_ns))
        elif session.phase is Phase.ESTABLISHING and len(session.lines) == 2:
            self.hear("orders", "reply 1")
        elif self.asked:
            self.take(session.answered(self.asked[-1], Reply(status=200, body=b"{}"), now_ns))

    def wake(self) -> None:
        """To the next time that the session asked for; after it, it asks for a later one."""
        wake_ns = self.session.wake_ns()
        if wake_ns is not None:
            self.now_ns = max(self.now_ns, wake_ns)
            self.take(self.session.timer(self.now_ns))
            later_ns = self.session.wake_ns()
            assert later_ns is None or later_ns > self.now_ns


@settings(max_examples=400)
@given(inputs)
def test_any_sequence_of_inputs(sequence: list[Input]) -> None:
    world = World()
    for what, a, b in sequence:
        world.do(what, a, b)
    world.take(world.session.stop())
    for text in world.requests:
        kind, number = text.split()
        sent, reported = world.sent[number], world.reported[number]
        assert sent <= (TRIES_MAX if kind == "cancel" else 1)
        assert reported <= 1
        if kind == "late":
            assert (sent, reported) == (0, 0)
        else:
            assert bool(sent) != bool(reported), "sent or reported, never both or neither"


@settings(max_examples=100)
@given(inputs)
def test_a_session_is_ready_again_whatever_was(sequence: list[Input]) -> None:
    world = World()
    for what, a, b in sequence:
        world.do(what, a, b)
    world.pass_s(200)
    for _ in range(200):
        if world.session.ready:
            break
        before = len(world.said)
        world.forward()
        if len(world.said) == before:
            world.wake()
    assert world.session.ready


def test_the_same_inputs_give_the_same_actions() -> None:
    seen = []
    for _ in range(2):
        world = World()
        for k in range(300):
            world.do(("go", "request", "pass", "frame", "answer")[k % 5], k * 7 % 31, k * 3 % 31)
        seen.append(world.said)
    assert repr(seen[0]) == repr(seen[1])
    assert len(seen[0]) > 50
