"""Native hooks: an engine behind a link sends what it sends when it is driven directly."""

import json
import random
import re
from dataclasses import replace
from typing import Any

import pytest
from venues.sim.loop_rig import FakeEngine
from venues.transport.links import Recorder, at, backend, run
from venues.transport.loopback import TEXT, Peer, Server, close_frame, frame

from tickpath.cli.bench_frames import FrameSet, frame_set
from tickpath.cli.bench_path import ANSWER, begin, bench_config
from tickpath.core.codes import Code
from tickpath.core.config import AlgorithmSpec
from tickpath.core.errors import ConfigError, DataError
from tickpath.core.limits import LIMITS
from tickpath.core.records import Intent, IntentKind, OrderState, OrderType, Side, algorithm_flags
from tickpath.engine.native import Engine
from tickpath.venues.splice import into_params
from tickpath.venues.transport.base import wall_ns
from tickpath.venues.transport.hooks import EngineHook, ReplyHook, spliced

NATIVE = ("picows_client", "polling")
STAMP = re.compile(rb'"timestamp":\d+')


@pytest.fixture(params=NATIVE)
def client(request: pytest.FixtureRequest) -> Any:
    return backend(request.param)


def test_a_reply_hook_answers_every_frame(client: Any) -> None:
    async def handler(peer: Peer) -> None:
        await peer.upgrade()
        for k in range(100):
            peer.send(frame(TEXT, b"x" * k) + frame(TEXT, b"y"))
            assert await peer.receive() == (TEXT, b"reply")
            assert await peer.receive() == (TEXT, b"reply")
        peer.send(close_frame(1000))
        await peer.gone()

    async def work() -> None:
        async with Server(handler) as server:
            listener, hook = Recorder(), ReplyHook(b"reply")
            link = await client.connect(at(server.url), listener, hook.capsule())
            await listener.end()
            assert hook.counters == (200, 0)
            assert listener.frames == []
            assert link.counters.frames_out == 200

    run(work())


def started(frames: FrameSet) -> Engine:
    """An engine with its book, brought from the benchmark's clock to the present."""
    engine = Engine(bench_config())
    begin(engine, frames)
    engine.on_timer(wall_ns())
    return engine


class Asked:
    """Frames for an engine, and what it answers when it is called directly."""

    def __init__(self, count: int) -> None:
        self.set = frame_set("depth9_json", count)
        blob, offsets = self.set.blob.tobytes(), self.set.offsets
        self.frames = [blob[offsets[k] : offsets[k + 1]] for k in range(count)]
        self.engine = started(self.set)
        self.orders = []
        for data in self.frames:
            self.engine.on_market_frame(0, data, wall_ns())
            self.orders += [data for _, _, data in self.engine.take_out()]


@pytest.mark.parametrize("members", [b"", b'"token":"T"'])
def test_an_engine_behind_a_link_sends_the_same_orders(client: Any, members: bytes) -> None:
    asked = Asked(40)
    assert len(asked.orders) > 10
    engine = started(asked.set)
    got: list[bytes] = []

    async def handler(peer: Peer) -> None:
        await peer.upgrade()
        assert await peer.receive() == (TEXT, b"ready")
        for data in asked.frames:
            peer.send(frame(TEXT, data))
        peer.send(frame(TEXT, b'{"result":null,"id":1}'))
        while len(got) < len(asked.orders):
            opcode, payload = await peer.receive()
            assert opcode == TEXT
            got.append(payload)
        peer.send(close_frame(1000))
        await peer.gone()

    async def work() -> None:
        async with Server(handler) as server:
            listener = Recorder()
            hook = EngineHook(engine.capsule(), 0)
            link = await client.connect(at(server.url), listener, hook.capsule())
            hook.attach(0, link, members)
            link.send(b"ready")
            await listener.end()
            frames, requests, unsent, _ = hook.counters
            assert (frames, requests, unsent) == (len(asked.frames) + 1, len(asked.orders), 0)
            assert listener.frames == [b'{"result":null,"id":1}'], "control frames are passed on"

    run(work())
    wanted = [STAMP.sub(b"", o) for o in asked.orders]
    found = [STAMP.sub(b"", o) for o in got]
    if members:
        assert all(json.loads(o)["params"]["token"] == "T" for o in got)
        found = [o.replace(members + b",", b"") for o in found]
    assert found == wanted


