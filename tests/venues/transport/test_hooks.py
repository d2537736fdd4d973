"""Native hooks: an engine behind a link sends what it sends when it is driven directly."""

import json
import re
from typing import Any

import pytest
from venues.transport.links import Recorder, at, backend, run
from venues.transport.loopback import TEXT, Peer, Server, close_frame, frame

from tickpath.cli.bench_frames import FrameSet, frame_set
from tickpath.cli.bench_path import begin, bench_config
from tickpath.core.errors import ConfigError
from tickpath.engine.native import Engine
from tickpath.venues.transport.base import wall_ns
from tickpath.venues.transport.hooks import EngineHook, ReplyHook

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
