"""What Binance's market-data sessions say and understand."""

import json

import pytest
from support import btcusdt, config_of

from tickpath.core.codes import Code
from tickpath.core.config import Source
from tickpath.core.errors import ConfigError
from tickpath.core.records import EventKind
from tickpath.venues.binance import native, wire
from tickpath.venues.binance.session import STREAMS, BinanceMarketDialect
from tickpath.venues.session_actions import Control, ControlKind

MARKETS = ("binance-spot", "binance-usdm", "binance-coinm")


@pytest.mark.parametrize("market", MARKETS)
def test_every_stream_is_named_once(market: str) -> None:
    symbols = [f"C{k}USDT" for k in range(50)]
    messages = [json.loads(m.data) for m in BinanceMarketDialect(market).subscribe(symbols, 7)]
    assert [m["id"] for m in messages] == [7, 8, 9]
    assert {m["method"] for m in messages} == {"SUBSCRIBE"}
    names = [name for m in messages for name in m["params"]]
    assert sorted(names) == sorted(f"{s.lower()}@{stream}" for s in symbols for stream in STREAMS)


@pytest.mark.parametrize(
    ("market", "path"), [("spot", "/ws"), ("usdm", "/public/ws"), ("coinm", "/ws")]
)
def test_a_line_is_where_the_market_tells_its_streams(market: str, path: str) -> None:
    dialect = BinanceMarketDialect(f"binance-{market}")
    assert dialect.line_url("wss://host") == f"wss://host{path}"


def test_more_streams_than_a_connection_takes_are_refused() -> None:
    dialect = BinanceMarketDialect("binance-usdm")
    with pytest.raises(ConfigError, match="200 streams"):
        dialect.subscribe([f"C{k}USDT" for k in range(67)], 0)


def test_an_unknown_market_is_refused() -> None:
    with pytest.raises(ConfigError, match="binance-mars"):
        BinanceMarketDialect("binance-mars")


@pytest.mark.parametrize(
    ("data", "control"),
    [
        (b'{"result":null,"id":3}', Control(ControlKind.ACCEPTED, 3)),
        (b'{"result":["a@trade"],"id":3}', Control(ControlKind.OTHER, 3)),
        (
            b'{"error":{"code":3,"msg":"Invalid JSON"},"id":4}',
            Control(ControlKind.REFUSED, 4, "3: Invalid JSON"),
        ),
        (b'{"code":2,"msg":"Invalid request","id":5}',
         Control(ControlKind.REFUSED, 5, "2: Invalid request")),
        (b'{"error":"odd","id":6}', Control(ControlKind.REFUSED, 6, "odd")),
        (b'{"e":"serverShutdown","E":1770123456789}', Control(ControlKind.CLOSING)),
        (b'{"e":"somethingNew","id":true}', Control(ControlKind.OTHER)),
        (b'{"result":null,"id":"3"}', Control(ControlKind.OTHER)),
        (b'[1]', Control(ControlKind.OTHER)),
        (b'{"id":', Control(ControlKind.OTHER)),
        (b'\xff', Control(ControlKind.OTHER)),
        (b'[' * 100_000, Control(ControlKind.OTHER)),
    ],
)  # fmt: skip
def test_replies_and_notices_are_told_apart(data: bytes, control: Control) -> None:
    assert BinanceMarketDialect("binance-spot").control(data) == control


def test_market_data_are_told_by_a_glance(monkeypatch: pytest.MonkeyPatch) -> None:
    def parsed(*_: object) -> None:
        raise AssertionError("a market frame was parsed")

    dialect = BinanceMarketDialect("binance-spot")
    monkeypatch.setattr(json, "loads", parsed)
    for frame in (
        b'{"e":"depthUpdate","E":1,"s":"BTCUSDT","U":1,"u":2,"b":[],"a":[]}',
        b'{"u":400900217,"s":"BTCUSDT","b":"25.35","B":"31.2","a":"25.36","A":"40.6"}',
    ):
        assert dialect.control(frame) == Control(ControlKind.OTHER)
    with pytest.raises(AssertionError, match="parsed"):
        dialect.control(b'{"result":null,"id":3}')


def test_trades_are_told_by_symbol_and_number() -> None:
    serial = BinanceMarketDialect("binance-spot").serial
    trade = b'{"e":"trade","E":1672515782136,"s":"BNBBTC","t":12345,"p":"0.001","q":"100"}'
    assert serial(trade) == ("BNBBTC", 12345)
    assert serial(trade.replace(b'"trade"', b'"depthUpdate"')) is None
    assert serial(trade[:50]) is None


def test_connections_are_counted_as_the_venue_does() -> None:
    for market in MARKETS:
        assert BinanceMarketDialect(market).connects == [(300 * 10**9, 300)]


@pytest.mark.parametrize("decoder", [wire.MarketDecoder, native.MarketDecoder])
def test_a_snapshot_of_any_instrument_is_decoded_as_its_own(decoder: type) -> None:
    source = Source(name="market", venue=0, instruments=(0, 1))
    config = config_of(btcusdt(), btcusdt(symbol="ETHUSDT"), sources=(source,))
    body = b'{"lastUpdateId":5,"bids":[["1.00","2.00000"]],"asks":[]}\n'
    dialect = BinanceMarketDialect("binance-spot")
    for k, symbol in enumerate(("BTCUSDT", "ETHUSDT")):
        code, event = decoder(config, 0).decode(dialect.snapshot_frame(symbol, body))
        assert code == Code.OK
        assert (event.kind, event.instrument, event.last_id) == (EventKind.SNAPSHOT, k, 5)


def test_a_snapshot_costs_what_the_venue_says() -> None:
    snapshot = BinanceMarketDialect("binance-spot").snapshot("BTCUSDT")
    assert (snapshot.path, snapshot.weight) == ("/api/v3/depth", 250)
    assert snapshot.query == "symbol=BTCUSDT&limit=5000"


@pytest.mark.parametrize("decoder", [wire.MarketDecoder, native.MarketDecoder])
def test_what_the_session_must_see_has_a_code_of_its_own(decoder: type) -> None:
    decode = decoder(config_of(btcusdt()), 0).decode
    assert decode(b'{"result":null,"id":3}')[0] == Code.FEED_CONTROL
    assert decode(b'{"error":{"code":3,"msg":"x"},"id":4}')[0] == Code.FEED_CONTROL
    assert decode(b'{"e":"serverShutdown","E":1770123456789}')[0] == Code.FEED_CONTROL


def test_what_headers_say_is_used_is_read() -> None:
    headers = {"x-mbx-used-weight-1m": "17", "x-mbx-used-weight-10s": "3", "x-mbx-used-weight": "9",
               "x-mbx-used-weight-1x": "1", "x-mbx-used-weight-1h": "many"}  # fmt: skip
    found = BinanceMarketDialect("binance-spot").used(headers)
    assert found == [(60 * 10**9, 17), (10 * 10**9, 3)]