def test_what_may_wait_is_done_behind_the_requests_of_every_frame(client: Any) -> None:
    engine = FakeEngine(bench_config())

    async def handler(peer: Peer) -> None:
        await peer.upgrade()
        for _ in range(40):
            peer.send(frame(TEXT, b"{}"))
        peer.send(close_frame(1000))
        await peer.gone()

    async def work() -> None:
        async with Server(handler) as server:
            listener, hook = Recorder(), EngineHook(engine.capsule(), 0)
            await client.connect(at(server.url), listener, hook.capsule())
            await listener.end()
            assert hook.counters[1] > 0

    run(work())
    assert engine.caught_up == [("market", 0)] * 40


class Codes(Recorder):
    """Also remembers what the hook said of each frame."""

    def __init__(self) -> None:
        super().__init__()
        self.codes: list[int] = []

    def on_frame(self, link: Any, data: bytes, t_ns: int) -> None:
        super().on_frame(link, data, t_ns)
        self.codes.append(link.hook_code)


@pytest.mark.parametrize("orders", [False, True])
def test_whatever_an_engine_did_not_take_goes_on_with_its_code(client: Any, orders: bool) -> None:
    """A gap, a frame cut off, a report that is none: sessions act on more than control frames."""
    asked = Asked(6)
    engine, twin = started(asked.set), started(asked.set)
    frames = [*asked.frames[:2], asked.frames[4], b"{", b"[1]", b'{"result":null,"id":1}']
    drive = twin.on_order_frame if orders else twin.on_market_frame
    said = [(data, drive(0, data, wall_ns())) for data in frames]
    wanted = [(data, code) for data, code in said if code != Code.OK]
    codes = {code for _, code in wanted}
    expected = {Code.FEED_TRUNCATED, Code.EXECUTE_REPORT}
    if not orders:
        expected = {Code.FEED_TRUNCATED, Code.FEED_GAP, Code.FEED_CONTROL}
    assert expected <= codes

    async def handler(peer: Peer) -> None:
        await peer.upgrade()
        for data in frames:
            peer.send(frame(TEXT, data))
        peer.send(close_frame(1000))
        await peer.gone()

    async def work() -> None:
        async with Server(handler) as server:
            listener = Codes()
            hook = EngineHook(engine.capsule(), 0, orders)
            await client.connect(at(server.url), listener, hook.capsule())
            await listener.end()
            assert list(zip(listener.frames, listener.codes, strict=True)) == wanted

    run(work())


def test_reports_of_an_order_connection_reach_the_engine(client: Any) -> None:
    """Orders go out on the order link, its answers come back there; the market is another link."""
    asked = Asked(1)
    engine, twin = started(asked.set), started(asked.set)
    ((venue, own, _),) = orders_of(engine, asked.frames[0])
    answer = ANSWER % b"%016x" % own
    orders_of(twin, asked.frames[0])
    assert twin.on_order_frame(venue, answer, wall_ns()) == Code.OK
    ended = states(twin)
    assert ended != states(engine)

    async def handler(peer: Peer) -> None:
        await peer.upgrade()
        peer.send(frame(TEXT, answer) + close_frame(1000))
        await peer.gone()

    async def work() -> None:
        async with Server(handler) as server:
            listener = Recorder()
            hook = EngineHook(engine.capsule(), venue, orders=True)
            await client.connect(at(server.url), listener, hook.capsule())
            await listener.end()
            assert hook.counters[0] == 1
            assert listener.frames == []

    run(work())
    assert states(engine) == ended


def states(engine: Engine) -> list[OrderState]:
    return [OrderState(order.state) for order in engine.stages.execute.orders()]


def orders_of(engine: Engine, data: bytes) -> list[tuple[int, int, bytes]]:
    """What one market frame made an engine send."""
    assert engine.on_market_frame(0, data, wall_ns()) == Code.OK
    return engine.take_out()


WAIT_NS = 30_000_000


