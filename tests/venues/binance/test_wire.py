"""The market decoder's contract: every backend, every rule, by the frames of the corpus."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support import btcusdt, btcusdt_linear, config_of
from venues.binance.wire_frames import SYMBOLS, corpus, odd_config, plain

from tickpath.core.backend import Backend
from tickpath.core.codes import Code
from tickpath.core.config import Source
from tickpath.core.errors import BackendError, ConfigError
from tickpath.core.limits import LIMITS
from tickpath.core.records import Level
from tickpath.venues.base import market_module
from tickpath.venues.binance import native, wire

CASES = corpus("market.jsonl")
CONFIG = odd_config()
BACKENDS = ("reference", "native")


@pytest.fixture(params=BACKENDS)
def decoder(request: pytest.FixtureRequest) -> Any:
    return market_module("binance-spot", Backend(request.param)).MarketDecoder(CONFIG, 0)


def test_corpus(decoder: Any) -> None:
    for case in CASES:
        code, event = decoder.decode(case["data"])
        assert (code, plain(event)) == (case["code"], case["event"]), case["name"]


def test_corpus_in_the_general_scanner() -> None:
    decoder = native.MarketDecoder(CONFIG, 0)
    for case in CASES:
        code, event = decoder.decode_general(case["data"])
        assert (code, plain(event)) == (case["code"], case["event"]), case["name"]


def test_corpus_reaches_every_code_of_a_text() -> None:
    binary = {Code.FEED_OVERSIZED, Code.FEED_LEVELS}
    later = {c for c in Code if 113 <= c < 200} - {Code.FEED_CONTROL, Code.FEED_SCHEMA}
    wanted = {int(c) for c in Code if 0 <= c < 200} - binary - later
    assert {case["code"] for case in CASES} >= wanted


def test_every_cut_of_a_frame_is_truncated(decoder: Any) -> None:
    for case in CASES[:8]:
        for at in range(len(case["data"].rstrip())):
            assert decoder.decode(case["data"][:at]) == (Code.FEED_TRUNCATED, None)


def test_levels_up_to_the_limit(decoder: Any) -> None:
    most = LIMITS["levels_per_frame_max"]
    for count, code in ((most, Code.OK), (most + 1, Code.FEED_LEVELS)):
        levels = ",".join(f'["{k + 1}.00","1.00000"]' for k in range(count))
        for bids, asks in ((levels, ""), ("", levels)):
            frame = f'{{"lastUpdateId":9,"bids":[{bids}],"asks":[{asks}]}}'.encode()
            answer, event = decoder.decode(frame)
            assert answer == code
            assert event is not None
            side = event.bids or event.asks
            assert len(side) == (count if code == Code.OK else 0)
            assert not side or side[-1] == Level(100 * count, 100000)


def test_oversized(decoder: Any) -> None:
    most = LIMITS["frame_bytes_max"]
    frame = b'{"result":null}'
    assert decoder.decode(frame + b" " * (most - len(frame)))[0] == Code.FEED_CONTROL
    assert decoder.decode(frame + b" " * (most - len(frame) + 1))[0] == Code.FEED_OVERSIZED
    assert decoder.decode(b"\0" * (most + 1))[0] == Code.FEED_OVERSIZED


def test_symbols_alternate(decoder: Any) -> None:
    """Each lookup finds its own instrument, whatever was found before."""
    for first, _, _ in SYMBOLS:
        for second, _, _ in SYMBOLS:
            for symbol in (first, second):
                frame = f'{{"u":1,"s":"{symbol}","b":"0","B":"0","a":"0","A":"0"}}'.encode()
                code, event = decoder.decode(frame)
                assert code == Code.OK
                assert event is not None
                assert SYMBOLS[event.instrument][0] == symbol


def test_a_prefix_of_a_symbol_is_another(decoder: Any) -> None:
    for symbol, _, _ in SYMBOLS:
        for other in (symbol[:-1], symbol + "X", symbol + "\\u0000", symbol + " "):
            frame = f'{{"u":1,"s":"{other}","b":"0","B":"0","a":"0","A":"0"}}'.encode()
            assert decoder.decode(frame) == (Code.FEED_UNKNOWN_SYMBOL, None)


@pytest.mark.parametrize("backend", BACKENDS)
def test_source_of_its_own(backend: str) -> None:
    """The event carries the configuration's index and source, not a place in the source."""
    config = config_of(btcusdt(symbol="A"), btcusdt(symbol="B"), btcusdt(symbol="C"))
    source = Source(name="two", venue=0, instruments=(2, 1))
    config = config_of(*config.instruments, sources=(*config.sources, source))
    decoder = market_module("binance-spot", Backend(backend)).MarketDecoder(config, 3)
    frame = '{"lastUpdateId":1,"symbol":"%s","bids":[],"asks":[]}'
    for symbol, index in (("B", 1), ("C", 2)):
        code, event = decoder.decode((frame % symbol).encode())
        assert (code, event.source, event.instrument) == (Code.OK, 3, index)
    assert decoder.decode((frame % "A").encode()) == (Code.FEED_UNKNOWN_SYMBOL, None)
    bare = frame.replace('"symbol":"%s",', "").encode()
    assert decoder.decode(bare)[1].instrument == 2
    assert decoder.source == 3


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize(
    ("instruments", "source", "words"),
    [
        ((0,), 1, "source 1 is not configured"),
        ((), 0, "has no instruments"),
        ((0, 7), 0, "names instrument 7"),
        ((0, 1), 0, "twice"),
    ],
)
def test_wrong_sources_are_refused(
    backend: str, instruments: tuple[int, ...], source: int, words: str
) -> None:
    config = config_of(
        btcusdt(),
        btcusdt_linear(),
        sources=(Source(name="s", venue=0, instruments=instruments),),
    )
    with pytest.raises(ConfigError, match=words):
        market_module("binance-spot", Backend(backend)).MarketDecoder(config, source)


