"""Real streams through decoder, feed and book: no gap, and the book equals the venue's own BBO.

After a depth message with last id u the best bid and ask must be those of the last bookTicker with
an id of at most u. Two of the spot comparisons differ in the recording itself.
"""

import gzip
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from importlib import import_module
from itertools import chain, islice
from typing import Any

import pytest
from support import RECORDINGS, btcusd_inverse, btcusdt, btcusdt_linear, config_of, require

from tickpath.core.backend import Backend, load
from tickpath.core.codes import Code
from tickpath.core.config import Instrument
from tickpath.core.records import EventKind

pytestmark = pytest.mark.recordings

# the spot book holds old orders in steps finer than today's lot size
SPOT = btcusdt(lot_size=Decimal("0.000001"))
SPOT_FILES = ("spot_btcusdt_20240808.gz", "spot_btcusdt_20240809.gz")
USDM_FILES = ("usdm_btcusdt_20240808.gz",)
COINM_FILES = ("cm_btcusd_perp_20240808.gz",)


@dataclass
class Run:
    """What a replay left behind."""

    feed: Any
    book: Any
    kept: int = -1
    tops: list[tuple[int, ...]] = field(default_factory=list)
    bbos: list[tuple[int, ...]] = field(default_factory=list)

    def compared(self) -> tuple[int, int]:
        """(comparisons, equal ones)."""
        ids = [bbo[0] for bbo in self.bbos]
        pairs = [(top, bisect_right(ids, top[0])) for top in self.tops]
        answers = [self.bbos[at - 1][1:] == top[1:] for top, at in pairs if at]
        return len(answers), sum(answers)


def lines(files: tuple[str, ...]) -> Iterator[bytes]:
    return chain.from_iterable(gzip.open(require(RECORDINGS / name)) for name in files)


def replay(backend: str, instrument: Instrument, files: tuple[str, ...], count: int = -1) -> Run:
    """The first `count` lines (all: -1) through the three pieces."""
    config = config_of(instrument)
    decoder = {"reference": "wire", "native": "native"}[backend]
    wire = import_module(f"tickpath.venues.binance.{decoder}")
    run = Run(
        feed=load("feed", Backend(backend)).Feed(config, [wire.MarketDecoder(config, 0)]),
        book=load("book", Backend(backend)).Book(config, 0),
    )
    for line in islice(lines(files), count if count >= 0 else None):
        stamp, _, data = line.partition(b" ")
        _, events = run.feed.on_frame(0, data.rstrip(b"\n"), int(stamp))
        for event in events:
            apply(run, event, len(events))
    return run


def apply(run: Run, event: Any, batch: int) -> None:
    if event.kind == EventKind.BBO:
        run.bbos.append((event.last_id, *event.bids[0], *event.asks[0]))
    elif event.kind == EventKind.SNAPSHOT:
        assert run.book.snapshot(event) == Code.OK
        run.kept = batch - 1
    elif event.kind == EventKind.DEPTH:
        assert run.book.apply(event) == Code.OK
        top = run.book.top(1)
        sides = (top.bid_ticks, top.bid_lots, top.ask_ticks, top.ask_lots)
        run.tops.append((top.last_id, *sides))


@pytest.mark.parametrize(
    ("instrument", "files", "buffered", "kept", "depths", "differ"),
    [
        (SPOT, SPOT_FILES, 3, 1, 6493, 2),
        (btcusdt_linear(), USDM_FILES, 6, 2, 6547, 0),
        (btcusd_inverse(), COINM_FILES, 25, 2, 26824, 0),
    ],
    ids=["spot", "usdm", "coinm"],
)
def test_no_gap_and_the_book_equals_the_bbo(
    instrument: Instrument,
    files: tuple[str, ...],
    buffered: int,
    kept: int,
    depths: int,
    differ: int,
) -> None:
    run = replay("native", instrument, files)
    counters = run.feed.counters(0)
    assert counters.pop(Code.OK) > 40_000
    assert counters == {Code.FEED_BUFFERED: buffered}
    assert run.feed.counters(-1) == {}
    assert run.kept == kept
    compared, equal = run.compared()
    assert compared == depths
    assert compared - equal <= differ
    assert run.book.crossed_count == 0


@pytest.mark.parametrize(
    ("instrument", "files"),
    [(SPOT, SPOT_FILES), (btcusdt_linear(), USDM_FILES), (btcusd_inverse(), COINM_FILES)],
    ids=["spot", "usdm", "coinm"],
)
def test_both_backends_are_equal_on_the_first_lines(
    instrument: Instrument, files: tuple[str, ...]
) -> None:
    plain, fast = (replay(b, instrument, files, 2500) for b in ("reference", "native"))
    assert fast.tops == plain.tops
    assert fast.bbos == plain.bbos
    assert fast.book.hash == plain.book.hash
    assert fast.book.export_state() == plain.book.export_state()
    assert fast.feed.export_state() == plain.feed.export_state()


def test_the_second_day_alone_never_syncs() -> None:
    run = replay("native", SPOT, SPOT_FILES[1:])
    assert run.feed.waiting(0)
    assert run.kept == -1
    assert Code.FEED_BUFFER_FULL in run.feed.counters(0)
