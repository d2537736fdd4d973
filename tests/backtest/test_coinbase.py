"""Coinbase recordings through the engine and the simulated venue, on every engine alike."""

import json
from collections import Counter
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from support import FIXTURES, require

from tickpath.backtest.recording import read_recordings
from tickpath.backtest.replay import replay
from tickpath.backtest.run import Backtest, Options
from tickpath.backtest.setup import config_for
from tickpath.core.codes import Code
from tickpath.core.config import Config, SimSpec
from tickpath.core.config_load import config_from
from tickpath.core.errors import ConfigError
from tickpath.core.records import BookStatus
from tickpath.engine.native import Engine as NativeEngine
from tickpath.engine.reference import Engine as ReferenceEngine

EXCHANGE = FIXTURES / "coinbase/exchange/COINBASE.ws.28.0"
PRODUCTS = ("BAND-BTC", "BAND-GBP", "DASH-BTC", "NMR-EUR", "SKL-BTC", "SKL-GBP", "SKL-USD")
SAME = ("decisions_hash", "state_hash", "orders", "pnl", "fees", "positions", "codes", "book")


def frames_of(recording: Any) -> list[tuple[int, bytes]]:
    blob = recording.blob.tobytes()
    spans = zip(recording.t_ns.tolist(), recording.offsets, recording.sizes, strict=True)
    return [(t_ns, blob[o : o + n]) for t_ns, o, n in spans]


def config_of_all() -> Config:
    """All products on one source. The Exchange is a feed only: its orders have no text."""
    base = config_from("coinbase-exchange", list(PRODUCTS), ())
    source = replace(base.sources[0], instruments=tuple(range(len(PRODUCTS))))
    return replace(base, sources=(source,), sim=SimSpec(direct_orders=True))


def book_of(frames: list[tuple[int, bytes]], name: str) -> dict[str, dict[Decimal, Decimal]]:
    """The last book of a product, kept in decimals by nothing of ours."""
    sides: dict[str, dict[Decimal, Decimal]] = {"buy": {}, "sell": {}}
    for _, data in frames:
        message = json.loads(data)
        if message.get("product_id") != name:
            continue
        changes = message.get("changes", [])
        if message["type"] == "snapshot":
            sides = {"buy": {}, "sell": {}}
            changes = [("buy", *level[:2]) for level in message["bids"]]
            changes += [("sell", *level[:2]) for level in message["asks"]]
        for side, price, quantity in changes:
            sides[side][Decimal(price)] = Decimal(quantity)
            if not Decimal(quantity):
                del sides[side][Decimal(price)]
    return sides


@pytest.mark.recordings
def test_every_frame_of_the_exchange_walks_and_leaves_the_right_books() -> None:
    recording = read_recordings([require(EXCHANGE)], symbol="SKL-USD")
    config = config_of_all()
    frames = frames_of(recording)
    kinds = Counter(json.loads(data)["type"] for _, data in frames)
    engines: list[Any] = [ReferenceEngine(config), NativeEngine(config)]
    for engine in engines:
        for t_ns, data in frames:
            engine.on_market_frame(0, data, t_ns)
        codes = {int(code): int(n) for code, n in engine.codes.items() if n}
        assert codes == {Code.OK: len(frames) - 3, Code.FEED_CONTROL: 3}
        assert kinds["snapshot"] == 7
        assert kinds["l2update"] == 8486
        assert kinds["match"] == 96
    assert engines[0].export_state() == engines[1].export_state()
    for k, name in enumerate(PRODUCTS):
        instrument = config.instruments[k]
        wanted = book_of(frames, name)
        book = engines[0].stages.books[k]
        assert book.top(1).status == BookStatus.OK
        for side, levels in enumerate((wanted["buy"], wanted["sell"])):
            best = sorted(levels, reverse=side == 0)
            grid = instrument.tick_size, instrument.lot_size
            assert book.depth(side, 20_000) == [
                (price / grid[0], levels[price] / grid[1]) for price in best
            ]


def figures(recording: Any, engine: str) -> dict[str, Any]:
    config = config_for(recording, strategy="imbalance_maker")
    result = Backtest(config, recording, Options(engine=engine)).run()
    data = result.to_json()
    return {key: data[key] for key in SAME} | {"fills": result.fill_rows.tolist()}


@pytest.mark.recordings
def test_a_backtest_takes_one_product_of_a_recording() -> None:
    recording = read_recordings([require(EXCHANGE)], symbol="SKL-USD")
    assert (recording.venue, recording.symbol) == ("coinbase-exchange", "SKL-USD")
    native = figures(recording, "native")
    assert native["orders"] > 0
    assert native["book"]["gaps"] == native["book"]["resyncs"] == 0
    assert native["codes"]["FEED_UNKNOWN_SYMBOL"] > 0
    assert figures(recording, "reference") == native


def advanced(path: Path, *frames: Any) -> Path:
    lines = [b"%d %b\n" % (10**18 + k, json.dumps(data).encode()) for k, data in enumerate(frames)]
    path.write_bytes(b"".join(lines))
    return path


