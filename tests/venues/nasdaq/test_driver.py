"""The driver over loopback sockets: storms, requests, silence, damage, and recorded captures."""

import asyncio
import os
import socket
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from random import Random
from typing import Any

import pytest
from support import FIXTURES, require
from venues.nasdaq.itch_day import Day
from venues.nasdaq.mold_server import LOCAL, MoldServer, Sink, reserved, storm
from venues.nasdaq.test_wire import ONE, stock_config

from tickpath.core.codes import Code
from tickpath.core.errors import BackendError
from tickpath.core.records import BookStatus
from tickpath.engine.native import Engine
from tickpath.venues.market_driver import EngineSink
from tickpath.venues.nasdaq import driver as driver_module
from tickpath.venues.nasdaq import itch
from tickpath.venues.nasdaq.captures import read_capture
from tickpath.venues.nasdaq.driver import MoldDriver
from tickpath.venues.nasdaq.lines import Address, Lines, Waits
from tickpath.venues.nasdaq.mold import HEADER, Timing, messages
from tickpath.venues.nasdaq.session import MoldSession
from tickpath.venues.transport import afxdp

MS = 10**6
WAITS = Waits(
    gaps=Timing(wait_ns=MS, request_ns=5 * MS, give_up_ns=20_000 * MS), quiet_ns=20_000 * MS
)
HASTY = Waits(gaps=Timing(wait_ns=MS, request_ns=2 * MS, give_up_ns=9 * MS), quiet_ns=20_000 * MS)
SOON = Waits(gaps=WAITS.gaps, quiet_ns=50 * MS)


def parts(seed: int, count: int) -> list[bytes]:
    day = Day(seed, ("AAPL",))
    return [*day.start(), *(day.next() for _ in range(count))]


@asynccontextmanager
async def driven(
    server: MoldServer, sink: Any, waits: Waits = WAITS, **changes: Any
) -> AsyncIterator[MoldDriver]:
    """A driver on the lines of a server, or on others."""
    lines = Lines(
        **{"lines": tuple(server.lines), "servers": (server.server,), "waits": waits, **changes}
    )
    session = MoldSession(
        [str(x) for x in lines.lines], [str(x) for x in lines.servers], Random(1), waits
    )
    driver = MoldDriver(session, sink, lines, source=0, alert=sink.alert)
    driver.start()
    receivers = list(driver.receivers.values())
    numbers = [receiver.fileno() for receiver in receivers]
    try:
        yield driver
    finally:
        receivers += driver.receivers.values()
        await driver.close()
        assert driver.receivers == {}
        assert {receiver.fileno() for receiver in receivers} == {-1}
        assert driver._wake._timer is None
        loop = asyncio.get_running_loop()
        assert not any(loop.remove_reader(number) for number in numbers)


Scene = Callable[[MoldServer], Awaitable[None]]


def play(scene: Scene, messages_sent: list[bytes], **more: Any) -> None:
    """A scene beside a server; nothing is left running after it, and nothing went to the loop's
    handler of exceptions."""
    errors: list[Any] = []

    async def whole() -> None:
        asyncio.get_running_loop().set_exception_handler(lambda _, what: errors.append(what))
        with MoldServer(messages_sent, ONE, **more) as server:
            await scene(server)
        assert errors == []
        assert asyncio.all_tasks() == {asyncio.current_task()}

    asyncio.run(whole())


@pytest.mark.parametrize("receive", ["udp", "udp-busy"])
@pytest.mark.parametrize(("seed", "most"), [(1, 40), (2, 1), (3, 7)])
def test_a_storm_on_both_lines_comes_out_whole(receive: str, seed: int, most: int) -> None:
    sent = parts(seed, 300)

    async def scene(server: MoldServer) -> None:
        sink = Sink()
        async with driven(server, sink, receive=receive) as driver:
            for line, data in storm(server, seed):
                server.send(line, data)
            server.send(0, server.end)
            server.send(1, server.end)
            await sink.until(lambda: sink.told("ended after") == 1)
            session = driver.session
            assert sink.messages == sent
            assert sink.restarts == [0]
            assert session.counters.foreign > 0
            assert session.receiver.counters["lost"] == 0
            assert len(server.asked) == session.counters.requests > 0
            assert {line["refused"] > 0 for line in session.receiver.lines[:2]} == {True}

    play(scene, sent, most=most)


