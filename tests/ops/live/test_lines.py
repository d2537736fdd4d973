"""A venue of datagrams in [live]: its keys, its check, whole runs beside a venue with orders."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("aiohttp", reason="extra `live` is not installed")

from live_stand import SPOT, with_venues, write_config
from live_text import load, mistake
from test_runner import make, until
from venues.nasdaq.itch_day import Day
from venues.nasdaq.mold_server import MoldServer, reserved
from venues.nasdaq.test_wire import ONE

from tickpath.cli.main import main
from tickpath.core.records import BookStatus
from tickpath.ops.live.check import check_all
from tickpath.ops.live.runner import LiveRun
from tickpath.ops.live.session import Mode
from tickpath.ops.live.status import StatusLine
from tickpath.venues.nasdaq.lines import Address, Lines, usual_waits
from tickpath.venues.nasdaq.mold import Timing
from tickpath.venues.sim.server.host import VenueHost

MS = 10**6
SOURCE = '[[sources]]\nvenue = "nasdaq"\nsymbols = ["AAPL"]\n'
ENTRY = '[[live.venues]]\nname = "nasdaq"\n'
HEAD = f'{SOURCE}[balances]\nUSD = "1000"\n[live]\nstate = "state"\n{ENTRY}'
LINES = 'lines = ["233.54.12.111:26477@eth1", "233.49.196.111:26478@eth2"]\n'


def test_what_is_not_said_has_the_venues_default(tmp_path: Path) -> None:
    (entry,) = load(tmp_path, HEAD + 'lines = ["10.0.0.1:9"]\n').venues
    assert entry.datagrams == Lines(lines=(Address("10.0.0.1", 9),), waits=usual_waits())
    assert entry.datagrams.waits.quiet_ns == 3 * 10**9
    assert entry.datagrams.waits.gaps == Timing()
    assert (entry.keys, entry.urls, entry.rest, entry.production) == ("", {}, "", False)


WHOLE = f"""{HEAD}{LINES}servers = ["10.0.0.1:18001", "10.0.0.2:18001"]
receive = "auto"
frames = 8192
wait_us = 500
request_ms = 20
give_up_ms = 10000
quiet_ms = 5000
"""


def test_every_key_is_read(tmp_path: Path) -> None:
    (entry,) = load(tmp_path, WHOLE).venues
    lines = entry.datagrams
    assert lines is not None
    assert lines.lines == (
        Address("233.54.12.111", 26477, "eth1"), Address("233.49.196.111", 26478, "eth2")
    )  # fmt: skip
    assert [line.group for line in lines.lines] == [True, True]
    assert [str(x) for x in lines.servers] == ["10.0.0.1:18001", "10.0.0.2:18001"]
    assert (lines.receive, lines.frames) == ("auto", 8192)
    gaps = lines.waits.gaps
    assert (gaps.wait_ns, gaps.request_ns, gaps.give_up_ns) == (MS // 2, 20 * MS, 10_000 * MS)
    assert lines.waits.quiet_ns == 5000 * MS


MISTAKES: list[tuple[str, str, str]] = [
    (LINES, "", "lines is missing"),
    (LINES, "lines = []\n", "lines names 0: name 1 to 2"),
    (LINES, 'lines = ["10.0.0.1:1", "10.0.0.1:2", "10.0.0.1:3"]\n', "lines names 3"),
    (LINES, 'lines = ["10.0.0.1:1", "10.0.0.1:1"]\n', "names '10.0.0.1:1' twice"),
    (LINES, "lines = 2\n", "lines is an integer"),
    (LINES, 'lines = ["feed.test:1"]\n', "'feed.test' is no IPv4 address"),
    (LINES, 'lines = ["10.0.0.1"]\n', "'' is no IPv4 address"),
    (LINES, 'lines = ["10.0.0.1:0"]\n', "'0' is no port"),
    (LINES, 'lines = ["10.0.0.1:65536"]\n', "'65536' is no port"),
    (LINES, 'lines = ["10.0.0.1:-1"]\n', "'-1' is no port"),
    (LINES, 'lines = ["10.0.0.1:1@"]\n', "no interface behind the @"),
    ("@eth2", "@eth1", "write another @INTERFACE"),
    ("@eth2", "", "write another @INTERFACE"),
    ('"10.0.0.2:18001"', '"10.0.0.2:1", "10.0.0.3:1"', "servers names 3: name 0 to 2"),
    ('"10.0.0.2:18001"', '"239.0.0.1:1"', "write HOST:PORT of a host"),
    ('"10.0.0.2:18001"', '"10.0.0.2:1@eth1"', "write HOST:PORT of a host"),
    ('receive = "auto"', 'receive = "tcp"', "receive is 'tcp': choose one of"),
    ("frames = 8192", "frames = 8191", "frames is 8191: write a power of two"),
    ("frames = 8192", "frames = 32", "frames is 32: write 64.."),
    ("wait_us = 500", "wait_us = -1", "wait_us is -1"),
    ("request_ms = 20", "request_ms = 0", "request_ms is 0"),
    ("give_up_ms = 10000", "give_up_ms = 10001", "give_up_ms is 10001: write 1..10000"),
    ("quiet_ms = 5000", "quiet_ms = 9", "quiet_ms is 9"),
    ("quiet_ms = 5000", 'keys = "main"', "keys"),
    ("quiet_ms = 5000", 'rest = "https://a.test"', "rest"),
    (SOURCE, SOURCE + SOURCE.replace("AAPL", "MSFT"), "nasdaq has 2 sources"),
]


@pytest.mark.parametrize(("right", "wrong", "said"), MISTAKES)
def test_a_mistake_is_one_line_with_its_place(
    tmp_path: Path, right: str, wrong: str, said: str
) -> None:
    assert said in mistake(tmp_path, WHOLE, right, wrong)


def itch_day() -> tuple[Day, list[bytes]]:
    day = Day(3, ("AAPL",))
    return day, [*day.start(), *(day.next() for _ in range(600))]


def entry_of(server: MoldServer, more: str = "") -> str:
    texts = ", ".join(f'"{line}"' for line in server.lines)
    return f'{ENTRY}lines = [{texts}]\nservers = ["{server.server}"]\n{more}'


@pytest.mark.parametrize("mute", [False, True])
def test_the_check_says_what_lines_bring_and_whether_a_server_answers(
    tmp_path: Path, mute: bool
) -> None:
    async def scene() -> list[Any]:
        with MoldServer(itch_day()[1], ONE, mute=mute) as server:
            text = HEAD.removesuffix(ENTRY) + entry_of(server, "quiet_ms = 200\n")
            (tmp_path / "run.toml").write_text(text)
            task = asyncio.create_task(check_all(tmp_path / "run.toml"))
            while not task.done():
                server.send(0, server.sent[5])
                server.send(1, server.sent[5])
                await asyncio.sleep(0.001)
            return await task

    rows = asyncio.run(scene())
    findings = {found.what: found for _, found in rows}
    assert list(findings) == ["line A", "line B", "server 1"]
    for name in ("line A", "line B"):
        assert findings[name].ok
        assert "of session SESSION001" in findings[name].found
    assert findings["server 1"].ok is not mute
    assert ("no answer" in findings["server 1"].found) is mute


def test_the_check_says_which_lines_are_silent_or_cannot_be_opened(tmp_path: Path) -> None:
    holder, silent = reserved()
    text = f'lines = ["{silent}", "192.0.2.1:9"]\nservers = ["10.0.0.1:9"]\nquiet_ms = 20\n'
    (tmp_path / "run.toml").write_text(HEAD + text)
    rows = asyncio.run(check_all(tmp_path / "run.toml"))
    holder.close()
    (_, first), (_, second), (_, server) = rows
    assert (first.ok, second.ok, server.ok) == (False, False, True)
    assert first.found == f"udp: no packet at {silent}"
    assert "192.0.2.1" in second.found
    assert server.found == "not asked: nothing was missing"
    assert main(["run", str(tmp_path / "run.toml"), "--check"]) == 2


STRATEGY = '[[strategies]]\nname = "every_event"\ninstruments = ["nasdaq:AAPL"]\n'


def beside(path: Path, server: MoldServer, strategy: str = STRATEGY) -> None:
    """Add the venue to a configuration."""
    text = path.read_text().replace("[balances]\n", f'{SOURCE}{strategy}[balances]\nUSD = "1000"\n')
    path.write_text(text + entry_of(server, "give_up_ms = 10000\nquiet_ms = 60000\n"))


async def ended(run: LiveRun, task: "asyncio.Task[int]") -> int:
    run.stop()
    return await task


def levels(run: LiveRun, instrument: int) -> list[list[tuple[int, int]]]:
    book = run.engine.stages.books[instrument]
    return [[(p * 100, q) for p, q in book.depth(side, 999)] for side in range(2)]


def place(run: LiveRun) -> int:
    """The index of the stock."""
    return next(i.index for i in run.config.instruments if i.symbol == "AAPL")


def test_a_run_follows_the_lines_beside_a_venue_that_trades(tmp_path: Path) -> None:
    """Both lines lose, the server fills, the journal has what the engine saw and replays alike."""
    day, parts = itch_day()

    async def scene(host: VenueHost) -> None:
        with MoldServer(parts, ONE) as server:
            path = write_config(tmp_path, host, "every_event")
            beside(path, server)
            run = make(path, told := [])
            task = asyncio.create_task(run.run())
            await until(lambda: run.ready_s is not None)
            assert any("; 1 books come with their venue's session" in text for text in told)
            stock = place(run)
            venue = run.config.instruments[stock].venue
            server.send(0, *server.sent[::3])
            server.send(1, *server.sent[1::3], server.end[:18] + b"\x00\x00")
            assert run.live is not None
            (feed,) = run.live.feeds
            await until(lambda: feed.session.receiver.next == len(parts) + 1)
            assert len(server.asked) > 0
            assert run.engine.stages.books[stock].top(1).status == BookStatus.OK
            assert levels(run, stock) == [day.book.depth(0, side) for side in range(2)]
            assert run.live.open
            assert run.live.awaited == 0
            assert f"nasdaq 'SESSION001' {len(parts)} messages" in StatusLine(run).text()
            assert venue not in run.live.orders
            before = run.host.counters.requests
            await until(lambda: run.host.counters.requests > before + 20)
            assert run.host.counters.undelivered == 0
            assert all(order.venue != venue for order in run.engine.stages.execute.orders())
            assert await ended(run, task) == 0

    with_venues(tmp_path, scene, (SPOT,))
    assert main(["replay", str(tmp_path / "state/journal"), "--epoch", "1"]) == 0


def test_a_run_without_any_other_venue_is_ready_and_goes_on_after_a_restart(tmp_path: Path) -> None:
    """The second process joins in the middle: nothing is followed that was not seen whole."""
    _, parts = itch_day()

    async def scene() -> None:
        with MoldServer(parts, ONE, mute=True) as server:
            path = tmp_path / "run.toml"
            path.write_text(
                HEAD.removesuffix(ENTRY) + STRATEGY + entry_of(server, "give_up_ms = 5\n")
            )
            for epoch, first in ((1, 0), (2, 50)):
                run = make(path, told := [])
                task = asyncio.create_task(run.run())
                await until(lambda run=run: run.ready_s is not None)
                server.send(epoch % 2, *server.sent[first : first + 50])
                await until(lambda run=run: run.host.counters.frames >= 50)
                status = run.engine.stages.books[0].top(1).status
                assert (status == BookStatus.OK) is (epoch == 1)
                assert any("holes that were lost" in text for text in told) is (epoch == 2)
                assert run.host.counters.requests == 0
                assert await ended(run, task) == 0
                journal = str(tmp_path / "state/journal")
                assert main(["replay", journal, "--epoch", str(epoch)]) == 0

    asyncio.run(scene())


def test_a_shadow_fills_from_the_lines_in_the_process(tmp_path: Path) -> None:
    _, parts = itch_day()

    async def scene() -> None:
        with MoldServer(parts, ONE) as server:
            path = tmp_path / "run.toml"
            text = HEAD.removesuffix(ENTRY).replace('"1000"', '"100000000"')
            path.write_text(text + STRATEGY + entry_of(server))
            run = make(path, [], Mode.SHADOW)
            task = asyncio.create_task(run.run())
            await until(lambda: run.live is not None)
            server.send(0, *server.sent)
            assert run.live is not None
            await until(lambda: run.live.shadow.fills > 0)
            assert run.host.counters.undelivered == 0
            assert await ended(run, task) == 0

    asyncio.run(scene())


def test_a_shadow_of_a_session_joined_in_the_middle_never_trades(tmp_path: Path) -> None:
    _, parts = itch_day()

    async def scene() -> None:
        with MoldServer(parts, ONE, mute=True) as server:
            path = tmp_path / "run.toml"
            text = HEAD.removesuffix(ENTRY).replace('"1000"', '"100000000"')
            path.write_text(text + STRATEGY + entry_of(server, "give_up_ms = 5\n"))
            run = make(path, told := [], Mode.SHADOW)
            task = asyncio.create_task(run.run())
            await until(lambda: run.live is not None)
            server.send(0, *server.sent[5:])
            await until(lambda: run.host.counters.frames == len(server.sent) - 5)
            assert any("now 1..15 of 'SESSION001'" in text for text in told)
            assert run.live is not None
            assert (run.host.counters.requests, run.live.shadow.fills) == (0, 0)
            assert await ended(run, task) == 0

    asyncio.run(scene())
