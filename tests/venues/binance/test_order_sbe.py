"""Binance SBE order frames: what they say, what is refused, one backend against the other."""

import json
import random
import re
from decimal import Decimal, localcontext
from importlib import import_module
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from order_frames import (
    cancel_reply,
    error_reply,
    execution_report,
    frame,
    place_reply,
    replace_halves,
)
from sbe_frames import RESULT, block_of, headed, mutations, put, resized, sbe_of
from support import FIXTURES, btcusdt, btcusdt_linear, config_of, require

from tickpath.core.codes import Code
from tickpath.core.ids import to_text
from tickpath.core.records import FEE_NOT_REPORTED, Report, ReportKind
from tickpath.venues.binance.sbe_message import SHAPES
from tickpath.venues.sim.server.binance import sbe, sbe_templates

ID, OTHER = 0x0001_00C7_0000_00FF, 0xFFFF_0001_ABCD_EF01
NAME = to_text(ID)
CONFIG = config_of(btcusdt(), btcusdt_linear())
MODULES = {"reference": "orders", "native": "native_orders"}
FOLDER = FIXTURES / "binance/user_data_sbe/mainnet"
FILLED = sbe_of(
    frame(
        execution_report(NAME, "TRADE", l="0.001", L="2500.01", z="0.003", n="0.1", N="USDT", t=9)
    )
)
NULL = -(2**63)


def codec_of(backend: str, venue: int = 0, config: Any = CONFIG) -> Any:
    return import_module(f"tickpath.venues.binance.{MODULES[backend]}").OrderCodec(config, venue)


CODECS = [codec_of("reference"), codec_of("native")]


def same(data: bytes) -> tuple[int, list[Report]]:
    """What both backends say."""
    found = [codec.decode(data) for codec in CODECS]
    assert found[0] == found[1], data
    code, reports = found[0]
    return int(code), reports


def corpus() -> list[bytes]:
    steps = ("NEW", "TRADE", "CANCELED", "TRADE_PREVENTION", "EXPIRED", "REPLACED", "REJECTED")
    fills = [{"price": "1.00", "qty": "1", "commission": "4", "commissionAsset": "USDT"}] * 2
    more = {"executedQty": "0.00002000", "status": "FILLED"}
    standing = {"symbol": "BTCUSDT", "orderId": 5, "executedQty": "0.00003", "status": "FILLED"}
    kinds = ((True, "FAILURE"), (False, "NOT_ATTEMPTED"), (True, "SUCCESS"))
    halves = [replace_halves(to_text(OTHER), NAME, *kind) for kind in kinds]
    texts = [
        place_reply(NAME),
        place_reply(NAME, **more),
        place_reply(NAME, **more, fills=fills),
        cancel_reply(NAME, "0.00003000"),
        frame({"id": f"q{NAME}", "status": 200, "result": standing}),
        error_reply(NAME, 400, -2010),
        error_reply(f"c{NAME}", 400, -2011),
        error_reply(NAME, 429, -1003, {"serverTime": 1, "retryAfter": 2}),
        error_reply(NAME, 409, -2021, halves[0]),
        error_reply(NAME, 409, -2021, halves[1]),
        frame({"id": NAME, "status": 200, "result": halves[2]}),
        *(frame(execution_report(NAME, s, C=to_text(OTHER), l="0.5", L="100.01")) for s in steps),
    ]
    return [FILLED, *map(sbe_of, texts)]


# -- recorded frames ------------------------------------------------------------------------------


def recorded(name: str, own: bytes = b"") -> bytes:
    """A frame of the venue; the first client order id or request id put in the place of its own."""
    data = require(FOLDER / f"{name}.sbe").read_bytes()
    if own:
        old = {"web": b"\x08ws-place", "exe": b"\x1bO-20200101-000000-000-000-0"}[name[:3]]
        assert data.count(old) == 1
        data = data.replace(old, bytes([len(own)]) + own)
    return data


def test_a_recorded_event_is_what_its_twin_in_json_says() -> None:
    twin = execution_report(
        "O-20200101-000000-000-000-0", "NEW", i=12345678, T=1700000000000, N=None, O=1700000000000
    )
    for name in (b"", NAME.encode()):
        code, reports = same(recorded("execution_report_event_1", name))
        event = twin | ({"c": NAME} if name else {})
        assert (code, reports) == CODECS[0].decode(frame(event))
        assert reports[0].kind == ReportKind.ACK
        assert reports[0].client_order_id == (ID if name else 0)
        assert reports[0].venue_order_id == 12345678


