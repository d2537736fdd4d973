"""An engine with packets as market frames: every engine decides alike, and its books are right."""

import json
import struct
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from backtest_support import outcome
from venues.nasdaq.itch_day import Day
from venues.nasdaq.test_wire import ONE, TWO, packets, stock_config

from tickpath.backtest.recording import read_recordings
from tickpath.cli.main import main
from tickpath.core.backend import Backend
from tickpath.core.codes import Code
from tickpath.core.config import StrategySpec
from tickpath.core.errors import ConfigError
from tickpath.core.records import BookStatus
from tickpath.engine.native import Engine as NativeEngine
from tickpath.engine.reference import Engine as ReferenceEngine
from tickpath.venues.base import has_orders, market_module
from tickpath.venues.nasdaq.mold import packet
from tickpath.venues.nasdaq.recordings import merged, read_packets, stocks
from tickpath.venues.sim.frames import Builder

STRATEGY = StrategySpec(name="every_event", instruments=(0,), params={"order_lots": 10})
NAMES = ("AAPL", "MSFT")


def frames(seed: int, count: int, session: bytes = ONE, names: tuple[str, ...] = NAMES) -> Any:
    """(the day, its packets)."""
    day = Day(seed, names)
    return day, list(packets([*day.start(), *(day.next() for _ in range(count))], seed, session))


def engines(**changes: Any) -> list[Any]:
    config = stock_config("AAPL", **changes)
    return [ReferenceEngine(config), NativeEngine(config)]


def test_the_venue_is_found_and_takes_no_orders() -> None:
    assert not has_orders("nasdaq")
    assert has_orders("binance-spot")
    assert market_module("nasdaq", Backend.NATIVE).__name__.endswith("nasdaq.native")


def test_both_engines_walk_packets_and_hold_the_slowest_book() -> None:
    day, sent = frames(3, 1500)
    pair = engines(strategies=(STRATEGY,))
    for k, data in enumerate(sent):
        codes = [engine.on_market_frame(0, data, 10**9 + k * 10**6) for engine in pair]
        assert codes[0] == codes[1]
        if k % 50 == 0:
            assert pair[0].export_state() == pair[1].export_state()
    assert pair[0].export_state() == pair[1].export_state()
    book = pair[1].stages.books[0]
    for side in range(2):
        assert [(p * 100, q) for p, q in book.depth(side, 999)] == day.book.depth(0, side)
    assert book.top(1).status == BookStatus.OK
    assert pair[1].codes.get(Code.ROUTE_NO_VENUE, 0) > 0, "orders find no venue that takes them"


def test_a_hole_makes_the_book_stale_and_a_new_session_begins_it_again() -> None:
    _, sent = frames(4, 900)
    _, later = frames(5, 300, TWO)
    pair = engines()
    for engine in pair:
        for k, data in enumerate(sent[:60]):
            engine.on_market_frame(0, data, k)
        assert engine.stages.books[0].top(1).status == BookStatus.OK
        assert engine.on_market_frame(0, sent[70], 100) == Code.FEED_GAP
        assert engine.stages.books[0].top(1).status == BookStatus.STALE
        for k, data in enumerate(sent[71:90]):
            engine.on_market_frame(0, data, 101 + k)
        assert engine.stages.books[0].top(1).status == BookStatus.STALE
        for k, data in enumerate(later):
            engine.on_market_frame(0, data, 200 + k)
        assert engine.stages.books[0].top(1).status == BookStatus.OK
    assert pair[0].export_state() == pair[1].export_state()
    assert +pair[0].codes == pair[1].codes


def test_a_restored_engine_holds_no_book_that_it_cannot_follow() -> None:
    """The orders of the venue are no part of the state: the next packet shows the hole."""
    _, sent = frames(6, 200)
    first, second = engines()
    for k, data in enumerate(sent[:40]):
        first.on_market_frame(0, data, k)
    second.import_state(first.export_state())
    assert second.stages.books[0].top(1).status == BookStatus.OK
    assert second.on_market_frame(0, sent[40], 41) == Code.FEED_GAP
    assert second.stages.books[0].top(1).status == BookStatus.STALE


def recording(sent: list[bytes]) -> Any:
    builder = Builder()
    for k, data in enumerate(sent):
        builder.add(10**9 + k * 10**6, data)
    return builder.build("nasdaq", "AAPL")


def test_a_backtest_trades_alike_on_every_engine() -> None:
    _, sent = frames(7, 4000)
    config = stock_config(
        "AAPL", strategies=(STRATEGY,), balances={"USDT": Decimal(10**9), "BTC": Decimal(1)}
    )
    found = [outcome(config, recording(sent), name)[0] for name in ("native", "reference", "mixed")]
    assert found[0] == found[1] == found[2]
    assert found[0]["orders"] > 50
    assert found[0]["book"]["gaps"] == 0