@pytest.mark.parametrize("backend", BACKENDS)
def test_symbols_that_no_text_can_hold_are_refused(backend: str) -> None:
    for symbol in ('A"B', "A\\B", "A\nB", "A\ud800"):
        with pytest.raises(ConfigError, match="a symbol has no quote"):
            market_module("binance-spot", Backend(backend)).MarketDecoder(
                config_of(btcusdt(symbol=symbol)), 0
            )


def test_market_module_names_what_is_missing() -> None:
    with pytest.raises(ConfigError, match="no folder 'nowhere'"):
        market_module("nowhere-spot", Backend.NATIVE)
    with pytest.raises(BackendError, match="make build"):
        market_module("binance-spot", Backend.FPGA)
    assert wire.probe().ok
    assert native.probe().ok


# -- generated frames ---------------------------------------------------------------------------

REFERENCE = wire.MarketDecoder(CONFIG, 0)
NATIVE = native.MarketDecoder(CONFIG, 0)


def agree(frame: bytes) -> None:
    wanted = REFERENCE.decode(frame)
    assert NATIVE.decode(frame) == wanted
    assert NATIVE.decode_general(frame) == wanted


space = st.sampled_from(("", "", "", " ", "\n", "\t ", " \r\n"))
digits = st.text("0123456789", min_size=1, max_size=11)


@st.composite
def number_text(draw: st.DrawFn) -> str:
    """Often a good number, sometimes one with a fault."""
    text = draw(st.sampled_from(("", "", "", "", "-", "+", "0"))) + draw(digits)
    if draw(st.integers(0, 3)):
        text += "." + draw(digits) + draw(st.sampled_from(("", "", "0", "000000")))
    if draw(st.integers(0, 5)) == 0:
        text += draw(st.sampled_from("eE")) + draw(st.sampled_from(("", "-", "+"))) + draw(digits)
    return text


