"""Recordings that lack a frame, through the live session of their venue: what shows the loss, how
the session gets the book again, and that the other instruments go on.

The venue's word on the book is that of an engine which was given everything.
"""

from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from itertools import count, islice
from typing import Any

import orjson
import pytest
from support import btcusd_inverse, btcusdt_linear, btcusdt_shipped, config_of
from venues.binance.recorded_frames import PATHS, frames, is_snapshot
from venues.coinbase.recorded_frames import frames as exchange_frames
from venues.coinbase.recorded_frames import oracle_books, products, ranked
from venues.coinbase.wire_frames import EXCHANGE, config_for, text
from venues.kraken.kraken_frames import (
    V1_PAIRS,
    Oracle,
    kraken_config,
    v1_wide_lines,
    v2_frames,
    wide_config,
)
from venues.live import live

live("aiohttp")
from venues.tape import Binance, Book, Cut, Exchange, Item, Kraken  # noqa: E402
from venues.tape_rig import Run, books, check_equal, codes, frame_codes, play  # noqa: E402

from tickpath.core.codes import Code  # noqa: E402
from tickpath.core.config import Config, Source  # noqa: E402
from tickpath.core.records import BookStatus  # noqa: E402
from tickpath.engine.native import Engine  # noqa: E402

pytestmark = pytest.mark.recordings

ALL = 1 << 20


class Others:
    """How the frames of other instruments fare while one waits for its book."""

    def __init__(self, damaged: int) -> None:
        self.damaged = damaged
        self.codes: dict[int, int] = {}
        self.synced = False

    def see(self, engine: Any, data: bytes, code: int) -> None:
        feed = engine.stages.feed
        waits, whose = feed.waiting(self.damaged), feed.last_instrument
        self.synced = self.synced or not any(
            feed.waiting(k) for k in range(len(engine.stages.books))
        )
        if self.synced and waits and whose not in (self.damaged, -1):
            self.codes[code] = self.codes.get(code, 0) + 1
            assert engine.stages.books[whose].top(1).status == BookStatus.OK


def fed(config: Config, found: list[bytes]) -> Any:
    """An engine that was given frames."""
    engine = Engine(config)
    for k, frame in enumerate(found):
        engine.on_market_frame(0, frame, k)
    return engine


def standing(engine: Any) -> list[Any]:
    """Status, last id and levels of every book: what does not depend on when frames came."""
    return [(top.status, top.last_id, *sides) for top, *sides in books(engine)]


def feed_codes(run: Run, instrument: int) -> dict[str, int]:
    counters = run.engine.stages.feed.counters(instrument)
    return {Code(code).name: count for code, count in counters.items() if count}


# -- Binance ---------------------------------------------------------------------------------------

FRAMES = 3000
AFTER_SNAPSHOT, AFTER_GAP = 3, 6
"""Depth events behind the lost one: the venue's snapshot is of the one, its answer comes after the
other."""

MARKETS = {
    "binance-spot": ("spot_btcusdt_20240808", btcusdt_shipped()),
    "binance-usdm": ("usdm_btcusdt_20240808", btcusdt_linear()),
    "binance-coinm": ("cm_btcusd_perp_20240808", btcusd_inverse()),
}


def twin(data: bytes) -> bytes:
    """The same of another instrument."""
    return data.replace(b"BTC", b"ETH").replace(b"btc", b"eth")


def doubled(found: list[bytes], symbol: str) -> Iterator[Item]:
    """Every frame, and again for the twin."""
    for frame in found:
        if is_snapshot(frame):
            yield Book(symbol, frame)
            yield Book(twin(symbol.encode()).decode(), twin(frame))
        else:
            yield frame
            yield twin(frame)


def rest_book(engine: Any, frame: bytes) -> bytes:
    """The book after a depth event as the REST host gives it."""
    about, book = engine.config.instruments[0], engine.stages.books[0]
    bids, asks = (
        [
            [str(x.price_ticks * about.tick_size), str(x.quantity_lots * about.lot_size)]
            for x in book.depth(side, ALL)
        ]
        for side in (0, 1)
    )
    last = orjson.loads(frame)["data"]["u"]
    return text({"lastUpdateId": last, "bids": bids, "asks": asks})