def test_a_recorded_reply_is_what_its_twin_in_json_says() -> None:
    assert same(recorded("web_socket_response_1")) == (Code.OK, [])
    code, reports = same(recorded("web_socket_response_1", NAME.encode()))
    result = {
        "symbol": "BTCUSDT",
        "orderId": 59208788051,
        "executedQty": "0.00000000",
        "transactTime": 1773628230587800,
    }
    twin = frame({"id": NAME, "status": 200, "result": result})
    assert (code, reports) == CODECS[0].decode(twin)
    assert reports[0].kind == ReportKind.ACK


def test_every_recorded_frame_is_read_or_says_nothing_of_orders() -> None:
    names = sorted(path.stem for path in require(FOLDER).glob("*.sbe"))
    assert len(names) >= 3
    for name in names:
        about = json.loads((FOLDER / f"{name}.metadata.json").read_text())["fixture"]["sbe_header"]
        data = recorded(name)
        assert block_of(data) == about["block_length"]
        assert same(data)[0] == Code.OK
        if about["template_id"] in SHAPES:
            for end in range(8, len(data)):
                assert same(data[:end]) == (Code.FEED_TRUNCATED, []), end


# -- the schemas ----------------------------------------------------------------------------------

SIZES = {"boolEnum": 1, "exponent8": 1, "mantissa64": 8, "utcTimestampUs": 8, "subscriptionId": 2}
PRIMITIVES = {"int16": 2, "int32": 4, "int64": 8, "uint16": 2, "uint64": 8, "uint8": 1}


def fields_of(version: str, number: int) -> tuple[dict[str, int], int, list[str]]:
    """Where the fields of a message's block begin, its length, and its texts in a schema."""
    schema = require(FIXTURES / f"binance/sbe_schemas/spot_{version}.xml").read_text()
    enums = dict(re.findall(r'<enum name="(\w+)" encodingType="(\w+)"', schema))
    found = re.search(rf'<sbe:message name="\w+" id="{number}".*?</sbe:message>', schema, re.S)
    assert found is not None
    body = re.sub(r"<group.*?</group>", "", found[0], flags=re.S)
    places, at = {}, 0
    for name, kind in re.findall(r'<field id="\d+" name="(\w+)" type="(\w+)"', body):
        places[name] = at
        at += SIZES.get(kind) or PRIMITIVES.get(enums.get(kind, kind), 8)
    return places, at, re.findall(r'<data id="\d+" name="\w+" type="(\w+)"', body)


WIDTHS = {
    "varString": 2,
    "optionalVarString": 2,
    "varString8": 1,
    "optionalVarString8": 1,
    "messageData": 4,
    "optionalMessageData": 4,
    "optionalMessageData16": 2,
}


@pytest.mark.parametrize("number", SHAPES)
@pytest.mark.parametrize("version", ["2_1", "3_4", "3_5"])
def test_layouts_are_those_of_the_schemas(version: str, number: int) -> None:
    _, size, texts = fields_of(version, number)
    shape = SHAPES[number]
    assert shape.block_bytes == size if version == "2_1" else shape.block_bytes <= size
    assert [WIDTHS[text] for text in texts] == list(shape.widths)


@pytest.mark.parametrize("version", ["2_1", "3_4", "3_5"])
def test_fields_that_are_read_have_one_place_in_every_schema(version: str) -> None:
    event = fields_of(version, 603)[0]
    read = {"transactTime": 8, "priceExponent": 16, "qtyExponent": 17, "commissionExponent": 18,
            "orderId": 35, "executionType": 94, "orderStatus": 95, "tradeId": 96,
            "executedQty": 112, "lastQty": 128, "lastPrice": 136, "commission": 152,
            "isMaker": 161}  # fmt: skip
    assert {name: event[name] for name in read} == read
    for number, stamp in ((301, "transactTime"), (302, "transactTime"), (305, "transactTime"),
                          (304, "updateTime")):  # fmt: skip
        places = fields_of(version, number)[0]
        assert (places["qtyExponent"], places["orderId"]) == (1, 2)
        assert places[stamp] == (94 if number == 304 else 18)
        assert places["executedQty"] == (34 if number == 304 else 42)
    assert fields_of(version, 304)[0]["status"] == 50
    assert fields_of(version, 300)[0] == {"orderId": 0, "orderListId": 8, "transactTime": 16}
    assert fields_of(version, 100)[0]["retryAfter"] == 10


def test_what_the_simulated_venue_writes_is_the_schema() -> None:
    names = vars(sbe_templates).values()
    written = [t for t in names if isinstance(t, sbe_templates.Template)]
    written += sbe_templates.ANSWERS.values()
    for template in written:
        _, size, texts = fields_of("3_5", template.number)
        assert sbe_templates.block_bytes(template.block) == size, template.number
        widths = [int(text.partition(":")[2]) for text in template.texts]
        assert [WIDTHS[text] for text in texts][: len(widths)] == widths, template.number