def test_an_engines_timers_fall_due_without_any_frame(client: Any) -> None:
    """An order that is worked by time alone, on a link where nothing comes."""
    asked = Asked(1)
    algorithm = AlgorithmSpec(name="twap", kind="twap", slices=3, price="cross")
    engine = Engine(replace(bench_config(), algorithms=(algorithm,)))
    begin(engine, asked.set)
    orders_of(engine, asked.frames[0])
    got: list[dict[str, Any]] = []

    async def handler(peer: Peer) -> None:
        await peer.upgrade()
        got.append(json.loads((await peer.receive())[1]))
        peer.send(close_frame(1000))
        await peer.gone()

    async def work() -> None:
        async with Server(handler) as server:
            now_ns = wall_ns()
            intent = Intent(
                kind=IntentKind.SUBMIT, strategy=0, instrument=0, side=Side.BUY,
                type=OrderType.MARKET, quantity_lots=3000, flags=algorithm_flags(0),
                at_ns=now_ns + WAIT_NS, expire_ns=now_ns + 100 * WAIT_NS,
            )  # fmt: skip
            assert engine.stages.execute.park(intent, engine.seq, engine.now_ns) == Code.OK
            hook = EngineHook(engine.capsule(), 0)
            listener = Recorder(on_open=lambda link: hook.attach(0, link))
            await client.connect(at(server.url), listener, hook.capsule())
            await listener.end()
            frames, requests, unsent, timers = hook.counters
            assert (frames, requests, unsent) == (0, 1, 0)
            assert timers >= 1

    run(work())
    (order,) = got
    assert (order["method"], order["params"]["side"]) == ("order.place", "BUY")


FRAMES = (
    b'{"params":{}}', b'{"params":{"a":1}}', b'{"params" : \n{ }}', b'{"params"\t:\r\n{ "a":{}}}',
    b'{"id":"params","params":{"b":[]}}', b'{"x":"\\"params\\":{","params":{"c":1}}',
    b'{"params":[],"params":{"a":1}}', b'{"params":{', b'{"params":{ ',
    b"{}", b"", b'{"params":', b'{"params"', b'{"params":[1]}', b'{"params" x{}}', b'"params"  ',
)  # fmt: skip


@pytest.mark.parametrize("data", FRAMES)
def test_members_go_where_the_python_splice_puts_them(data: bytes) -> None:
    for members in (b'"token":"T"', b'"a":1,"b":2'):
        try:
            wanted = into_params(data, members)
        except DataError:
            wanted = None
        assert spliced(data, members) == wanted


def test_random_requests_are_spliced_alike() -> None:
    rng = random.Random(5)
    parts = (b'"params"', b":", b"{", b"}", b" ", b"\n", b'"', b"\\", b"a", b",", b"\0", b"\xff")
    for _ in range(3_000):
        data = b"".join(rng.choices(parts, k=rng.randrange(12)))
        try:
            wanted = into_params(data, b'"t":1')
        except DataError:
            wanted = None
        assert spliced(data, b'"t":1') == wanted


def test_a_request_too_long_to_splice_is_refused() -> None:
    least = b'{"params":{}}'
    room = LIMITS["order_bytes_max"] + 512
    for extra, fits in ((room - len(least) - 1, True), (room - len(least), False)):
        assert (spliced(least, b"x" * extra) is not None) == fits


def test_a_request_without_a_link_is_counted_unsent(client: Any) -> None:
    asked = Asked(5)
    engine = started(asked.set)

    async def handler(peer: Peer) -> None:
        await peer.upgrade()
        for data in asked.frames:
            peer.send(frame(TEXT, data))
        peer.send(close_frame(1000))
        await peer.gone()

    async def work() -> None:
        async with Server(handler) as server:
            listener = Recorder()
            hook = EngineHook(engine.capsule(), 0)
            await client.connect(at(server.url), listener, hook.capsule())
            await listener.end()
            assert hook.counters[:3] == (5, len(asked.orders), len(asked.orders))

    run(work())


def test_attaching_is_bounded() -> None:
    engine = Engine(bench_config())
    hook = EngineHook(engine.capsule(), 0)
    for venue, members in ((-1, b""), (99, b""), (0, b"x" * 600)):
        with pytest.raises(ConfigError):
            hook.attach(venue, None, members)
    with pytest.raises(ValueError, match="Capsule"):
        EngineHook(hook.capsule(), 0)
