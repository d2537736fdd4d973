"""A Binance order session that hears SBE: the same as one that hears JSON."""

import json
import random
from typing import Any

import pytest
from order_frames import error_reply, execution_report, frame, place_reply
from sbe_frames import headed, mutations, resized, sbe_of
from support import btcusdt, btcusdt_linear, config_of

from tickpath.core.errors import ConfigError
from tickpath.venues.binance.order_session import BAN_NS_MAX, BinanceOrderDialect
from tickpath.venues.binance.sign import Signer
from tickpath.venues.keys import Keys
from tickpath.venues.order_dialects import speaks_sbe
from tickpath.venues.order_steps import Dial, Heard
from tickpath.venues.sim.server.binance import sbe

NS_PER_S, NS_PER_MS = 10**9, 10**6
NOW_NS = 1_700_000_000 * NS_PER_S
CONFIG = config_of(btcusdt(), btcusdt_linear())
NAME = "000100c7000000ff"


def dialect_of(venue: int = 0, **more: Any) -> BinanceOrderDialect:
    keys = Keys(id="key-id", secret="never-shown", kind="hmac")
    return BinanceOrderDialect(CONFIG, venue, Signer(keys), lambda: NOW_NS, **more)


def subscribed(number: int = 1, **more: Any) -> bytes:
    reply = {"id": f"s-{number}", "status": 200, "result": {"subscriptionId": 0}} | more
    return sbe.reply(reply, "userDataStream.subscribe")


def banned(status: int, code: int, until_ms: int | None = None) -> bytes:
    data = None if until_ms is None else {"serverTime": 1, "retryAfter": until_ms}
    return error_reply(NAME, status, code, data)


def test_the_url_asks_for_the_schema_and_nothing_without_the_option() -> None:
    url, dial = "wss://host/ws-api/v3", Dial("orders")
    asked = f"{url}?responseFormat=sbe&sbeSchemaId=3&sbeSchemaVersion=5"
    assert dialect_of(sbe=True).url(url, dial) == asked
    assert dialect_of().url(url, dial) == url


def test_futures_have_none() -> None:
    assert speaks_sbe("binance-spot")
    for name in ("binance-usdm", "binance-coinm", "kraken-spot", "coinbase-exchange"):
        assert not speaks_sbe(name)
    with pytest.raises(ConfigError, match="no SBE"):
        dialect_of(1, sbe=True)


def test_replies_to_the_session() -> None:
    dialect = dialect_of(sbe=True)
    assert dialect.heard("orders", subscribed(7)) == Heard(number=7)
    for code, message in ((-2015, "Invalid API-key"), (-1000, "x" * 300)):
        reply = {"id": "s-7", "status": 401, "error": {"code": code, "msg": message}}
        found = dialect.heard("orders", sbe.reply(reply, ""))
        assert found == dialect.heard("orders", frame(reply))
        assert (found.number, found.value, found.frames) == (7, code, ())
        assert found.fault == f"{code}: {message[:120]}"


@pytest.mark.parametrize(
    "data",
    [
        place_reply(NAME),
        error_reply(NAME, 400, -2010),
        error_reply(NAME, 503, -1008),
        frame(execution_report(NAME, "NEW")),
        banned(429, -1003),
        banned(418, -1003, NOW_NS // NS_PER_MS + 90_000),
        banned(418, -1003, NOW_NS // NS_PER_MS - 90_000),
        banned(429, -1003, 2**50),
        banned(429, -1015, NOW_NS // NS_PER_MS + 90_000),
    ],
)
def test_frames_of_the_engine_and_bans(data: bytes) -> None:
    dialect, binary = dialect_of(sbe=True), sbe_of(data)
    heard = dialect.heard("orders", data)
    assert dialect.heard("orders", binary) == Heard((binary,), wait_ns=heard.wait_ns)
    assert heard.wait_ns <= BAN_NS_MAX
    assert (heard.wait_ns > 0) == (b'"code":-1003' in data)


@pytest.mark.parametrize("kind", ["serverShutdown", "eventStreamTerminated"])
def test_notices_of_an_end(kind: str) -> None:
    data = sbe.event({"e": kind, "E": 1}, 0)
    heard = dialect_of(sbe=True).heard("orders", data)
    assert heard.frames == (data,)
    assert heard.closing


def test_a_schema_that_ends_is_told_once() -> None:
    dialect = dialect_of(sbe=True)
    old = bytearray(subscribed())
    old[8] = 1
    assert "update it" in dialect.heard("orders", bytes(old)).told
    assert dialect.heard("orders", bytes(old)).told == ""
    assert dialect.heard("orders", subscribed()).told == ""


def test_what_cannot_be_read_goes_to_the_engine_which_counts_it() -> None:
    dialect = dialect_of(sbe=True)
    good = subscribed()
    for data in (headed(good, template=998), headed(good, schema=9), resized(good, 2), good[:-1]):
        assert dialect.heard("orders", data) == Heard((data,))
    refused = sbe.reply({"id": "s-1", "status": 401, "result": {"serverTime": 1}}, "time")
    assert dialect.heard("orders", refused) == Heard((refused,))


def test_mutated_frames_never_raise() -> None:
    rng = random.Random(5)
    dialect = dialect_of(sbe=True)
    reply = {"id": "s-1", "status": 401, "error": {"code": -2015, "msg": "no"}}
    frames = [subscribed(), sbe.reply(reply, ""), sbe_of(place_reply(NAME)),
              sbe_of(banned(418, -1003, 5))]  # fmt: skip
    numbers = [dialect.heard("orders", data).number for data in mutations(rng, frames, 5000)]
    assert 100 < numbers.count(-1) < 4900
    assert json.dumps(sorted(set(numbers)))