# -- headers and layouts --------------------------------------------------------------------------


@pytest.mark.parametrize("data", corpus())
def test_a_frame_cut_anywhere_is_refused(data: bytes) -> None:
    for end in range(len(data)):
        code, reports = same(data[:end])
        assert code != Code.OK, end
        assert reports == []


@pytest.mark.parametrize(
    ("header", "code"),
    [
        ({"schema": 1}, Code.FEED_SCHEMA),
        ({"schema": 4}, Code.FEED_SCHEMA),
        ({"schema": 2, "version": 0}, Code.FEED_SCHEMA),
        ({"schema": 2, "version": 1}, Code.OK),
        ({"version": 0}, Code.OK),
        ({"version": 9}, Code.OK),
        ({"template": 999}, Code.FEED_UNKNOWN_KIND),
        ({"template": 605}, Code.FEED_UNKNOWN_KIND),
        ({"template": 2303}, Code.FEED_UNKNOWN_KIND),
        ({"template": 607}, Code.OK),
        ({"template": 300, "version": 9}, Code.EXECUTE_REPORT),
    ],
)
def test_headers(header: dict[str, int], code: Code) -> None:
    assert same(headed(FILLED, **header))[0] == code


def test_other_versions_say_the_same() -> None:
    said = same(FILLED)
    assert said[1][0].kind == ReportKind.FILL
    for block_bytes in (268, 281, 282, 0x15B, 0x17B, 0x209, 0x20A, 0x220, 900):
        longer = headed(resized(FILLED, block_bytes), version=6)
        assert same(longer) == said, block_bytes
        assert same(longer + b"\x03new") == said, block_bytes
    assert same(headed(resized(FILLED, 268), schema=2, version=1)) == said
    assert same(resized(FILLED, 267)) == (Code.FEED_SCHEMA, [])
    assert same(FILLED + b"\0") == (Code.FEED_SYNTAX, [])


def test_messages_that_say_nothing_of_orders() -> None:
    balances = {"e": "outboundAccountPosition", "E": 1, "u": 2,
                "B": [{"a": "BTC", "f": "1.5", "l": "0"}]}  # fmt: skip
    for event in (
        balances,
        {"e": "eventStreamTerminated", "E": 1},
        {"e": "serverShutdown", "E": 1},
    ):
        assert same(sbe.event(event, 0)) == (Code.OK, [])
    for name in ("s-1", "", "17", "x" + NAME, NAME.upper()):
        reply = {"id": name, "status": 200, "result": {"subscriptionId": 0}}
        assert same(sbe.reply(reply, "userDataStream.subscribe")) == (Code.OK, [])


def test_an_answer_that_is_none_is_refused() -> None:
    for name in (NAME, f"c{NAME}", f"q{NAME}"):
        unknown = sbe.reply({"id": name, "status": 200, "result": {}}, "account.status")
        assert same(unknown) == (Code.FEED_UNKNOWN_KIND, [])
        other = sbe.reply({"id": name, "status": 400, "result": {"serverTime": 5}}, "time")
        assert same(other) == (Code.FEED_UNKNOWN_KIND, [])
    placed = json.loads(place_reply(NAME))["result"]
    wrong = sbe.reply({"id": f"c{NAME}", "status": 200, "result": placed}, "order.place")
    assert same(wrong) == (Code.EXECUTE_REPORT, [])
    cancelled = json.loads(cancel_reply(NAME))["result"] | {"status": "NEW"}
    for name in (NAME, f"q{NAME}"):
        wrong = sbe.reply({"id": name, "status": 200, "result": RESULT | cancelled}, "order.cancel")
        assert same(wrong) == (Code.EXECUTE_REPORT, [])


def test_only_spot_has_them() -> None:
    for backend in MODULES:
        assert codec_of(backend, 1).decode(FILLED) == (Code.EXECUTE_REPORT, [])


# -- values ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "values",
    [
        {"last_quantity": 1},
        {"last_quantity": -1},
        {"last_quantity": NULL},
        {"last_price": 1},
        {"last_price": NULL},
        {"executed": 1},
        {"quantity_exponent": 127},
        {"price_exponent": -128},
        {"order_id": -1},
        {"time": -1},
        {"time": 2**63 - 1},
        {"maker": 2},
        {"maker": 255},
        {"step": 6},
        {"step": 253},
        {"step": 254},
        {"step": 255},
    ],
)
def test_a_fill_that_cannot_be_read_exactly_is_refused(values: dict[str, int]) -> None:
    assert same(put(FILLED, **values)) == (Code.EXECUTE_REPORT, [])


