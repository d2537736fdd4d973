"""Recorded frames: reference, native and an oracle on another JSON library agree."""

from collections import Counter

import orjson
import pytest
from support import require
from venues.coinbase.recorded_frames import FOLDER, frames, levels, products
from venues.coinbase.wire_frames import EXCHANGE, config_for, drained

from tickpath.core.codes import Code
from tickpath.core.records import EventKind
from tickpath.venues.coinbase import native, wire

pytestmark = pytest.mark.recordings


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
