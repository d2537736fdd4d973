"""The market decoder's contract: every backend, every rule, by the frames of the corpus."""

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from venues.binance.wire_frames import plain
from venues.kraken.kraken_frames import corpus, corpus_config, instrument, kraken_config

from tickpath.core.backend import Backend
from tickpath.core.codes import Code
from tickpath.core.errors import ConfigError
from tickpath.core.limits import LIMITS
from tickpath.venues.base import market_module
from tickpath.venues.kraken import native, wire
from tickpath.venues.text.stamps import time_ns

CASES = corpus("market.jsonl")
CONFIG = corpus_config()
REFERENCE, NATIVE = wire.MarketDecoder(CONFIG, 0), native.MarketDecoder(CONFIG, 0)
BOOK = (
    b'{"channel":"book","type":"snapshot","data":[{"symbol":"BTC/USD","bids":[%b],"asks":[%b],'
    b'"checksum":1}]}'
)
TRADES = b'{"channel":"trade","type":"update","data":[%b]}'
TRADE = b'{"symbol":"BTC/USD","side":"buy","price":1,"qty":1,"trade_id":1}'


@pytest.fixture(params=["reference", "native"])
def decoder(request: pytest.FixtureRequest) -> Any:
    return market_module("kraken-spot", Backend(request.param)).MarketDecoder(CONFIG, 0)


def agree(frame: bytes) -> None:
    wanted = REFERENCE.decode(frame)
    assert NATIVE.decode(frame) == wanted, frame
    assert NATIVE.decode_general(frame) == wanted, frame


@pytest.mark.parametrize("case", CASES, ids=lambda c: c["name"])
def test_corpus(decoder: Any, case: dict[str, Any]) -> None:
    code, event = decoder.decode(case["data"])
    assert (code, plain(event)) == (case["code"], case["event"])
    agree(case["data"])


LOSES_ONE = ("off the tick", "checksum of 33 bits", "no asks", "level without quantity",
             "v1 no checksum", "v1 level short")  # fmt: skip
LOSES_ALL = ("empty", "cut", "nested too deep", "no symbol", "no type", "another type", "v1 long",
             "v1 part no object", "channel no string", "data of two books")  # fmt: skip


def test_a_refused_book_is_lost(decoder: Any) -> None:
    """No checksum would show a change that was missed beneath the ten levels it covers."""
    by_name = {case["name"]: case for case in CASES}
    for names, known in ((LOSES_ONE, True), (LOSES_ALL, False)):
        for name in names:
            code, event = decoder.decode(by_name[name]["data"])
            assert code != Code.OK, name
            assert (event.lost, event.instrument >= 0) == (1, known), name
    for case in CASES:
        if case["code"] in (Code.FEED_CONTROL, Code.FEED_UNKNOWN_SYMBOL):
            assert decoder.decode(case["data"])[1] is None, case["name"]
        if b'"trade"' in case["data"] or b'"ticker"' in case["data"]:
            event = decoder.decode(case["data"])[1]
            assert event is None or event.lost == 0, case["name"]


def test_corpus_reaches_every_code_of_a_text() -> None:
    made_here = {Code.FEED_OVERSIZED, Code.FEED_LEVELS}
    feed = {c for c in Code if 113 <= c < 200} - {Code.FEED_CONTROL}
    wanted = {int(c) for c in Code if 0 <= c < 200} - made_here - feed
    assert {case["code"] for case in CASES} >= wanted


def test_every_cut_of_a_frame_is_truncated(decoder: Any) -> None:
    for case in CASES[:6]:
        for at in range(len(case["data"])):
            code, event = decoder.decode(case["data"][:at])
            assert (code, event.instrument, event.lost) == (Code.FEED_TRUNCATED, -1, 1)


@pytest.mark.parametrize("level", [b'{"price":7,"qty":1}', b'{"qty":1, "price":7}'])
def test_levels_up_to_the_limit(decoder: Any, level: bytes) -> None:
    most = LIMITS["levels_per_frame_max"]
    for count, code in ((most, Code.OK), (most + 1, Code.FEED_LEVELS)):
        levels = b",".join([level] * count)
        for sides in ((levels, b""), (b"", levels)):
            answer, event = decoder.decode(BOOK % sides)
            assert answer == code
            assert event is not None
            assert len(event.bids or event.asks) == (count if code == Code.OK else 0)


def test_trades_up_to_the_limit(decoder: Any) -> None:
    most = LIMITS["trades_per_frame_max"]
    for count, code in ((most, Code.OK), (most + 1, Code.FEED_LEVELS)):
        answer, event = decoder.decode(TRADES % b",".join([TRADE] * count))
        assert answer == code
        assert event is not None
        assert len(event.trades) == (count if code == Code.OK else 0)


