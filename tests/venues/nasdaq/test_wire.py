"""Packets to events: both decoders alike on every packet, and books equal to the slowest one."""

from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from random import Random
from typing import Any

import pytest
from support import FIXTURES, btcusdt, config_of, require
from venues.nasdaq.itch_day import PRICE, STOCKS, Day

from tickpath.core.codes import Code
from tickpath.core.config import VENUES, Config, Source
from tickpath.core.errors import ConfigError
from tickpath.core.records import EventKind, MarketEvent
from tickpath.hot.book.reference import Book
from tickpath.venues.nasdaq import native, wire
from tickpath.venues.nasdaq.captures import read_capture
from tickpath.venues.nasdaq.mold import END_OF_SESSION, HEADER, packet

NASDAQ = VENUES.index("nasdaq")
ONE, TWO = b"SESSION001", b"SESSION002"
DECODERS = [wire.MarketDecoder, native.MarketDecoder]


def stock_config(*stocks: str, tick: str = "0.01", **changes: Any) -> Config:
    """One source of these stocks."""
    table = [
        btcusdt(
            symbol=name, venue=NASDAQ, tick_size=Decimal(tick), lot_size=Decimal(1),
            quantity_min=Decimal(1), quantity_max=Decimal(10**6), notional_min=Decimal(0),
        )
        for name in stocks
    ]  # fmt: skip
    base = config_of(*table)
    source = Source(name="lines", venue=NASDAQ, instruments=tuple(range(len(stocks))))
    return replace(base, sources=(source,), **changes)


def packets(messages: list[bytes], seed: int, session: bytes = ONE) -> Iterator[bytes]:
    """Messages in packets of random sizes."""
    random, at = Random(seed), 0
    while at < len(messages):
        count = random.randrange(1, 9)
        yield packet(session, at + 1, messages[at : at + count])
        at += count


def events(decoder: Any, data: bytes) -> list[tuple[int, MarketEvent | None]]:
    """Everything a packet gives."""
    found = [decoder.decode(data)]
    while (more := decoder.decode_next()) is not None:
        found.append(more)
    return found


def day(seed: int, count: int) -> tuple[Day, list[bytes]]:
    made = Day(seed)
    return made, [*made.start(), *(made.next() for _ in range(count))]


@pytest.mark.parametrize("seed", range(4))
def test_a_day_gives_the_slowest_books_levels(seed: int) -> None:
    """Half of the stocks are ours; the engine's own book follows from the events alone."""
    config = stock_config(*STOCKS[::2])
    decoders = [make(config, 0) for make in DECODERS]
    made, messages = day(seed, 3000)
    books = [Book(config, k) for k in range(2)]
    trades = 0
    for data in packets(messages, seed):
        answers = [events(d, data) for d in decoders]
        assert answers[0] == answers[1], data
        for code, event in answers[0]:
            if event is None or code != Code.OK:
                assert code in (Code.FEED_CONTROL, Code.FEED_OFF_GRID)
            elif event.kind == EventKind.TRADE:
                trades += 1
            elif event.kind == EventKind.SNAPSHOT:
                assert books[event.instrument].snapshot(event) == Code.OK
            else:
                assert books[event.instrument].apply(event) == Code.OK
    for k, stock in enumerate(range(0, len(STOCKS), 2)):
        for side in range(2):
            levels = [(p * 100, q) for p, q in books[k].depth(side, 1000)]
            assert levels == made.book.depth(stock, side)
    assert trades > 100
    assert decoders[0].book.export_state() == decoders[1].book.export_state()
    assert decoders[0].live == decoders[1].live == [True, True]


def started(make: Any, stocks: tuple[str, ...] = ("AAPL",)) -> tuple[Any, Day]:
    """A decoder that has seen the directory, and the day that goes on."""
    decoder, made = make(stock_config(*stocks), 0), Day(1, stocks)
    first = packet(ONE, 1, made.start())
    found = events(decoder, first)
    assert [e.kind for _, e in found if e] == [EventKind.SNAPSHOT, EventKind.SNAPSHOT] * len(stocks)
    return decoder, made


def order(
    made: Day, reference: int, price: int = PRICE, shares: int = 100, side: str = "B"
) -> bytes:
    return made.message(
        "A", 0, reference=reference, side=side, shares=shares, stock="AAPL", price=price
    )