price = st.one_of(
    st.integers(0, 10**7).map(lambda k: f"{k // 100}.{k % 100:02d}"),
    st.integers(0, 10**7).map(lambda k: f"{k // 100}.{k % 100:02d}000000"),
    number_text(),
)
quantity = st.one_of(
    st.integers(0, 10**9).map(lambda k: f"{k // 100000}.{k % 100000:05d}"), number_text()
)
quoted = st.sampled_from((True, True, True, True, True, False))


@st.composite
def escaped(draw: st.DrawFn, text: str) -> str:
    """A JSON string, now and then with some characters escaped."""
    if draw(st.integers(0, 9)):
        return json.dumps(text, ensure_ascii=draw(st.booleans()))
    parts = [f"\\u{ord(c):04x}" if draw(st.booleans()) else c for c in text]
    return '"' + "".join(parts) + '"'


@st.composite
def message(draw: st.DrawFn) -> str:
    symbol = draw(st.sampled_from([s[0] for s in SYMBOLS[:6]] + ["BTCUSDT"] * 4))

    def number(text: Callable[[], str]) -> str:
        value = text()
        return f'"{value}"' if draw(quoted) else value

    def one() -> str:
        return number(lambda: draw(price))

    def many() -> str:
        return number(lambda: draw(quantity))

    def levels() -> str:
        rows = [f"[{one()},{many()}]" for _ in range(draw(st.integers(0, 4)))]
        return "[" + ",".join(rows) + "]"

    ident = str(draw(st.integers(0, 2**64)))
    stamp = str(draw(st.sampled_from((1723161255208, 1723161255208123, 10**13 - 1, 0))))
    named = {"s": draw(escaped(symbol))}
    extra = {"ps": '"X"', "st": "1", "T": stamp, "X": '"MARKET"', "M": "true", "z": "[{}]"}
    update = {"e": '"depthUpdate"', "E": stamp}
    shapes: dict[str, Callable[[], dict[str, str]]] = {
        "depth": lambda: {**update, **named, "U": ident, "u": ident, "b": levels(), "a": levels()},
        "chain": lambda: {
            **update, "U": "1", "u": ident, "pu": ident, "b": levels(), "a": levels()
        },
        "bbo": lambda: {"u": ident, **named, "b": one(), "B": many(), "a": one(), "A": many()},
        "trade": lambda: {
            "e": '"trade"', "E": stamp, **named, "t": ident, "p": one(), "q": many(),
            "m": draw(st.sampled_from(("true", "false", "null"))),
        },
        "rest": lambda: {"lastUpdateId": ident, "bids": levels(), "asks": levels()},
    }  # fmt: skip
    fields = list(shapes[draw(st.sampled_from(sorted(shapes)))]().items())
    fields += [(k, extra[k]) for k in draw(st.lists(st.sampled_from(sorted(extra)), max_size=3))]
    if draw(st.booleans()):
        fields = list(draw(st.permutations(fields)))
    if draw(st.integers(0, 7)) == 0:
        fields.pop(draw(st.integers(0, len(fields) - 1)))
    pairs = []
    for key, value in fields:
        gap = [draw(space) if draw(st.integers(0, 7)) == 0 else "" for _ in range(4)]
        pairs.append(f"{gap[0]}{draw(escaped(key))}{gap[1]}:{gap[2]}{value}{gap[3]}")
    text = "{" + ",".join(pairs) + "}"
    if draw(st.booleans()):
        return text
    channel = draw(st.sampled_from(("depth", "depth20@100ms", "trade", "bookTicker", "")))
    stream = draw(escaped(f"{symbol.lower()}@{channel}"))
    return f'{{"stream":{stream},"data":{text}}}'


@settings(derandomize=True, deadline=None, max_examples=400)
@given(message())
def test_generated_frames(text: str) -> None:
    agree(text.encode())
