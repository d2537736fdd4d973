"""Recorded frames: reference, native and an oracle on another JSON library agree."""

import json
from collections import Counter
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import orjson
import pytest
from support import FIXTURES, require
from venues.coinbase.wire_frames import EXCHANGE, config_for, drained

from tickpath.core.codes import Code
from tickpath.core.records import EventKind
from tickpath.venues.coinbase import native, wire

pytestmark = pytest.mark.recordings

FOLDER = FIXTURES / "coinbase"


def products() -> tuple[tuple[str, str, str], ...]:
    """The products of the recording, with the sizes that its own REST answer states."""
    listed = require(FOLDER / "exchange/COINBASE.0").read_text().split("-> ", 1)[1]
    found = json.loads(listed.partition(": ")[2].partition("\n")[0])
    sizes = {p["id"]: (p["quote_increment"], p["base_increment"]) for p in found}
    names = sorted({json.loads(f)["product_id"] for f in frames() if b'"snapshot"' in f[:30]})
    return tuple((name, *sizes[name]) for name in names)


def frames() -> Iterator[bytes]:
    """The frames that came in, in order."""
    with require(FOLDER / "exchange/COINBASE.ws.28.0").open("rb") as lines:
        for line in lines:
            stamp, colon, data = line.partition(b": ")
            if colon and stamp.replace(b".", b"").isdigit():
                yield data.rstrip()


def levels(pairs: list[Any], tick: str, lot: str) -> list[tuple[int, int]]:
    grid = Decimal(tick), Decimal(lot)
    return [(int(Decimal(p) / grid[0]), int(Decimal(q) / grid[1])) for p, q in pairs]


def test_every_frame_of_the_exchange() -> None:
    names = products()
    config = config_for(EXCHANGE, names)
    reference, decoder = wire.MarketDecoder(config, 0), native.MarketDecoder(config, 0)
    sizes = {name: (tick, lot) for name, tick, lot in names}
    counts: Counter[str] = Counter()
    for data in frames():
        found = drained(decoder, data)
        assert found == drained(reference, data)
        message = orjson.loads(data)
        kind = message["type"]
        counts[kind] += 1
        ((code, event),) = found
        if kind == "subscriptions":
            assert (code, event) == (Code.FEED_CONTROL, None)
            continue
        assert code == Code.OK
        size = sizes[message["product_id"]]
        if kind == "l2update":
            sides = [
                [c[1:] for c in message["changes"] if c[0] == side] for side in ("buy", "sell")
            ]
        elif kind == "snapshot":
            sides = [message["bids"], message["asks"]]
        elif kind == "ticker":
            sides = [[(message[f"best_{side}"], "0")] for side in ("bid", "ask")]
        else:
            (done,) = event.trades
            wanted = levels([(message["price"], message["size"])], *size)
            assert [(done.price_ticks, done.quantity_lots)] == wanted
            assert done.trade_id == message["trade_id"]
            assert done.aggressor == (message["side"] == "buy")
            continue
        assert [event.bids, event.asks] == [levels(side, *size) for side in sides]
    assert counts == {
        "snapshot": 7, "l2update": 8486, "match": 96, "last_match": 7, "ticker": 103,
        "subscriptions": 3,
    }  # fmt: skip


SAMPLES = {
    "ws_l2_data_snapshot": (0, [(Code.OK, EventKind.SNAPSHOT)]),
    "ws_l2_data_update": (1, [(Code.OK, EventKind.DEPTH)]),
    "ws_market_trades": (5, [(Code.OK, EventKind.TRADE)]),
    "ws_ticker": (12, [(Code.OK, EventKind.BBO)]),
    "ws_heartbeats": (0, [(Code.FEED_CONTROL, None)]),
    "ws_subscriptions": (0, [(Code.FEED_CONTROL, None)]),
    "ws_candles": (3, [(Code.FEED_UNKNOWN_KIND, None)]),
    "ws_user": (1, [(Code.FEED_UNKNOWN_KIND, None)]),
}


@pytest.mark.parametrize("name", SAMPLES)
def test_samples_of_advanced_trade(name: str) -> None:
    data = require(FOLDER / f"nautilus/{name}.json").read_bytes()
    config = config_for(products=(("BTC-USD", "0.01", "0.00000001"),))
    for module in (wire, native):
        decoder = module.MarketDecoder(config, 0)
        found = [(code, None if e is None else e.kind) for code, e in drained(decoder, data)]
        assert (decoder.sequence, found) == SAMPLES[name]


def test_trades_of_a_sample() -> None:
    data = require(FOLDER / "nautilus/ws_market_trades.json").read_bytes()
    config = config_for(products=(("BTC-USD", "0.01", "0.00000001"),))
    _, event = native.MarketDecoder(config, 0).decode(data)
    assert event is not None
    assert event.trades == [(995098700, 6890050, 150000, 1), (995098701, 6890000, 5000000, 0)]
