"""Scanning, seen through a decoder: texts, strings and numbers against json and Decimal."""

import json
import sys
from decimal import Decimal
from typing import Any

from hypothesis import assume, example, given, settings
from hypothesis import strategies as st
from support import btcusdt, config_of

from tickpath.core.codes import Code
from tickpath.core.limits import LIMITS
from tickpath.venues.binance import native

CONFIG = config_of(btcusdt(tick_size=Decimal("0.00000001"), lot_size=Decimal("0.00000001")))
DECODER = native.MarketDecoder(CONFIG, 0)
FAULTS = {Code.FEED_TRUNCATED, Code.FEED_SYNTAX, Code.FEED_NESTING, Code.FEED_ENCODING}
BOUNDED = settings(derandomize=True, deadline=None, max_examples=300)

leaves = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text()
)
trees = st.recursive(
    leaves, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=6
)


def refuse(name: str) -> Any:
    raise ValueError(name)


def valid(text: str) -> bool:
    try:
        json.loads(text, parse_constant=refuse)
    except ValueError:
        return False
    return True


def depth(value: Any) -> int:
    if isinstance(value, dict):
        return 1 + max(map(depth, value.values()), default=0)
    if isinstance(value, list):
        return 1 + max(map(depth, value), default=0)
    return 0


@BOUNDED
@given(trees, st.booleans(), st.sampled_from((None, 0, 1)))
def test_valid_texts_pass(tree: Any, ascii_only: bool, indent: int | None) -> None:
    text = json.dumps({"result": tree}, ensure_ascii=ascii_only, indent=indent)
    assume(depth(tree) < LIMITS["nesting_max"])
    try:
        data = text.encode()
    except UnicodeEncodeError:
        return
    assert DECODER.decode(data)[0] == Code.FEED_CONTROL


@BOUNDED
@given(st.text('{}[]:,"\\ue0123456789.-+trufalsn \n', max_size=24))
def test_validity_is_that_of_json(text: str) -> None:
    text = "[" + text
    code = DECODER.decode(text.encode())[0]
    assert (code not in FAULTS) == valid(text), text


@BOUNDED
@given(st.binary(max_size=12), st.text(max_size=6))
@example(b"\xe0\x80\x80", "")
@example(b"\xed\xbf\xbf", "")
@example(b"\xf0\x8f\xbf\xbf", "")
@example(b"\xf4\x90\x80\x80", "")
@example(b"\xc1\xbf", "01234567")
def test_encoding_is_that_of_utf8(raw: bytes, text: str) -> None:
    data = b'{"x":"' + text.encode() + raw
    try:
        data.decode()
    except UnicodeDecodeError:
        assert DECODER.decode(data)[0] == Code.FEED_ENCODING
    else:
        assert DECODER.decode(data)[0] != Code.FEED_ENCODING


def written(text: str, choices: list[int]) -> str:
    """A JSON string of `text`; a character is escaped where its choice says so or where it must."""
    parts = []
    for k, c in enumerate(text):
        pair = c.encode("utf-16-be", "surrogatepass").hex(" ", 2).split()
        short = {"\n": "\\n", "/": "\\/", '"': '\\"', "\\": "\\\\"}.get(c)
        if choices[k % len(choices)] == 0 and c >= " " and c not in '"\\' and len(pair) == 1:
            parts.append(c)
        elif choices[k % len(choices)] == 1 and short:
            parts.append(short)
        else:
            parts.append("".join(f"\\u{unit}" for unit in pair))
    return '"' + "".join(parts) + '"'


keys = st.sampled_from(("result", "error", "code", "resulT", "results", "resul", "cöde")) | st.text(
    st.characters(exclude_categories=()), max_size=12
)


@BOUNDED
@given(keys, st.lists(st.integers(0, 2), min_size=1, max_size=8))
def test_strings_are_compared_by_what_they_read(text: str, choices: list[int]) -> None:
    """A key is known however it is written, and only then."""
    key = written(text, choices)
    assume(not any(0xD800 <= ord(c) < 0xE000 for c in key))
    known = json.loads(key) in ("result", "error", "code")
    code = DECODER.decode(f"{{{key}:1}}".encode())[0]
    assert code == (Code.FEED_CONTROL if known else Code.FEED_UNKNOWN_KIND)


def bbo(price: str) -> tuple[int, int]:
    """Code and ticks of 10**-8 of a price, the same in both scanners."""
    frame = f'{{"u":1,"s":"BTCUSDT","b":"{price}","B":"0","a":"0","A":"0"}}'.encode()
    answers = DECODER.decode(frame), DECODER.decode_general(frame)
    assert answers[0] == answers[1]
    code, event = answers[0]
    assert event is not None
    return code, event.bids[0].price_ticks if event.bids else 0


@BOUNDED
@given(st.integers(0, 2**63 - 1), st.integers(0, 8), st.integers(0, 20))
@example(2**63 - 1, 8, 0)
@example(10**16 - 1, 8, 0)
@example(99999999 * 10**8, 0, 8)
def test_numbers_are_exact(units: int, zeros_cut: int, zeros_added: int) -> None:
    whole, fraction = f"{units // 10**8}", f"{units % 10**8:08d}"
    text = whole + "." + (fraction.rstrip("0") or "0") + "0" * zeros_added
    assert bbo(text) == (Code.OK, units)
    assert bbo(f"{whole}.{fraction}") == (Code.OK, units)
    if units % 10**8 == 0:
        assert bbo(whole) == (Code.OK, units)
    shifted = f"{units}e-8" if zeros_cut % 2 else f"{units * 10}E-9"
    assert bbo(shifted) == (Code.OK, units)


@BOUNDED
@given(st.integers(2**63, 10**40))
def test_numbers_beyond_63_bits(units: int) -> None:
    assert bbo(f"{units}e-8")[0] == Code.FEED_DIGITS
    assert bbo(f"{units // 10**8}.{units % 10**8:08d}")[0] == Code.FEED_DIGITS


@BOUNDED
@given(st.integers(0, 10**12), st.integers(9, 400), st.integers(1, 9))
def test_digits_beyond_the_decimals(units: int, place: int, digit: int) -> None:
    text = f"{units}." + "0" * (place - 1) + str(digit)
    assert bbo(text)[0] == Code.FEED_DIGITS
    assert bbo(text + "0" * 40)[0] == Code.FEED_DIGITS


@BOUNDED
@given(st.text("0123456789.eE+- ", max_size=20))
def test_number_grammar_is_that_of_json(text: str) -> None:
    try:
        limit = sys.get_int_max_str_digits()
        good = text.strip() == text and isinstance(json.loads(text, parse_int=str), str | float)
        assert limit == 0 or len(text) < limit
    except ValueError:
        good = False
    assert (bbo(text)[0] != Code.FEED_WRONG_TYPE) == good