@pytest.mark.parametrize("venue", MARKETS)
def test_binance(venue: str) -> None:
    """The ids show a lost depth event at the next one; a snapshot and what was kept join."""
    name, about = MARKETS[venue]
    whole = list(islice(frames(name), FRAMES))
    depths = [k for k, frame in enumerate(whole) if b'"depthUpdate"' in frame[:80]]
    first = next(k for k, frame in enumerate(whole) if is_snapshot(frame))
    before, lost = len([k for k in depths if k < first]), len(depths) // 2
    known, stop = depths[lost + AFTER_SNAPSHOT], depths[lost + AFTER_GAP] + 1
    symbol, other = about.symbol, twin(about.symbol.encode()).decode()
    track = [
        *doubled(whole[: depths[lost]], symbol), twin(whole[depths[lost]]),
        *doubled(whole[depths[lost] + 1 : stop], symbol),
        Book(symbol, rest_book(fed(config_of(about), whole[: known + 1]), whole[known])),
        *doubled(whole[stop:], symbol),
    ]  # fmt: skip
    source = Source(name="both", venue=about.venue, instruments=(0, 1))
    config = config_of(about, replace(about, symbol=other), sources=(source,))
    others = Others(0)
    run = play(config, Binance((symbol, other), PATHS[venue]), track, see=others.see)
    assert run.counters == {"opened": 1, "snapshots": 3}
    assert (run.told, sorted(run.tape.asked)) == ([], [symbol, symbol, other])
    assert feed_codes(run, 0) == {
        "OK": FRAMES - before - AFTER_GAP, "FEED_BUFFERED": before + AFTER_GAP - 1, "FEED_GAP": 1
    }  # fmt: skip
    assert feed_codes(run, 1) == {"OK": FRAMES - before, "FEED_BUFFERED": before}
    assert list(others.codes) == [Code.OK]
    (truth,) = standing(fed(config_of(about), whole))
    assert standing(run.engine) == [truth, truth]
    check_equal(run)


# -- Kraken ----------------------------------------------------------------------------------------


KRAKEN = {
    "v2": (kraken_config, v2_frames, ("BTC/USD",), "BTC/USD", 50),
    "v1 ten pairs": (
        wide_config, lambda: [f for _, f in v1_wide_lines()], tuple(V1_PAIRS), "XMR/USD", 403
    ),
}  # fmt: skip
"""Configuration, frames, symbols, the damaged one, which of its frames is lost. That of the ten
pairs is of a level below the ten best: 69 updates pass before the checksum shows it."""

UNSYNCED = 5
"""Frames of the book between the one that shows the loss and the venue's snapshot."""


def streamed_book(engine: Any, k: int) -> bytes:
    """A book as a snapshot of v2 with its checksum."""
    about = engine.config.instruments[k]
    places = -about.tick_size.as_tuple().exponent
    oracle, sides = Oracle(about.index, places), []
    for number, side in enumerate(("bids", "asks")):
        rows = []
        for level in engine.stages.books[k].depth(number, ALL):
            price = f"{level.price_ticks * about.tick_size:.{places}f}"
            quantity = f"{level.quantity_lots * about.lot_size:.8f}"
            oracle.change(side, price, quantity)
            rows.append(f'{{"price":{price},"qty":{quantity}}}')
        sides.append(f'"{side}":[{",".join(rows)}]')
    head = f'{{"channel":"book","type":"snapshot","data":[{{"symbol":"{about.symbol}",'
    return f'{head}{",".join(sides)},"checksum":{oracle.checksum()}}}]}}'.encode()


def first_wrong(config: Config, found: list[bytes]) -> int:
    """Which frame's checksum does not match."""
    engine = Engine(config)
    steps = (engine.on_market_frame(0, frame, k) for k, frame in enumerate(found))
    return next(k for k, code in enumerate(steps) if code == Code.BOOK_CHECKSUM)


