"""Which dialect a venue has, and what those of Kraken and Coinbase say and understand."""

import json
from typing import Any

import pytest

from tickpath.core.config import VENUES
from tickpath.core.errors import ConfigError
from tickpath.venues.binance.session import BinanceMarketDialect
from tickpath.venues.coinbase.session import CoinbaseMarketDialect
from tickpath.venues.dialects import market_dialect
from tickpath.venues.kraken.request_ids import SESSION_FIRST
from tickpath.venues.kraken.session import KrakenMarketDialect
from tickpath.venues.session_actions import OLDEST, Control, ControlKind
from tickpath.venues.spec import market_spec


def said(requests: list[Any]) -> list[Any]:
    return [json.loads(request.data) for request in requests]


def test_every_venue_with_live_market_data_has_a_dialect() -> None:
    kinds = {venue: type(market_dialect(venue)) for venue in VENUES if venue != "nasdaq"}
    assert kinds == {
        "binance-spot": BinanceMarketDialect,
        "binance-usdm": BinanceMarketDialect,
        "binance-coinm": BinanceMarketDialect,
        "kraken-spot": KrakenMarketDialect,
        "coinbase": CoinbaseMarketDialect,
        "coinbase-exchange": CoinbaseMarketDialect,
    }


@pytest.mark.parametrize("venue", ["nasdaq", "kraken-mars", "mars", "", "..-x", "coinbase-spot"])
def test_other_venues_are_refused(venue: str) -> None:
    with pytest.raises(ConfigError, match="venue"):
        market_dialect(venue)
    if venue != "nasdaq":
        with pytest.raises(ConfigError, match="market of that name"):
            market_spec(venue)


def test_kraken_subscribes_every_channel_with_the_depth_of_the_source() -> None:
    symbols = [f"C{k}/USD" for k in range(60)]
    requests = KrakenMarketDialect(depth=100).subscribe(symbols, 7)
    messages = said(requests)
    assert [m["req_id"] - SESSION_FIRST for m in messages] == list(range(7, 13))
    assert [request.replies for request in requests] == [50, 10] * 3
    assert [m["params"]["channel"] for m in messages[::2]] == ["book", "ticker", "trade"]
    assert messages[0]["params"]["symbol"] + messages[1]["params"]["symbol"] == symbols
    assert messages[0]["params"]["depth"] == 100
    assert messages[2]["params"]["event_trigger"] == "bbo"
    assert messages[4]["params"]["snapshot"] is False
    with pytest.raises(ConfigError, match="depth 11"):
        market_dialect("kraken-spot", 11)


def test_kraken_brings_one_book_anew() -> None:
    requests = KrakenMarketDialect().resync(["A/USD", "B/USD"], 3)
    gone, come = said(requests)
    assert (gone["method"], come["method"]) == ("unsubscribe", "subscribe")
    assert [m["req_id"] - SESSION_FIRST for m in (gone, come)] == [3, 4]
    for message in (gone, come):
        assert message["params"] == {"channel": "book", "symbol": ["A/USD", "B/USD"], "depth": 10}
    assert [request.replies for request in requests] == [2, 2]
    assert json.loads(KrakenMarketDialect().ping(5).data) == {
        "method": "ping", "req_id": SESSION_FIRST + 5}  # fmt: skip


NUMBER = SESSION_FIRST + 4


