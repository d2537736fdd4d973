"""Every recording through the live session of its venue: sockets, session, host, engine.

A tape on loopback plays the frames as they were recorded, the REST snapshot of Binance included.
Counts are those that are known of the recordings; books are checked by what the venue itself says
(checksums, best prices), and engines that never saw a socket end in the same state.
"""

from bisect import bisect_right
from collections.abc import Iterable
from decimal import Decimal
from itertools import islice, pairwise
from typing import Any

import orjson
import pytest
from venues.binance.recorded_frames import PATHS, frames, is_snapshot, raw
from venues.coinbase.recorded_frames import frames as exchange_frames
from venues.coinbase.recorded_frames import oracle_books, products, ranked
from venues.coinbase.wire_frames import EXCHANGE, config_for
from venues.kraken.kraken_frames import (
    V1_PAIRS,
    instrument,
    kraken_config,
    v1_frames,
    v1_wide_lines,
    v2_frames,
    wide_config,
)
from venues.live import live

live("aiohttp")
from venues.tape import Binance, Book, Exchange, Item, Kraken  # noqa: E402
from venues.tape_rig import Run, books, check_equal, codes, frame_codes, play  # noqa: E402

from tickpath.core.config import StrategySpec  # noqa: E402
from tickpath.core.config_load import config_from  # noqa: E402
from tickpath.core.records import BookStatus  # noqa: E402
from tickpath.engine.native import Engine as NativeEngine  # noqa: E402
from tickpath.engine.reference import Engine as ReferenceEngine  # noqa: E402

pytestmark = pytest.mark.recordings

ENGINES = [pytest.param(NativeEngine, id="native"), pytest.param(ReferenceEngine, id="reference")]


def track_of(symbol: str, found: Iterable[bytes]) -> list[Item]:
    """The tape stops where the recording has the answer of the venue's REST host."""
    return [Book(symbol, frame) if is_snapshot(frame) else frame for frame in found]


class Bests:
    """What came in of best prices and depth events, for comparison with the venue's own word."""

    def __init__(self) -> None:
        self.depths: list[tuple[dict[str, Any], Any]] = []
        self.tickers: list[dict[str, Any]] = []
        self.trades = self.snapshots = 0

    def see(self, engine: Any, data: bytes, code: int) -> None:
        if b'"id":' in data[-16:]:
            return
        found = orjson.loads(data)
        found = found.get("data", found)
        if "lastUpdateId" in found:
            self.snapshots += 1
        elif "U" in found:
            ids = {name: found[name] for name in ("U", "u", "pu") if name in found}
            self.depths.append((ids, engine.stages.books[0].top(1) if code == 0 else None))
        elif "B" in found:
            self.tickers.append(found)
        else:
            assert found["e"] == "trade"
            self.trades += 1

    def kinds(self) -> tuple[int, int, int]:
        """Depth events, best prices, trades."""
        return len(self.depths), len(self.tickers), self.trades

    def chained(self) -> int:
        """Depth events that follow the one before."""
        ids = [ids for ids, _ in self.depths]
        return sum(b.get("pu", b["U"] - 1) == a["u"] for a, b in pairwise(ids))

    def compared(self, config: Any) -> tuple[int, int]:
        """Best prices that are the last at or before a depth event, beside the book after the first
        such event: how many, and how many equal it."""
        about, numbers = config.instruments[0], [ticker["u"] for ticker in self.tickers]
        checked = equal = before = 0
        for ids, top in self.depths:
            at = bisect_right(numbers, ids["u"])
            if top is None or at in (0, before):
                continue
            checked, before, ticker = checked + 1, at, self.tickers[at - 1]
            equal += (
                (Decimal(ticker["b"]), Decimal(ticker["a"]))
                == (top.bid_ticks * about.tick_size, top.ask_ticks * about.tick_size)
            ) and (
                (Decimal(ticker["B"]), Decimal(ticker["A"]))
                == (top.bid_lots * about.lot_size, top.ask_lots * about.lot_size)
            )
        return checked, equal


# recording: venue, symbol, (frames, buffered, of these needed), (depth, best, trades), chained,
# (compared, equal)
BINANCE = {
    ("spot_btcusdt_20240808", "spot_btcusdt_20240809"): (
        "binance-spot", "BTCUSDT", (99_574, 3, 1), (6495, 73_174, 19_904), 6494, (5736, 5734)
    ),
    ("usdm_btcusdt_20240808",): (
        "binance-usdm", "BTCUSDT", (93_954, 6, 2), (6551, 66_089, 21_313), 6550, (5701, 5701)
    ),
    ("cm_btcusd_perp_20240808",): (
        "binance-coinm", "BTCUSD_PERP", (48_270, 25, 2), (26_847, 19_136, 2286), 26_846,
        (6557, 6557),
    ),
}  # fmt: skip