class EngineDoor(Sink):
    """An engine behind the sink."""

    def __init__(self, engine: Any) -> None:
        super().__init__()
        self.engine = engine
        self.door = EngineSink(engine)
        self.codes: list[int] = []
        self.seen: tuple[int, list[list[tuple[int, int]]]] = (0, [])
        """Status and levels of the book after the last frame."""

    def on_market_frame(self, source: int, data: bytes, t_ns: int) -> int:
        self.codes.append(self.door.on_market_frame(source, data, t_ns))
        book = self.engine.stages.books[0]
        depths = [[(p * 100, q) for p, q in book.depth(side, 999)] for side in range(2)]
        self.seen = (self.status, depths)
        super().on_market_frame(source, data, t_ns)
        return self.codes[-1]

    def restart(self, source: int, t_ns: int) -> int:
        self.door.restart(source, t_ns)
        return super().restart(source, t_ns)

    @property
    def status(self) -> int:
        return int(self.engine.stages.books[0].top(1).status)


class Stamped:
    """A receiver that has one packet, stamped long ago."""

    def __init__(self, inner: Any, data: bytes) -> None:
        self.inner, self.data = inner, data

    def __getattr__(self, name: str) -> Any:
        return getattr(self.inner, name)

    def receive(self, most: int) -> list[tuple[int, bytes]]:
        return [(123, self.data)]


def test_a_server_that_never_answers_leaves_a_stale_book() -> None:
    async def scene(server: MoldServer) -> None:
        sink = EngineDoor(Engine(stock_config("AAPL")))
        async with driven(server, sink, HASTY):
            server.send(0, *server.sent[:40])
            await sink.until(lambda: len(sink.frames) == 40)
            assert sink.status == BookStatus.OK
            server.send(0, *server.sent[42:50])
            await sink.until(lambda: len(sink.frames) == 48)
            assert sink.status == BookStatus.STALE
            assert sink.codes[40] == Code.FEED_GAP
            assert sink.told("holes that were lost, now 121..126") == 1
            assert sink.told("packets with FEED_GAP: 1") == 1
            assert server.asked[0] == (121, 6)
            server.send(1, *server.sent[50:60])
            await sink.until(lambda: len(sink.frames) == 58)
            assert sink.status == BookStatus.STALE

    play(scene, parts(5, 300), mute=True)


def test_a_session_joined_in_the_middle_never_has_a_book() -> None:
    async def scene(server: MoldServer) -> None:
        sink = EngineDoor(Engine(stock_config("AAPL")))
        async with driven(server, sink, HASTY, servers=()):
            server.send(1, *server.sent[30:])
            await sink.until(lambda: len(sink.frames) == len(server.sent) - 30)
            assert sink.status != BookStatus.OK
            assert sink.engine.stages.feed.waiting(0)
            assert sink.told("now 1..90") == 1

    play(scene, parts(6, 300))


def test_silence_of_all_lines_makes_the_book_stale_and_new_trading_brings_it_back() -> None:
    """What the venue did in the silence comes from the server; a resumption gives the book."""
    day = Day(7, ("AAPL",))
    sent = [*day.start(), *(day.next() for _ in range(200))]
    sent.append(day.message("H", 0, stock="AAPL", state="T", reserved="", reason=""))
    sent += [day.next() for _ in range(9)]

    async def scene(server: MoldServer) -> None:
        sink = EngineDoor(Engine(stock_config("AAPL")))
        async with driven(server, sink, SOON):
            server.send(0, *server.sent[:20])
            await sink.until(lambda: sink.told("no line brings packets") == 1)
            assert (sink.restarts, sink.status) == ([0], BookStatus.STALE)
            assert sink.told("line A is quiet") == sink.told("line B is quiet") == 1
            server.send(0, *server.sent[40:])
            await sink.until(lambda: sink.messages == sent)
            assert sink.told("line A brings packets") == 1
            depths = [day.book.depth(0, side) for side in range(2)]
            assert sink.seen == (BookStatus.OK, depths)

    play(scene, sent)


def test_a_datagram_of_a_stranger_is_no_answer() -> None:
    async def scene(server: MoldServer) -> None:
        sink = Sink()
        async with driven(server, sink) as driver:
            server.send(0, server.sent[0])
            await sink.until(lambda: len(sink.frames) == 1)
            port = driver.receivers[2].link.getsockname()[1]  # type: ignore[union-attr]
            server.out.sendto(server.sent[1], (LOCAL, port))
            server.send(0, server.sent[2])
            await sink.until(lambda: len(sink.frames) == 3)
            assert driver.session.receiver.lines[2]["packets"] == 1, "the answer to the request"
            assert server.asked == [(4, 3)]

    play(scene, parts(8, 30))


def test_nobody_at_the_servers_port_is_told_and_the_stream_goes_on() -> None:
    async def scene(server: MoldServer) -> None:
        sink = Sink()
        holder, nobody = reserved()
        holder.close()
        async with driven(server, sink, servers=(nobody,)):
            server.send(0, server.sent[0], server.sent[2])
            await sink.until(lambda: sink.told("requests that server 1 did not get") > 0)
            server.send(1, server.sent[1])
            await sink.until(lambda: len(sink.frames) == 3)
            assert sink.messages == parts(9, 30)[:9]

    play(scene, parts(9, 30))