@pytest.mark.parametrize("make", DECODERS)
def test_what_each_message_gives(make: Any) -> None:
    decoder, made = started(make)
    m = made.message
    sent = [
        order(made, 1), order(made, 2),
        m("E", 0, reference=1, shares=40, match=7),
        m("C", 0, reference=1, shares=10, match=8, printable="N", price=PRICE),
        m("C", 0, reference=1, shares=10, match=9, printable="Y", price=PRICE + 50),
        m("X", 0, reference=1, shares=40),
        m("U", 0, reference=2, reference_new=3, shares=70, price=PRICE + 100),
        m("P", 0, reference=0, side="B", shares=5, stock="AAPL", price=PRICE, match=10),
        m("Q", 0, shares=5, stock="AAPL", price=PRICE, match=11, cross="O"),
        m("D", 0, reference=3),
    ]  # fmt: skip
    found = events(decoder, packet(ONE, 4, sent))
    ticks = PRICE // 100
    expected = [
        ("bids", [(ticks, 100)]), ("bids", [(ticks, 200)]),
        ("trades", [(7, ticks, 40, 1)]), ("bids", [(ticks, 160)]),
        ("bids", [(ticks, 150)]),
        Code.FEED_OFF_GRID, ("bids", [(ticks, 140)]),
        ("bids", [(ticks, 100)]),
        ("bids", [(ticks, 0), (ticks + 1, 70)]),
        ("trades", [(10, ticks, 5, 1)]),
        ("bids", [(ticks + 1, 0)]),
    ]  # fmt: skip
    assert len(found) == len(expected)
    for (code, event), wanted in zip(found, expected, strict=True):
        if isinstance(wanted, Code):
            assert code == wanted
            assert event.lost == 0
        else:
            assert code == Code.OK
            assert [tuple(x) for x in getattr(event, wanted[0])] == wanted[1]
            assert event.asks == []
    assert found[0][1].last_id == (1 << 40) + 4


@pytest.mark.parametrize("make", DECODERS)
def test_packets_repeated_overlapping_and_empty(make: Any) -> None:
    decoder, made = started(make)
    both = [order(made, 1), order(made, 2)]
    assert len(events(decoder, packet(ONE, 4, both))) == 2
    assert events(decoder, packet(ONE, 4, both)) == [(Code.FEED_STALE_ID, None)]
    assert len(events(decoder, packet(ONE, 5, [both[1], order(made, 3)]))) == 1
    assert events(decoder, HEADER.pack(ONE, 7, 0)) == [(Code.FEED_CONTROL, None)]
    assert events(decoder, HEADER.pack(ONE, 7, END_OF_SESSION)) == [(Code.FEED_CONTROL, None)]
    assert events(decoder, b"short") == [(Code.FEED_TRUNCATED, None)]
    assert decoder.next == 7


@pytest.mark.parametrize("make", DECODERS)
def test_a_hole_loses_every_book_until_the_next_session(make: Any) -> None:
    decoder, made = started(make, ("AAPL", "MSFT"))
    ((code, event),) = events(decoder, packet(ONE, 9, [order(made, 1)]))
    assert (code, event.lost, event.instrument) == (Code.FEED_GAP, 1, -1)
    assert decoder.live == [False, False]
    again = packet(ONE, 10, Day(2, ("AAPL",)).start())
    assert events(decoder, again) == [(Code.FEED_CONTROL, None)], "a later directory is no start"
    found = events(decoder, packet(TWO, 1, Day(2, ("AAPL",)).start()))
    assert [code for code, _ in found] == [Code.FEED_GAP, Code.OK, Code.OK]
    assert found[0][1].lost == 1
    assert found[1][1].kind == EventKind.SNAPSHOT
    assert found[1][1].last_id > 2 << 40
    heartbeat = events(decoder, HEADER.pack(TWO, 50, 0))
    assert [(code, event.lost) for code, event in heartbeat] == [(Code.FEED_GAP, 1)]


