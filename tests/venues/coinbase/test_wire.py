"""The Coinbase market decoders: every backend, every rule, by the frames of the corpus."""

import random
from typing import Any

import pytest
from venues.coinbase.wire_frames import (
    PRODUCTS,
    config_for,
    corpus,
    drained,
    frame,
    l2,
    plain,
    text,
    ticker,
    trade,
    update,
)

from tickpath.core.backend import Backend
from tickpath.core.codes import Code
from tickpath.core.errors import ConfigError
from tickpath.core.limits import LIMITS
from tickpath.core.records import EventKind
from tickpath.venues.base import market_module
from tickpath.venues.coinbase import native, wire

CASES = corpus("market.jsonl")
CONFIG = config_for()
BACKENDS = ("reference", "native")


@pytest.fixture(params=BACKENDS)
def decoder(request: pytest.FixtureRequest) -> Any:
    return market_module("coinbase", Backend(request.param)).MarketDecoder(CONFIG, 0)


def test_corpus(decoder: Any) -> None:
    for case in CASES:
        found = [[code, plain(event)] for code, event in drained(decoder, case["data"])]
        assert found == case["events"], case["name"]
        assert decoder.sequence == case["sequence"], case["name"]


def test_corpus_reaches_every_code_of_a_text() -> None:
    others = {Code.FEED_OVERSIZED, Code.FEED_LEVELS, Code.FEED_SCHEMA}
    later = {c for c in Code if 113 <= c < 200} - {Code.FEED_CONTROL}
    wanted = {int(c) for c in Code if 0 <= c < 200} - others - later
    assert {code for case in CASES for code, _ in case["events"]} >= wanted


def test_a_cut_frame_is_truncated_and_loses_every_book(decoder: Any) -> None:
    for case in CASES[:8]:
        for at in range(0, len(case["data"].rstrip()), 7):
            ((code, event),) = drained(decoder, case["data"][:at])
            assert (code, event.instrument, event.lost) == (Code.FEED_TRUNCATED, -1, 1)


def test_levels_up_to_the_limit(decoder: Any) -> None:
    most = LIMITS["levels_per_frame_max"]
    for count, code in ((most, Code.OK), (most + 1, Code.FEED_LEVELS)):
        for side in ("bids", "asks"):
            levels = [[f"{k + 1}.00", "1"] for k in range(count)]
            sides = {"bids": [], "asks": []} | {side: levels}
            answer, event = decoder.decode(
                text({"type": "snapshot", "product_id": "BTC-USD"} | sides)
            )
            assert (answer, event.lost) == (code, int(code != Code.OK))
            assert len(getattr(event, side)) == (count if code == Code.OK else 0)


def test_a_frame_past_the_limit_loses_every_book(decoder: Any) -> None:
    most = LIMITS["frame_bytes_max"]
    data = frame("heartbeats")
    assert decoder.decode(data + b" " * (most - len(data))) == (Code.FEED_CONTROL, None)
    code, event = decoder.decode(data + b" " * (most - len(data) + 1))
    assert (code, event.instrument, event.lost) == (Code.FEED_OVERSIZED, -1, 1)


def test_more_trades_than_an_event_holds_come_in_several(decoder: Any) -> None:
    most = LIMITS["trades_per_frame_max"]
    trades = [trade(k, "BTC-USD", "1.00", "1") for k in range(1, 2 * most + 2)]
    found = drained(decoder, frame("market_trades", {"type": "update", "trades": trades}))
    assert [len(event.trades) for _, event in found] == [most, most, 1]
    assert [event.first_id for _, event in found] == [1, most + 1, 2 * most + 1]


def test_products_alternate(decoder: Any) -> None:
    """Each lookup finds its own instrument, whatever was found before."""
    names = [name for name, _, _ in PRODUCTS] + ["ETH-USD"]
    places = {name: min(k, 1 if name == "ETH-USD" else k) for k, name in enumerate(names)}
    for first in names:
        for second in names:
            tickers = [ticker(name, "0", "0", "0", "0") for name in (first, second)]
            found = drained(decoder, frame("ticker", {"tickers": tickers}))
            assert [e.instrument for _, e in found] == [places[first], places[second]]


@pytest.mark.parametrize("name", ["BTC-US", "BTC-USDC", "BTC-USDX", "btc-usd", "", "B" * 40])
def test_products_of_others(decoder: Any, name: str) -> None:
    assert decoder.decode(frame("l2_data", l2("update", name))) == (Code.FEED_UNKNOWN_SYMBOL, None)