def test_a_request_that_does_not_leave_is_told() -> None:
    async def scene(server: MoldServer) -> None:
        sink = Sink()
        async with driven(server, sink) as driver:
            driver._send(2, bytes(70_000))
            assert sink.told("requests that server 1 did not get (Message too long): 1") == 1
            assert 2 in driver.receivers

    play(scene, parts(18, 9))


def test_a_line_that_cannot_be_opened_is_told_and_the_other_carries_the_stream() -> None:
    sent = parts(10, 60)

    async def scene(server: MoldServer) -> None:
        sink = Sink()
        elsewhere = Address("192.0.2.1", server.lines[0].port)
        async with driven(server, sink, lines=(elsewhere, server.lines[1])) as driver:
            assert sink.told("line A at 192.0.2.1") == 1
            server.send(1, *server.sent, server.end)
            await sink.until(lambda: sink.told("ended after") == 1)
            assert sink.messages == sent
            assert driver.kinds == {1: "udp"}

    play(scene, sent)


def test_a_receiver_that_breaks_is_opened_again() -> None:
    sent = parts(11, 60)

    async def scene(server: MoldServer) -> None:
        sink = Sink()
        async with driven(server, sink) as driver:
            server.send(0, *server.sent[:5])
            await sink.until(lambda: len(sink.frames) == 5)
            with Path(os.devnull).open() as other:
                os.dup2(other.fileno(), driver.receivers[0].fileno())
            driver._readable(0)
            assert sink.told("ENOTSOCK") == 1
            assert 0 not in driver.receivers
            while 0 not in driver.receivers:
                await asyncio.sleep(0)
            server.send(0, *server.sent[5:], server.end)
            await sink.until(lambda: sink.told("ended after") == 1)
            assert sink.messages == sent

    play(scene, sent)


def test_a_receiver_that_cannot_be_counted_is_opened_again() -> None:
    class Mute(Stamped):
        def statistics(self) -> dict[str, int]:
            raise BackendError("statistics cannot be read")

    async def scene(server: MoldServer) -> None:
        sink = Sink()
        async with driven(server, sink) as driver:
            driver.receivers[1] = Mute(driver.receivers[1], server.sent[0])
            driver._timer()
            assert sink.told("line B") == sink.told("statistics cannot be read") == 1
            assert len(sink.frames) == 1
            while 1 not in driver.receivers:
                await asyncio.sleep(0)
            server.send(1, server.sent[1])
            await sink.until(lambda: len(sink.frames) == 2)

    play(scene, parts(19, 30))


def test_one_line_and_two_servers() -> None:
    sent = parts(20, 90)

    async def scene(server: MoldServer) -> None:
        sink = Sink()
        with MoldServer(sent, ONE) as other:
            servers = (server.server, other.server)
            async with driven(server, sink, lines=(server.lines[0],), servers=servers):
                server.send(0, *server.sent[::5], server.end)
                await sink.until(lambda: sink.told("ended after") == 1)
                assert sink.messages == sent
                assert min(len(server.asked), len(other.asked)) > 0

    play(scene, sent)


def test_datagrams_that_are_too_long_are_told() -> None:
    async def scene(server: MoldServer) -> None:
        sink = Sink()
        async with driven(server, sink, SOON):
            server.send(0, server.sent[0], server.sent[1] + bytes(9217))
            await sink.until(lambda: sink.told("datagrams of line A that were dropped: 1") == 1)
            assert sink.messages == parts(12, 30)[:3]

    play(scene, parts(12, 30))


def test_what_the_kernel_drops_is_told() -> None:
    async def scene(server: MoldServer) -> None:
        sink = Sink()
        async with driven(server, sink, SOON) as driver:
            for _ in range(4000):
                server.send(0, bytes(9216))
            while driver.session.receiver.lines[0]["packets"] < 10:
                await asyncio.sleep(0)
            server.send(0, server.sent[0])
            await sink.until(lambda: sink.told("datagrams of line A that were dropped") > 0)
            await sink.until(lambda: len(sink.frames) > 0)

    play(scene, parts(16, 30))


class Clock:
    """The driver's monotonic clock, moved by hand."""

    def __init__(self) -> None:
        self.now_ns = time.monotonic_ns()

    def monotonic_ns(self) -> int:
        return self.now_ns


def test_a_late_loop_is_no_silence(monkeypatch: pytest.MonkeyPatch) -> None:
    """The process stood still: what waits in the sockets is read before anything is given up."""
    clock = Clock()
    monkeypatch.setattr(driver_module, "time", clock)
    sent = parts(13, 900)

    async def scene(server: MoldServer) -> None:
        sink = Sink()
        async with driven(server, sink, servers=()) as driver:
            server.send(0, server.sent[0], server.sent[2])
            await sink.until(lambda: len(sink.frames) == 1)
            while driver.session.receiver.lines[0]["packets"] < 2:
                await asyncio.sleep(0)
            server.send(0, *server.sent[3:])
            server.send(1, *server.sent)
            clock.now_ns += 100_000 * MS
            driver._timer()
            assert sink.messages == sent
            assert sink.alerts == [f"session {ONE.decode()!r} begins"]

    play(scene, sent)