@pytest.mark.parametrize(
    ("message", "control"),
    [
        ({"method": "subscribe", "req_id": NUMBER, "success": True}, (ControlKind.ACCEPTED, 4)),
        ({"method": "pong", "req_id": NUMBER}, (ControlKind.ACCEPTED, 4)),
        (
            {"method": "subscribe", "req_id": NUMBER, "success": False, "error": "no",
             "symbol": "X/Y"},
            (ControlKind.REFUSED, 4, "no X/Y"),
        ),
        ({"method": "add_order", "req_id": 4, "success": True}, (ControlKind.OTHER,)),
        ({"method": "pong", "req_id": True}, (ControlKind.OTHER,)),
        ({"error": "bad", "success": False}, (ControlKind.NOTICE, -1, "bad")),
        (
            {"channel": "status", "type": "update", "data": [{"system": "maintenance"}]},
            (ControlKind.NOTICE, -1, "the venue's status is maintenance"),
        ),
        ({"channel": "status", "data": [{"system": "online"}]}, (ControlKind.OTHER,)),
        ({"channel": "status", "data": 7}, (ControlKind.NOTICE, -1, "the venue's status is None")),
        ({"channel": "heartbeat"}, (ControlKind.OTHER,)),
        (["status"], (ControlKind.OTHER,)),
    ],
)  # fmt: skip
def test_kraken_is_understood(message: Any, control: tuple[Any, ...]) -> None:
    assert KrakenMarketDialect().control(json.dumps(message).encode()) == Control(*control)


def test_coinbase_takes_one_channel_a_message_and_the_exchange_feed_several() -> None:
    symbols = ["BTC-USD", "ETH-USD"]
    assert said(CoinbaseMarketDialect("coinbase").subscribe(symbols, 0)) == [
        {"type": "subscribe", "product_ids": symbols, "channel": "level2"},
        {"type": "subscribe", "product_ids": symbols, "channel": "market_trades"},
        {"type": "subscribe", "channel": "heartbeats"},
    ]
    assert said(CoinbaseMarketDialect("coinbase-exchange").subscribe(symbols, 0)) == [
        {"type": "subscribe", "product_ids": symbols, "channels": ["level2_batch", "matches"]},
        {"type": "subscribe", "product_ids": symbols, "channels": ["heartbeat"]},
    ]
    assert said(CoinbaseMarketDialect("coinbase").resync(["BTC-USD"], 0)) == [
        {"type": "unsubscribe", "product_ids": ["BTC-USD"], "channel": "level2"},
        {"type": "subscribe", "product_ids": ["BTC-USD"], "channel": "level2"},
    ]


@pytest.mark.parametrize(
    ("message", "control"),
    [
        ({"channel": "subscriptions", "events": []}, (ControlKind.ACCEPTED, OLDEST)),
        ({"type": "subscriptions", "channels": []}, (ControlKind.ACCEPTED, OLDEST)),
        ({"type": "error", "message": "no"}, (ControlKind.REFUSED, OLDEST, "no")),
        (
            {"type": "error", "message": "Failed", "reason": "x is unknown"},
            (ControlKind.REFUSED, OLDEST, "Failed x is unknown"),
        ),
        ({"channel": "heartbeats", "events": []}, (ControlKind.OTHER,)),
        ({"channel": "l2_data", "note": "subscriptions"}, (ControlKind.OTHER,)),
        ("subscriptions", (ControlKind.OTHER,)),
    ],
)
def test_coinbase_is_understood(message: Any, control: tuple[Any, ...]) -> None:
    dialect = CoinbaseMarketDialect("coinbase")
    assert dialect.control(json.dumps(message).encode()) == Control(*control)


@pytest.mark.parametrize("venue", ["kraken-spot", "coinbase"])
@pytest.mark.parametrize(
    "data", [b'{"error":', b'"method" "subscriptions"', b'\xff"error"', b'["error"' * 50_000]
)
def test_text_that_is_none_is_left_out(venue: str, data: bytes) -> None:
    assert market_dialect(venue).control(data) == Control(ControlKind.OTHER)


@pytest.mark.parametrize(
    ("venue", "connects"),
    [("kraken-spot", [(600 * 10**9, 150)]), ("coinbase", [(10**9, 8)])],
)
def test_connections_are_counted_as_the_venue_does(
    venue: str, connects: list[tuple[int, int]]
) -> None:
    assert market_dialect(venue).connects == connects
    assert market_dialect(venue).snapshot("X") is None