def pcap(sent: list[bytes]) -> bytes:
    """A capture file of packets."""
    out = [struct.pack("<IHHiIII", 0xA1B23C4D, 2, 4, 0, 0, 65535, 1)]
    for k, data in enumerate(sent):
        udp = struct.pack(">HHHH", 1, 26477, 8 + len(data), 0) + data
        ip = struct.pack(
            ">BBHHHBBH4s4s", 0x45, 0, 20 + len(udp), 0, 0, 9, 17, 0, bytes(4), bytes(4)
        )
        frame = bytes(12) + b"\x08\x00" + ip + udp
        out.append(struct.pack("<IIII", 10 + k, 0, len(frame), len(frame)) + frame)
    return b"".join(out)


def test_backtest_of_a_capture_by_the_command(tmp_path: Path, capsys: Any) -> None:
    _, sent = frames(8, 600)
    path = tmp_path / "day.pcap"
    path.write_bytes(pcap(sent))
    out = tmp_path / "out"
    words = ["backtest", "--data", str(path), "--out", str(out), "--json", "-", "--no-journal"]
    assert main([*words, "--symbol", "AAPL", "--strategy", "every_event"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["events"] == len(sent)
    assert found["book"]["gaps"] == 0
    assert main(words) == 2
    assert "--symbol" in capsys.readouterr().err


def test_lines_in_one_capture_are_merged() -> None:
    """Copies, each line with holes of its own, one behind the other and back in turn."""
    _, sent = frames(8, 600)
    stamped = [(k * 1000, data) for k, data in enumerate(sent)]
    lines = [
        [(t, 0, row) for k, (t, row) in enumerate(stamped) if k % 7 != 3],
        [(t + 2500, 1, row) for k, (t, row) in enumerate(stamped) if k % 7 == 3 or k % 2],
    ]
    both = sorted(lines[0] + lines[1])
    noise = (both[5][0], b"noise")
    captured = [(t, row) for t, _, row in both]
    captured.insert(5, noise)
    found = merged(captured)
    ended = stamped[-1][1]
    assert [row for _, row in found if row not in (b"noise", ended)] == sent[:-1]
    assert found.count(noise) == 1
    assert [t for t, _ in found] == sorted(t for t, _ in found)
    lost = merged([row for k, row in enumerate(stamped) if k != 4])
    assert [row for _, row in lost if row != ended] == [*sent[:4], *sent[5:-1]]


def test_backtest_of_a_capture_with_both_lines(tmp_path: Path, capsys: Any) -> None:
    """The same decisions as of the stream itself."""
    _, sent = frames(8, 600)
    doubled = [row for pair in zip(sent[1:] + sent[:1], sent, strict=True) for row in pair]
    found = []
    for name, rows in (("one", sent), ("both", doubled[:-2] + sent[-1:])):
        path = tmp_path / f"{name}.pcap"
        path.write_bytes(pcap(rows))
        words = ["backtest", "--data", str(path), "--out", str(tmp_path / name), "--json", "-"]
        words += ["--no-journal", "--symbol", "AAPL", "--strategy", "every_event"]
        assert main(words) == 0
        found.append(json.loads(capsys.readouterr().out))
    assert [row["book"]["gaps"] for row in found] == [0, 0]
    assert main([*words[:2], str(path), *words[3:-4], "--symbol", "AAPPL"]) == 2
    assert "not AAPPL" in capsys.readouterr().err


def test_backtest_of_a_capture_from_the_middle_says_what_is_missing(
    tmp_path: Path, capsys: Any
) -> None:
    _, sent = frames(9, 100, names=("AAPL",))
    path = tmp_path / "part.pcap"
    path.write_bytes(pcap(sent[20:]))
    words = ["backtest", "--data", str(path), "--out", str(tmp_path), "--json", "-", "--no-journal"]
    assert main(words) == 4
    assert json.loads(capsys.readouterr().out)["orders"] == 0


def test_a_binary_file_becomes_packets(tmp_path: Path) -> None:
    day = Day(10, NAMES)
    messages = [*day.start(), *(day.next() for _ in range(200))]
    path = tmp_path / "day.bin"
    path.write_bytes(b"".join(len(m).to_bytes(2, "big") + m for m in messages))
    read = read_packets(path)
    assert [t for t, _ in read] == sorted(t for t, _ in read)
    assert read[0][0] // 10**9 == 34_200
    assert stocks(read) == ["AAPL", "MSFT"]
    with pytest.raises(ConfigError, match="--symbol"):
        read_recordings([path], venue="nasdaq")
    made = read_recordings([path], venue="nasdaq", symbol="MSFT")
    assert (made.venue, made.symbol, len(made)) == ("nasdaq", "MSFT", len(read))
    (one,) = [packet(ONE, 1, [])]
    assert stocks([(0, one), (0, b"short")]) == []