def snapshot(name: str, sequence: int) -> dict[str, Any]:
    level = {"side": "bid", "price_level": "100.00", "new_quantity": "1"}
    event = {
        "type": "snapshot",
        "product_id": name,
        "updates": [level, level | {"side": "offer", "price_level": "100.01"}],
    }
    return {"channel": "l2_data", "sequence_num": sequence, "timestamp": "", "events": [event]}


def test_the_market_is_told_by_the_frames(tmp_path: Path) -> None:
    heartbeat = {"channel": "heartbeats", "sequence_num": 0, "events": [{"heartbeat_counter": 1}]}
    path = advanced(tmp_path / "one", heartbeat, snapshot("BTC-USD", 1))
    recording = read_recordings([path])
    assert (recording.venue, recording.symbol) == ("coinbase", "BTC-USD")
    assert read_recordings([path], symbol="BTC-USDC").symbol == "BTC-USDC"
    for symbol in ("BTC-USD", "BTC-USDC"):
        chosen = read_recordings([path], symbol=symbol)
        result = Backtest(config_for(chosen), chosen, Options(engine="native")).run().to_json()
        assert (result["codes"]["OK"], result["codes"]["FEED_CONTROL"]) == (1, 1)


def changed(name: str, sequence: int, price: str, quantity: str = "1") -> dict[str, Any]:
    data = snapshot(name, sequence)
    change = {"side": "bid", "price_level": price, "new_quantity": quantity}
    data["events"][0] |= {"type": "update", "updates": [change]}
    return data


def connection(bid: str) -> list[dict[str, Any]]:
    """From its first frame on: a book, and a change at another price."""
    whole = snapshot("BTC-USD", 1)
    whole["events"][0]["updates"][0] = whole["events"][0]["updates"][0] | {"price_level": bid}
    heartbeat = {"channel": "heartbeats", "sequence_num": 0, "events": [{"heartbeat_counter": 1}]}
    return [heartbeat, whole, changed("BTC-USD", 2, "99.50"), changed("BTC-USD", 3, "99.40")]


@pytest.mark.parametrize("form", ["files", "file", "opened"])
@pytest.mark.parametrize("first", [0, 1])
def test_every_recorded_connection_begins_anew(tmp_path: Path, form: str, first: int) -> None:
    """Its numbers start again: the second one's book is the second one's."""
    one, two = connection("99.90"), connection("99.80")[first:]
    if form == "files":
        recording = read_recordings(
            [advanced(tmp_path / "one", *one), advanced(tmp_path / "two", *two)]
        )
    elif form == "file":
        recording = read_recordings([advanced(tmp_path / "one", *one, *two)])
    else:
        opened = b"wss://advanced-trade-ws.coinbase.com <-> 1000000000.1\n"
        parts = [advanced(tmp_path / name, *data) for name, data in (("a", one), ("b", two))]
        (tmp_path / "one").write_bytes(b"".join(opened + part.read_bytes() for part in parts))
        recording = read_recordings([tmp_path / "one"])
    assert recording.starts == (4,)
    config = config_for(recording)
    states = []
    for engine in ("native", "reference", "mixed"):
        folder = tmp_path / engine
        run = Backtest(config, recording, Options(engine=engine, journal=folder))
        result = run.run().to_json()
        assert result["codes"] == {"OK": 6 + 1, "FEED_CONTROL": 2 - first}
        book = run.engine.stages.books[0]
        assert book.depth(0, 9) == [(9980, 10**8), (9950, 10**8), (9940, 10**8)]
        assert (result["book"]["resyncs"], result["book"]["gaps"]) == (1, 0)
        states.append(result["state_hash"])
        assert replay(folder)["equal"]
    assert len(set(states)) == 1


def test_only_numbered_connections_begin_anew(tmp_path: Path) -> None:
    change = {"type": "l2update", "product_id": "A-B", "changes": []}
    files = [advanced(tmp_path / name, change) for name in "ab"]
    assert read_recordings(files).starts == ()


def test_several_products_need_a_choice(tmp_path: Path) -> None:
    path = advanced(tmp_path / "two", snapshot("BTC-USD", 1), snapshot("ETH-USD", 2))
    with pytest.raises(ConfigError, match="BTC-USD, ETH-USD: add --symbol"):
        read_recordings([path])
    with pytest.raises(ConfigError, match="no frame is of DOGE-USD"):
        read_recordings([path], symbol="DOGE-USD")
    assert read_recordings([path], symbol="ETH-USD").symbol == "ETH-USD"


def test_lines_of_addresses_are_no_frames(tmp_path: Path) -> None:
    frame = json.dumps({"type": "l2update", "product_id": "A-B", "changes": []})
    path = tmp_path / "capture"
    path.write_text(
        "wss://ws-feed.pro.coinbase.com <-> 1618677816.8434298\n"
        'wss://ws-feed.pro.coinbase.com <- 1618677817.020616: {"type":"subscribe"}\n'
        f"1618677817.061845: {frame}\n1618677818: {frame}\n"
    )
    recording = read_recordings([path])
    assert recording.t_ns.tolist() == [1_618_677_817_061_845_000, 1_618_677_818_000_000_000]
    assert (recording.venue, recording.symbol) == ("coinbase-exchange", "A-B")