@pytest.mark.parametrize("names", BINANCE, ids=lambda names: names[0])
def test_binance(names: tuple[str, ...]) -> None:
    venue, symbol, (count, buffered, needed), kinds, chained, compared = BINANCE[names]
    bests = Bests()
    track = track_of(symbol, frames(*names))
    config = config_from(venue, [symbol])
    run = play(config, Binance((symbol,), PATHS[venue]), track, see=bests.see)
    assert len(track) == count
    assert run.counters == {"opened": 1, "snapshots": 1}
    assert (run.told, run.tape.asked) == ([], [symbol])
    assert frame_codes(run) == {
        "OK": count - buffered, "FEED_BUFFERED": buffered, "FEED_CONTROL": 1
    }  # fmt: skip
    assert (bests.kinds(), bests.chained(), bests.snapshots) == (kinds, chained, 1)
    assert bests.compared(config) == compared
    (snapshot,) = [orjson.loads(item.body) for item in track if isinstance(item, Book)]
    waiting = [ids["u"] for ids, top in bests.depths if top is None]
    assert len([u for u in waiting if u > snapshot["lastUpdateId"]]) == needed
    check_equal(run)


@pytest.mark.parametrize("make", ENGINES)
def test_binance_raw_and_quoted(make: Any) -> None:
    """As the lines of raw streams bring it, over the other client, with quotes in a shadow."""
    count = {NativeEngine: 41_249, ReferenceEngine: 2000}[make]
    played = list(islice(frames("spot_btcusdt_20240808"), count))
    config = config_from("binance-spot", ["BTCUSDT"], ["imbalance_maker"])
    run = play(
        config, Binance(("BTCUSDT",), PATHS["binance-spot"]),
        track_of("BTCUSDT", map(raw, played)), make=make, client="aiohttp", shadow=True,
    )  # fmt: skip
    assert run.counters == {"opened": 1, "snapshots": 1}
    assert run.engine.stages.feed.counters(0) == {0: count - 3, 115: 3}
    assert run.host.counters.requests > 2
    assert run.host.counters.reports > 2
    assert (run.host.counters.undelivered, run.told) == (0, [])
    check_equal(run, NativeEngine)
    if make is NativeEngine:
        wrapped = NativeEngine(config)
        for k, frame in enumerate(played):
            wrapped.on_market_frame(0, frame, k)
        assert run.engine.stages.books[0].hash == wrapped.stages.books[0].hash


def quoted_kraken() -> Any:
    strategy = StrategySpec(name="imbalance_maker", instruments=(0,), params={"order_lots": 10_000})
    money = {"USDT": Decimal(10**6), "BTC": Decimal(1)}
    return kraken_config(strategies=(strategy,), balances=money)


# configuration, frames, symbols, checksums, frames with market data, those without
KRAKEN = {
    "v2": (quoted_kraken, v2_frames, ("BTC/USD",), 301, 301, 0),
    "v1": (
        lambda: kraken_config(instrument("XBT/USD", "0.00001")), v1_frames, ("XBT/USD",), 979, 980,
        170,
    ),
    "v1 ten pairs": (
        wide_config, lambda: [f for _, f in v1_wide_lines()], tuple(V1_PAIRS), 4269, 4279, 42
    ),
}  # fmt: skip


@pytest.mark.parametrize(
    ("name", "make"),
    [(name, make) for name in KRAKEN for make in (NativeEngine, ReferenceEngine)][:-1],
    ids=lambda x: x if isinstance(x, str) else x.__module__.rpartition(".")[2],
)
def test_kraken(name: str, make: Any) -> None:
    """Every checksum; on v2 quotes in a shadow, on the longest recording the native engine only."""
    config_of, frames_of, symbols, checked, market, other = KRAKEN[name]
    run = play(config_of(), Kraken(symbols), frames_of(), make=make, shadow=name == "v2")
    assert (run.counters, run.told, run.tape.asked) == ({"opened": 1}, [], [])
    assert sum_of_feed(run) == {0: market}
    assert codes(run.engine)["FEED_CONTROL"] == other + 3 * len(symbols)
    found = run.engine.stages.books
    assert (sum(b.checksum_ok for b in found), sum(b.checksum_bad for b in found)) == (checked, 0)
    assert all(b.top(1).status == BookStatus.OK for b in found)
    assert (run.host.counters.requests > 0) == (name == "v2")
    check_equal(run, NativeEngine)


def sum_of_feed(run: Run) -> dict[int, int]:
    """Frames by code over all instruments."""
    total: dict[int, int] = {}
    for k in range(len(run.config.instruments)):
        for code, count in run.engine.stages.feed.counters(k).items():
            total[code] = total.get(code, 0) + count
    return total


@pytest.mark.parametrize("make", ENGINES)
def test_coinbase_exchange(make: Any) -> None:
    """The reference engine on the first part."""
    names, played = products(), list(exchange_frames())
    wanted = {"OK": 7 + 8486 + 96 + 7 + 103, "FEED_CONTROL": 3 + 2}
    if make is ReferenceEngine:
        played = played[:1500]
        wanted["OK"] = len(played) - 3
    symbols = tuple(name for name, _, _ in names)
    run = play(config_for(EXCHANGE, names), Exchange(symbols), played, make=make)
    assert (run.counters, run.told, run.tape.asked) == ({"opened": 1}, [], [])
    assert frame_codes(run) == wanted
    oracle = oracle_books(played, names)
    assert [book[1:] for book in books(run.engine)] == [ranked(oracle[name]) for name in symbols]
    check_equal(run, NativeEngine)
