"""A driver of order sessions: real sockets, a scripted dialect, a desk that remembers."""

import asyncio
from random import Random

import pytest
from venues.live import live
from venues.order_scripts import Dialect
from venues.transport.links import backend, run
from venues.transport.loopback import CLOSE, TEXT, Peer, Server, frame

from tickpath.venues.budget import Budget
from tickpath.venues.endpoints import Endpoints
from tickpath.venues.order_driver import OrderDriver, reply_of
from tickpath.venues.order_session import OrderSession, Phase
from tickpath.venues.order_steps import Reply, Standing, Verdict
from tickpath.venues.session_actions import NS_PER_S
from tickpath.venues.transport.rest import RETRY_AFTER_S_MAX, Outcome, OutcomeKind, RestClient

web = live("aiohttp.web")


class Desk:
    """Remembers, and wakes whoever waits."""

    def __init__(self, *verdicts: Verdict) -> None:
        self.verdicts = list(verdicts) or [Verdict.GO]
        self.frames: list[bytes] = []
        self.venue: list[tuple[bool, str]] = []
        self.found = 0
        self.changed = asyncio.Event()

    def on_order_frame(self, venue: int, data: bytes, t_ns: int) -> None:
        self.frames.append(data)
        self.changed.set()

    def on_venue(self, venue: int, up: bool, why: str) -> None:
        self.venue.append((up, why))
        self.changed.set()

    def on_found(self, venue: int, standing: Standing, last: bool) -> Verdict:
        self.found += 1
        self.changed.set()
        return self.verdicts.pop(0) if len(self.verdicts) > 1 else self.verdicts[0]


class Rig:
    """A venue of one HTTP and one WebSocket server, and a driver towards it."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self.paths: list[str] = []
        self.lines: list[Peer] = []
        self.alerts: list[str] = []

    async def http(self, request: "web.Request") -> "web.Response":
        self.paths.append(request.path)
        return web.json_response({"frames": ["standing"]} if request.path == "/orders" else {})

    async def line(self, peer: Peer) -> None:
        try:
            await peer.upgrade()
            self.lines.append(peer)
            while True:
                opcode, data = await peer.receive()
                if opcode == CLOSE:
                    return
                answer = b"reply 1" if data.startswith(b"login") else b"heard " + data
                peer.send(frame(TEXT, answer))
        except (EOFError, ConnectionError):
            return

    async def __aenter__(self) -> "Rig":
        app = web.Application()
        app.router.add_route("*", "/{path:.*}", self.http)
        self.runner = web.AppRunner(app)
        await self.runner.setup()
        site = web.TCPSite(self.runner, "127.0.0.1", 0)
        await site.start()
        self.server = Server(self.line)
        await self.server.__aenter__()
        host, port = self.runner.addresses[0][:2]
        self.rest = RestClient(f"http://{host}:{port}")
        await self.rest.__aenter__()
        self.session = OrderSession(
            Dialect(), {name: Endpoints([self.server.url]) for name in Dialect.lines},
            Budget([(60 * NS_PER_S, 1000)]), list, Random(1))  # fmt: skip
        self.driver = OrderDriver(
            self.session, self.desk, venue=0, connect=backend("picows_client").connect,
            rest=self.rest, alert=self.alerts.append)  # fmt: skip
        self.driver.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.driver.close()
        await self.rest.__aexit__()
        await self.server.__aexit__()
        await self.runner.cleanup()

    async def until(self, condition: object) -> None:
        assert callable(condition)
        while not condition():
            self.desk.changed.clear()
            await self.desk.changed.wait()


def test_a_request_leaves_once_the_desk_has_accepted() -> None:
    async def work() -> None:
        desk = Desk()
        async with Rig(desk) as rig:
            rig.driver.request(b"line 1")
            assert desk.frames == [b"unsent line 1"], "reported at once, before anything is open"
            await rig.until(lambda: desk.venue)
            assert desk.venue == [(True, "")]
            assert desk.frames == [b"unsent line 1", b"standing"]
            rig.driver.request(b"line 2")
            rig.driver.request(b"rest 3")
            await rig.until(lambda: len(desk.frames) == 4)
            assert sorted(desk.frames[2:]) == [b"answer 200", b"heard signed line 2"]
            assert rig.paths == ["/token", "/orders", "/order/3"]
        assert desk.venue == [(True, ""), (False, "stopped")]
        rig.driver.request(b"line 4")
        assert desk.frames[-1] == b"unsent line 4"

    run(work())


def test_a_line_that_is_cut_comes_back_and_is_reconciled_first() -> None:
    async def work() -> None:
        desk = Desk()
        async with Rig(desk) as rig:
            await rig.until(lambda: desk.venue)
            rig.lines[0].reset()
            await rig.until(lambda: len(desk.venue) == 3)
            assert [up for up, _ in desk.venue] == [True, False, True]
            assert desk.found == 2
            assert rig.alerts

    run(work())


def test_a_message_that_a_link_does_not_take_is_reported() -> None:
    async def work() -> None:
        desk = Desk()
        async with Rig(desk) as rig:
            await rig.until(lambda: desk.venue)
            number = rig.session.lines["orders"].number
            rig.driver._carrier._links[number].close()
            before = len(desk.frames)
            rig.driver.request(b"line 5")
            assert desk.frames[before:] == [b"unsent line 5"]
            assert desk.venue[-1][0] is False
            assert rig.session.phase is Phase.WAITING

    run(work())


def test_what_is_not_accepted_ends_and_what_is_doubted_is_asked_again() -> None:
    async def work() -> None:
        desk = Desk(Verdict.AGAIN, Verdict.STOP)
        async with Rig(desk) as rig:
            await rig.until(lambda: desk.found == 2)
            assert rig.paths == ["/token", "/orders", "/orders"]
            assert rig.session.phase is Phase.OFF
            assert desk.venue == []

    run(work())


@pytest.mark.parametrize(
    ("outcome", "reply"),
    [
        (Outcome(kind=OutcomeKind.NOT_SENT), Reply(left=False)),
        (Outcome(kind=OutcomeKind.UNKNOWN, status=200, body=b"{"), Reply()),
        (
            Outcome(kind=OutcomeKind.ANSWERED, status=200, body=b"{}", sent_ns=1, done_ns=2),
            Reply(status=200, body=b"{}", sent_ns=1, received_ns=2),
        ),
    ],
)
def test_outcomes_as_scripts_see_them(outcome: Outcome, reply: Reply) -> None:
    assert reply_of(outcome) == reply


@pytest.mark.parametrize(
    ("said", "wait_s"),
    [("7", 7), ("", 0), ("-1", 0), ("soon", 0), ("\u0663", 0), ("9" * 30, RETRY_AFTER_S_MAX)],
)
def test_a_wait_is_believed_within_bounds(said: str, wait_s: int) -> None:
    outcome = Outcome(kind=OutcomeKind.ANSWERED, status=429, headers={"retry-after": said})
    assert reply_of(outcome).retry_after_ns == wait_s * NS_PER_S