def test_a_fill_of_an_unknown_symbol_is_refused_if_it_is_ours() -> None:
    assert same(FILLED.replace(b"BTCUSDT", b"ETHUSDT")) == (Code.EXECUTE_REPORT, [])
    assert same(FILLED.replace(b"BTCUSDT", b"BTC\xffSDT")) == (Code.EXECUTE_REPORT, [])
    other = FILLED.replace(b"BTCUSDT", b"ETHUSDT").replace(NAME.encode(), b"web_000000000000")
    code, reports = same(other)
    assert code == Code.OK
    assert (reports[0].client_order_id, reports[0].instrument) == (0, -1)


def test_a_trade_without_a_number() -> None:
    assert same(put(FILLED, trade_id=NULL))[1][0].trade_id == -1
    assert same(put(FILLED, trade_id=-5))[1][0].trade_id == -5


@settings(max_examples=300, derandomize=True, deadline=None)
@given(
    st.integers(-(2**63), 2**63 - 1) | st.integers(0, 10**12),
    st.integers(-128, 127) | st.integers(-9, 0),
)
def test_quantities_and_prices_are_exact(mantissa: int, exponent: int) -> None:
    instrument = CONFIG.instruments[0]
    exact = Decimal(mantissa).scaleb(exponent)
    for name, place, step in (("last_quantity", "quantity_exponent", instrument.lot_size),
                              ("last_price", "price_exponent", instrument.tick_size)):  # fmt: skip
        zero = {"executed": 0, "last_quantity": 0, "last_price": 0}
        code, reports = same(put(FILLED, **(zero | {name: mantissa, place: exponent})))
        if code == Code.OK:
            report = reports[0]
            count = report.last_lots if name == "last_quantity" else report.last_ticks
            assert count * step == exact
        else:
            assert code == Code.EXECUTE_REPORT
            units = exact / Decimal("0.00000001")
            with localcontext(prec=400):
                assert exact < 0 or exact % step != 0 or units > 2**63 - 1


@settings(max_examples=300, derandomize=True, deadline=None)
@given(
    st.integers(-(2**63), 2**63 - 1) | st.integers(-(10**9), 10**9),
    st.integers(-128, 127) | st.integers(-20, 10),
)
def test_fees_are_exact_or_not_reported(mantissa: int, exponent: int) -> None:
    code, reports = same(put(FILLED, commission=mantissa, commission_exponent=exponent))
    assert code == Code.OK
    units = Decimal(mantissa).scaleb(exponent + CONFIG.currencies[1].decimals)
    exact = mantissa != NULL and units == units.to_integral_value() and abs(units) < 2**63
    found = (reports[0].fee_units, reports[0].fee_currency)
    assert found == ((int(units), 1) if exact else (FEE_NOT_REPORTED, -1))


def test_halves_of_a_replacement_that_are_not_representable_are_refused() -> None:
    halves = replace_halves(to_text(OTHER), NAME, True, "SUCCESS")
    data = sbe_of(frame({"id": NAME, "status": 200, "result": halves}))
    place = data.index(b"\x02\x00\x33\x01\x03\x00\x05\x00") + 8
    assert len(same(data)[1]) == 2
    for at in (place, place + 1):
        for value in (3, 254, 255):
            found = data[:at] + bytes([value]) + data[at + 1 :]
            assert same(found) == (Code.EXECUTE_REPORT, [])


# -- one against the other ------------------------------------------------------------------------


def test_mutated_frames_decode_the_same() -> None:
    rng = random.Random(23)
    good = 0
    for data in mutations(rng, corpus(), 12_000):
        good += same(data)[0] == Code.OK
    assert 1_000 < good < 11_000


@settings(max_examples=300, derandomize=True, deadline=None)
@given(
    st.sampled_from([50, 100, 300, 302, 304, 305, 307, 603, 607, 999]),
    st.integers(0, 400),
    st.sampled_from([(2, 1), (3, 0), (3, 5), (3, 9)]),
    st.binary(max_size=500),
)
def test_any_bytes_behind_a_header_decode_the_same(
    template: int, block_bytes: int, schema: tuple[int, int], body: bytes
) -> None:
    head = b"".join(n.to_bytes(2, "little") for n in (block_bytes, template, *schema))
    same(head + body)
    envelope = sbe_of(place_reply(NAME))
    start = envelope.index(NAME.encode()) + 16
    inner = head + body
    same(envelope[:start] + len(inner).to_bytes(4, "little") + inner)