def test_packets_of_a_group_have_the_time_at_which_they_came() -> None:
    sent = parts(14, 60)

    async def scene(server: MoldServer) -> None:
        sink = Sink()
        groups = tuple(
            Address(f"239.255.77.{k}", line.port, "lo") for k, line in enumerate(server.lines, 1)
        )
        assert groups[0].group
        server.out.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, socket.inet_aton(LOCAL))
        before_ns = time.time_ns()
        async with driven(server, sink, lines=groups):
            for k, data in enumerate([*server.sent, server.end]):
                server.out.sendto(data, (groups[k % 2].host, groups[k % 2].port))
            await sink.until(lambda: sink.told("ended after") == 1)
        assert sink.messages == sent
        assert all(before_ns <= t_ns <= time.time_ns() for _, _, t_ns in sink.frames)

    play(scene, sent)


def test_a_packet_keeps_the_time_that_its_receiver_gave_it() -> None:
    async def scene(server: MoldServer) -> None:
        sink = Sink()
        async with driven(server, sink) as driver:
            driver.receivers[0] = Stamped(driver.receivers[0], server.sent[0])
            assert driver._read(0) == 1
            assert sink.frames == [(0, server.sent[0], 123)]

    play(scene, parts(17, 30))


def test_the_best_receiver_that_can_be_had_carries_the_stream() -> None:
    """Past the kernel's stack where this host allows it; else by a socket, and why is told."""
    sent = parts(15, 200)

    async def scene(server: MoldServer) -> None:
        sink = Sink()
        lines = tuple(Address(x.host, x.port, "lo") for x in server.lines)
        async with driven(server, sink, lines=lines, receive="auto") as driver:
            server.send(0, *server.sent[::2], server.end)
            server.send(1, *server.sent[1::2], server.end)
            await sink.until(lambda: sink.told("ended after") == 1)
            assert sink.messages == sent
            assert driver.kinds[0].startswith("afxdp") or sink.told("line A: udp: ") == 1
            if not afxdp.probe("lo").ok:
                assert driver.kinds == {0: "udp", 1: "udp"}

    play(scene, sent)


CAPTURES = {
    "AddOrderNoMpidAttributionMessage": [(14757721, "A")],
    "MarketParticipantPositionMessage": [(17861990, "L")],
    "Multiple.Packets": [(14764496, "D"), (19009117, "AAAAAAAAFAAAAFAAAAAAAAAAAAAAAAAAAAAAAA")],
    "OrderDeleteMessage": [(14757722, "D")],
    "OrderReplaceMessage": [(14757701, "U")],
    "StockTradingActionMessage": [(34147961, "H")],
}
"""Packets by their first sequence and the types of their messages."""


@pytest.mark.recordings
@pytest.mark.parametrize("name", CAPTURES)
@pytest.mark.parametrize("line", [0, 1])
def test_recorded_packets_come_through_as_they_were(name: str, line: int) -> None:
    path = require(FIXTURES / f"nasdaq/itch50/{name}.pcap")
    sent = [data for _, data in read_capture(path).packets]
    wanted = CAPTURES[name]

    async def scene(server: MoldServer) -> None:
        sink = EngineDoor(Engine(stock_config("AAPL")))
        async with driven(server, sink, HASTY) as driver:
            server.send(line, *sent)
            server.send(1 - line, *sent)
            await sink.until(lambda: len(sink.frames) == len(wanted))
            found = [data for _, data, _ in sink.frames]
            assert found == sent
            for data, (sequence, kinds) in zip(found, wanted, strict=True):
                parted = messages(data) or []
                assert HEADER.unpack_from(data)[1] == sequence
                assert "".join(chr(x[0]) for x in parted) == kinds
                assert {itch.check(x) for x in parted} == {Code.OK}
            assert sink.codes == [Code.FEED_GAP] * len(sent), "nothing before it was seen"
            assert sink.engine.stages.feed.waiting(0)
            last = wanted[-1][0] + len(wanted[-1][1])
            assert driver.session.receiver.next == last
            assert driver.session.receiver.counters["lost"] == last - 1 - sum(
                len(kinds) for _, kinds in wanted
            )

    play(scene, [])


def test_all_recorded_messages_are_named_above() -> None:
    packets = [row for found in CAPTURES.values() for row in found]
    assert (len(packets), sum(len(kinds) for _, kinds in packets)) == (7, 44)