def test_oversized(decoder: Any) -> None:
    most = LIMITS["frame_bytes_max"]
    frame = b'{"channel":"heartbeat"}'
    assert decoder.decode(frame + b" " * (most - len(frame)))[0] == Code.FEED_CONTROL
    assert decoder.decode(frame + b" " * (most - len(frame) + 1))[0] == Code.FEED_OVERSIZED


@pytest.mark.parametrize("depth", [1, 50, 1001])
def test_a_depth_that_is_not_offered_is_refused(depth: int) -> None:
    for module in (wire, native):
        with pytest.raises(ConfigError, match="Kraken offers 10, 25, 100, 500, 1000"):
            module.MarketDecoder(kraken_config(depth=depth), 0)


def test_depth_is_ten_unless_said(decoder: Any) -> None:
    frame = BOOK % (b"", b"")
    assert decoder.decode(frame)[1].depth == 25
    for module in (wire, native):
        assert module.MarketDecoder(kraken_config(), 0).decode(frame)[1].depth == 10


def test_grids_finer_than_the_fast_numbers() -> None:
    config = kraken_config(instrument(tick="0.0000000001"))
    for module in (wire, native):
        code, event = module.MarketDecoder(config, 0).decode(
            BOOK % (b'{"price":0.0000000003,"qty":1}', b"")
        )
        assert code == Code.OK
        assert event.bids[0].price_ticks == 3


numbers = st.one_of(
    st.decimals(0, 10**9, allow_nan=False, places=8).map(lambda d: f"{d:f}"),
    st.from_regex(r"-?(0|[1-9][0-9]{0,3})(\.[0-9]{1,9})?([eE][+-]?[0-9]{1,2})?", fullmatch=True),
)
words = st.sampled_from(('{"price":%s,"qty":%s}', '{"qty":%s,"price":%s}', "[%s,%s]", '"%s%s"'))
levels = st.lists(st.tuples(words, numbers, numbers).map(lambda t: t[0] % t[1:]), max_size=4)


@given(levels, levels, st.integers(-1, 2**33), st.sampled_from(("update", "snapshot", "x")))
def test_books_of_any_numbers(bids: list[str], asks: list[str], checksum: int, kind: str) -> None:
    agree(
        (
            f'{{"channel":"book","type":"{kind}","data":[{{"symbol":"ETH/USD",'
            f'"bids":[{",".join(bids)}],"asks":[{",".join(asks)}],"checksum":{checksum}}}]}}'
        ).encode()
    )


# -- times -----------------------------------------------------------------------------------------


@given(st.datetimes(datetime(1970, 1, 1), datetime(2261, 12, 31, 23, 59, 59)))
def test_times_are_those_of_the_calendar(moment: datetime) -> None:
    whole = moment.replace(tzinfo=UTC)
    since = whole - datetime(1970, 1, 1, tzinfo=UTC)
    ns = (since.days * 86_400 + since.seconds) * 10**9 + since.microseconds * 1000
    text = f"{moment:%Y-%m-%dT%H:%M:%S}.{moment.microsecond:06d}Z"
    assert time_ns(text) == ns
    frame = BOOK.replace(b'"checksum"', b'"timestamp":"%b","checksum"' % text.encode()) % (b"", b"")
    code, event = NATIVE.decode(frame)
    assert (code, event.t_venue_ns) == (Code.OK, ns)


@pytest.mark.parametrize(
    "text",
    ["", "Z", "2023-10-06", "2023-10-06T17:35:55", "2023-10-06T17:35:60Z", "2023-10-06T24:00:00Z",
     "2023-10-06T17:60:00Z", "1969-12-31T23:59:59Z", "2262-01-01T00:00:00Z", "2023-00-06T17:35:55Z",
     "2023-10-00T17:35:55Z", "2023-10-06T17:35:55.Z", "2023-10-06 17:35:55Z",
     "2023-10-06T17:35:55z", "2023-02-29T00:00:00Z", "2100-02-29T00:00:00Z",
     "2024-02-30T00:00:00Z", "2023-04-31T00:00:00Z", "x2023-10-06T17:35:55Z",
     "2023-10-06T17:35:55ZZ"],
)  # fmt: skip
def test_texts_that_are_no_time(text: str) -> None:
    assert time_ns(text) == -1
    frame = BOOK.replace(b'"checksum"', b'"timestamp":"%b","checksum"' % text.encode()) % (b"", b"")
    for decode in (REFERENCE.decode, NATIVE.decode, NATIVE.decode_general):
        code, event = decode(frame)
        assert (code, event.t_venue_ns) == (Code.OK, 0)