@pytest.mark.parametrize("name", KRAKEN)
def test_kraken(name: str) -> None:
    """The checksum shows a lost update; that book is subscribed to again."""
    make, frames_of, symbols, symbol, number = KRAKEN[name]
    config, whole, k = make(), frames_of(), symbols.index(symbol)
    own = [at for at, frame in enumerate(whole) if b'"%b"' % symbol.encode() in frame]
    damaged = whole[: own[number]] + whole[own[number] + 1 :]
    wrong = first_wrong(config, damaged) + 1
    stop = own[own.index(wrong) + UNSYNCED]
    book = Book(symbol, streamed_book(fed(config, whole[: stop + 1]), k))
    others = Others(k)
    track = [*damaged[:stop], book, *damaged[stop:]]
    run = play(config, Kraken(symbols), track, see=others.see)
    assert (run.counters, run.told, run.tape.asked) == ({"opened": 1}, [], [symbol])
    undamaged = fed(config, whole)
    control = codes(undamaged).get("FEED_CONTROL", 0)
    assert frame_codes(run) == {
        "OK": len(damaged) - control - 1 - UNSYNCED + 1, "BOOK_CHECKSUM": 1,
        "FEED_UNSYNCED": UNSYNCED, "FEED_CONTROL": control + 3 * len(symbols) + 2,
    }  # fmt: skip
    assert set(others.codes) == ({Code.OK} if len(symbols) > 1 else set())
    assert standing(run.engine) == standing(undamaged)
    assert sum(b.checksum_bad for b in run.engine.stages.books) == 1
    check_equal(run)


# -- Coinbase Exchange -----------------------------------------------------------------------------


def lasting_change(found: list[bytes]) -> int:
    """The first update of one level that no later one touches."""
    last: dict[tuple[str, str, str], int] = {}
    updates = {
        k: orjson.loads(frame)
        for k, frame in enumerate(found)
        if frame.startswith(b'{"type":"l2update"')
    }
    for k, message in updates.items():
        for side, price, _ in message["changes"]:
            last[message["product_id"], side, price] = k
    lasting = set(last.values())
    return next(k for k, m in updates.items() if len(m["changes"]) == 1 and k in lasting)


def exchange_snapshot(name: str, tick: Decimal, lot: Decimal, book: list[Any]) -> bytes:
    """A book as the first frame of a subscription."""
    bids, asks = ([[str(p * tick), str(q * lot)] for p, q in side] for side in book)
    return text({"type": "snapshot", "product_id": name, "bids": bids, "asks": asks})


def test_coinbase_exchange() -> None:
    """Nothing is numbered: no code shows the loss, and the book stays wrong until the connection
    ends; then all books come with the next one."""
    names, whole = products(), list(exchange_frames())[:2000]
    config = config_for(EXCHANGE, names)
    lost = lasting_change(whole)
    oracle = oracle_books(whole, names)
    truth = {name: ranked(oracle[name]) for name in oracle}
    fresh = [
        exchange_snapshot(i.symbol, i.tick_size, i.lot_size, truth[i.symbol])
        for i in config.instruments
    ]
    track = [*whole[:lost], *whole[lost + 1 :], Cut(), *fresh]
    seen: list[list[Any]] = []
    last = 2 + len(whole) - 1  # frame before the cut: two replies, then those of the recording
    taken = count(1)

    def see(engine: Any, data: bytes, code: int) -> None:
        if next(taken) == last:
            seen.append([book[1:] for book in books(engine)])

    symbols = tuple(name for name, _, _ in names)
    run = play(config, Exchange(symbols), track, see=see)
    wanted = [truth[name] for name in symbols]
    assert [book[1:] for book in books(run.engine)] == wanted
    assert len(seen) == 1
    different = [k for k in range(len(symbols)) if seen[0][k] != wanted[k]]
    assert [symbols[k] for k in different] == [orjson.loads(whole[lost])["product_id"]]
    assert frame_codes(run) == {
        "OK": len(whole) - 1 - 3 + len(fresh), "FEED_CONTROL": 3 + 2 + 2
    }  # fmt: skip
    assert run.counters == {"opened": 2, "closed": 1}
    assert len(run.told) == 1
    check_equal(run)