@pytest.mark.parametrize("make", DECODERS)
@pytest.mark.parametrize(
    ("fault", "code"),
    [
        (lambda d: d.message("D", 0, reference=77), Code.FEED_UNKNOWN_ORDER),
        (lambda d: order(d, 1), Code.FEED_DUPLICATE_ORDER),
        (lambda d: order(d, 5, shares=0), Code.FEED_RANGE),
        (lambda d: order(d, 5, price=PRICE + 1), Code.FEED_OFF_GRID),
        (lambda d: order(d, 5)[:-1], Code.FEED_TRUNCATED),
        (lambda d: d.message("X", 0, reference=1, shares=101), Code.FEED_RANGE),
        (lambda d: d.message("D", 1, reference=1), Code.FEED_UNKNOWN_ORDER),
    ],
)
def test_a_message_that_cannot_be_used_loses_its_book(make: Any, fault: Any, code: int) -> None:
    decoder, made = started(make, ("AAPL", "MSFT"))
    events(decoder, packet(ONE, 6, [order(made, 1)]))
    found = events(decoder, packet(ONE, 7, [fault(made), order(made, 9)]))
    assert found[0][0] == code
    event = found[0][1]
    other = event.instrument == 1
    assert (event.lost, event.kind) == (1, EventKind.NONE)
    assert decoder.live == [other, not other]
    assert len(found) == 1 + other, "what follows for the lost book is passed over"


@pytest.mark.parametrize("make", DECODERS)
def test_unknown_messages_lose_nothing(make: Any) -> None:
    decoder, made = started(make)
    found = events(decoder, packet(ONE, 4, [b"z" * 30, order(made, 1)]))
    assert [code for code, _ in found] == [Code.FEED_UNKNOWN_KIND, Code.OK]
    assert found[0][1] is None or found[0][1].lost == 0
    assert events(decoder, packet(ONE, 6, [b""]))[0][1].lost == 1


@pytest.mark.parametrize("make", DECODERS)
def test_a_resumed_stock_gives_its_whole_book(make: Any) -> None:
    decoder, made = started(make)
    events(decoder, packet(ONE, 4, [order(made, 1), order(made, 2, PRICE - 100)]))
    halt = made.message("H", 0, stock="AAPL", state="H", reserved="", reason="T1")
    resume = made.message("H", 0, stock="AAPL", state="T", reserved="", reason="")
    ((code, event),) = events(decoder, packet(ONE, 6, [halt, resume]))
    assert (code, event.kind) == (Code.OK, EventKind.SNAPSHOT)
    assert [tuple(x) for x in event.bids] == [(PRICE // 100, 100), (PRICE // 100 - 1, 100)]


@pytest.mark.parametrize("count", [1, 2, 3, 500])
def test_the_levels_of_a_snapshot_are_in_order(count: int) -> None:
    random, found = Random(count), []
    prices = [random.sample(range(first, first + 4 * count), count) for first in (1000, 50_000)]
    for make in DECODERS:
        decoder, made = started(make)
        at = 4
        for side, rows in zip("BS", prices, strict=True):
            for k, price in enumerate(rows):
                number = at * 10 + k
                events(decoder, packet(ONE, at, [order(made, number, price * 100, side=side)]))
                at += 1
        resume = made.message("H", 0, stock="AAPL", state="T", reserved="", reason="")
        ((_, event),) = events(decoder, packet(ONE, at, [resume]))
        found.append([[level.price_ticks for level in side] for side in (event.bids, event.asks)])
    assert found[0] == [sorted(prices[0], reverse=True), sorted(prices[1])]
    assert found[1] == found[0]


def test_instruments_that_itch_cannot_say_are_refused() -> None:
    for make in DECODERS:
        for config in (
            stock_config("AAPL", tick="0.00005"),
            stock_config("TOOLONGNAME"),
            config_of(replace(btcusdt(), venue=NASDAQ, symbol="A")),
        ):
            with pytest.raises(ConfigError):
                make(config, 0)


@pytest.mark.recordings
def test_recorded_packets_in_the_middle_of_a_day() -> None:
    """None begins a session: both decoders report the hole and hold no book."""
    config = stock_config("IVOO", "AAPL")
    decoders = [make(config, 0) for make in DECODERS]
    for path in sorted(require(FIXTURES / "nasdaq/itch50").glob("*.pcap")):
        for _, data in read_capture(path).packets:
            answers = [events(d, data) for d in decoders]
            assert answers[0] == answers[1]
    assert decoders[1].live == [False, False]
    assert decoders[0].next == decoders[1].next