@pytest.mark.parametrize("backend", BACKENDS)
def test_two_products_of_one_market_name_are_refused(backend: str) -> None:
    products = (("BTC-USD", "0.01", "0.01"), ("BTC-USDC", "0.01", "0.01"))
    module = market_module("coinbase", Backend(backend))
    with pytest.raises(ConfigError, match="a source of its own"):
        module.MarketDecoder(config_for(products=products), 0)


@pytest.mark.parametrize(
    "stamp",
    [
        "1970-01-01T00:00:00Z",
        "2024-02-29T12:30:59.000000001Z",
        "2100-02-28T23:59:59.9Z",
        "2261-12-31T23:59:59.999999999Z",
    ],
)
def test_time_stamps_both_know(stamp: str) -> None:
    data = frame("l2_data", l2("update", "BTC-USD"), timestamp=stamp)
    found = {decoder_of(b).decode(data)[1].t_venue_ns for b in BACKENDS}
    assert found == {wire.time_ns(stamp)}
    assert wire.time_ns(stamp) % 10**9 == int(stamp[20:-1].ljust(9, "0") or 0)


@pytest.mark.parametrize(
    "stamp",
    [
        "2100-02-29T00:00:00Z", "2024-13-01T00:00:00Z", "2024-00-01T00:00:00Z",
        "1969-01-01T00:00:00Z", "2262-01-01T00:00:00Z", "2024-01-01T24:00:00Z",
        "2024-01-01T00:60:00Z", "2024-01-01T00:00:60Z", "2024-01-01T00:00:00",
        "2024-01-01T00:00:00.Z", "2024-01-01T00:00:00.1234567890Z", "", "x", 5, None, {},
        "2024-01-01 00:00:00Z", "2024-01-01T00:00:00+00:00", "+024-01-01T00:00:00Z",
        "\uff12024-01-01T00:00:00Z", "2024-01-32T00:00:00Z", "2024-04-31T00:00:00Z",
    ],
)  # fmt: skip
def test_what_is_no_time_stamp_is_none(decoder: Any, stamp: Any) -> None:
    code, event = decoder.decode(frame("l2_data", l2("update", "BTC-USD"), timestamp=stamp))
    assert (code, event.t_venue_ns) == (Code.OK, 0)


def decoder_of(backend: str) -> Any:
    return market_module("coinbase", Backend(backend)).MarketDecoder(CONFIG, 0)


def test_the_rest_of_a_frame_goes_when_the_next_comes(decoder: Any) -> None:
    many = frame("ticker", {"tickers": [ticker("BTC-USD", "1", "1", "2", "1")] * 3})
    decoder.decode(many)
    assert decoder.decode_next() is not None
    assert decoder.decode(b"{")[0] == Code.FEED_TRUNCATED
    assert decoder.decode_next() is None
    assert decoder.decode(frame("l2_data", l2("update", "BTC-USD")))[1].kind == EventKind.DEPTH
    assert decoder.decode_next() is None


def test_random_frames_are_equal() -> None:
    """Well-formed frames of random content, in members of random order and spacing."""
    rng = random.Random(5)
    reference, decoder = wire.MarketDecoder(CONFIG, 0), native.MarketDecoder(CONFIG, 0)
    names = [name for name, _, _ in PRODUCTS] + ["ETH-USD", "NO-NE"]
    numbers = [
        "0",
        "0.05",
        "1.00",
        "68900.15",
        "0.003",
        "1e1",
        "-1",
        "12345678.12345678",
        "x",
        3,
        None,
    ]
    seen = set()
    for k in range(2000):
        entries = [
            rng.choice((
                update(rng.choice(("bid", "offer")), rng.choice(numbers), rng.choice(numbers)),
                trade(rng.choice((k, "7")), rng.choice(names), *rng.choices(numbers, k=2), "SELL"),
                ticker(rng.choice(names), *rng.choices(numbers, k=4)),
            ))
            for _ in range(rng.randrange(5))
        ]  # fmt: skip
        for entry in entries:
            if rng.random() < 0.2 and entry:
                del entry[rng.choice(list(entry))]
        key, channel = rng.choice(
            (("updates", "l2_data"), ("trades", "market_trades"), ("tickers", "ticker"))
        )
        event = {"type": rng.choice(("update", "snapshot")), "product_id": rng.choice(names)}
        data = frame(channel, *[event | {key: entries}] * rng.randrange(1, 3), sequence=k)
        found = drained(decoder, data)
        assert found == drained(reference, data), data
        seen |= {code for code, _ in found}
    assert seen >= {Code.OK, Code.FEED_MISSING_FIELD, Code.FEED_OFF_GRID, Code.FEED_RANGE}
