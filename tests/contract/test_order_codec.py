"""One suite for every backend of the Binance order codec, and one against the other."""

import json
import random
from collections.abc import Callable
from dataclasses import replace
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
    trade_update,
)
from sbe_frames import sbe_of
from support import FIXTURES, btcusd_inverse, btcusdt, btcusdt_linear, config_of, require

from tickpath.core.codes import Code
from tickpath.core.ids import to_text
from tickpath.core.limits import LIMITS
from tickpath.core.records import (
    FEE_NOT_REPORTED,
    REDUCE_ONLY,
    IntentKind,
    OrderType,
    Report,
    ReportKind,
    Request,
    Side,
    TimeInForce,
)
from tickpath.hot.execute import EncodeError

ID = 0x0001_00C7_0000_00FF
OTHER = 0xFFFF_0001_ABCD_EF01
NOW_NS = 1_660_801_715_431_999_999
CONFIG = config_of(btcusdt(), btcusdt_linear(), btcusd_inverse())
MODULES = {"reference": "orders", "native": "native_orders"}
Wire = Callable[[bytes], bytes]


def codec_of(backend: str, venue: int = 0, config: Any = CONFIG) -> Any:
    module = import_module(f"tickpath.venues.binance.{MODULES[backend]}")
    return module.OrderCodec(config, venue)


@pytest.fixture(params=["reference", "native"])
def backend(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(params=["json", "sbe"])
def wire(request: pytest.FixtureRequest) -> Wire:
    """How a venue says what is given in JSON."""
    return {"json": bytes, "sbe": sbe_of}[str(request.param)]


def request_of(**changes: Any) -> Request:
    base = Request(
        kind=IntentKind.SUBMIT,
        venue=0,
        instrument=0,
        strategy=0,
        side=Side.BUY,
        type=OrderType.LIMIT,
        time_in_force=TimeInForce.GTC,
        flags=0,
        tag=0,
        price_ticks=2_341_610,
        quantity_lots=847,
        client_order_id=ID,
    )
    return replace(base, **changes)


def said(codec: Any, request: Request) -> dict[str, Any]:
    found = json.loads(codec.encode(request, NOW_NS))
    assert isinstance(found, dict)
    return found


def one(codec: Any, data: bytes) -> Report:
    code, reports = codec.decode(data)
    assert code == Code.OK
    assert len(reports) == 1
    report = reports[0]
    assert isinstance(report, Report)
    return report


# -- requests -------------------------------------------------------------------------------------


def test_spot_limit_says_exact_decimals(backend: str) -> None:
    assert said(codec_of(backend), request_of()) == {
        "id": "000100c7000000ff",
        "method": "order.place",
        "params": {
            "symbol": "BTCUSDT",
            "side": "BUY",
            "type": "LIMIT",
            "timeInForce": "GTC",
            "price": "23416.10",
            "quantity": "0.00847",
            "newClientOrderId": "000100c7000000ff",
            "newOrderRespType": "ACK",
            "timestamp": 1660801715431,
        },
    }


@pytest.mark.parametrize(
    ("venue", "kind", "type_", "tif"),
    [
        (0, OrderType.POST_ONLY, "LIMIT_MAKER", None),
        (0, OrderType.MARKET, "MARKET", None),
        (1, OrderType.POST_ONLY, "LIMIT", "GTX"),
        (1, OrderType.MARKET, "MARKET", None),
        (2, OrderType.LIMIT, "LIMIT", "IOC"),
    ],
)
def test_types_of_orders(
    backend: str, venue: int, kind: OrderType, type_: str, tif: str | None
) -> None:
    request = request_of(
        venue=venue,
        instrument=venue,
        type=kind,
        side=Side.SELL,
        time_in_force=TimeInForce.IOC,
        flags=REDUCE_ONLY,
    )
    params = said(codec_of(backend, venue), request)["params"]
    assert params["type"] == type_
    assert params.get("timeInForce") == tif
    assert ("price" in params) == (kind != OrderType.MARKET)
    assert params.get("reduceOnly") == (None if venue == 0 else "true")
    assert params["side"] == "SELL"


def test_cancel_has_an_id_of_its_own(backend: str) -> None:
    for venue in range(3):
        request = request_of(kind=IntentKind.CANCEL, venue=venue, instrument=venue)
        frame = said(codec_of(backend, venue), request)
        assert frame["id"] == "c000100c7000000ff"
        assert frame["method"] == "order.cancel"
        assert frame["params"]["origClientOrderId"] == "000100c7000000ff"
        assert frame["params"]["timestamp"] == 1660801715431


def test_replace_on_spot_only(backend: str) -> None:
    request = request_of(kind=IntentKind.REPLACE, orig_client_order_id=OTHER)
    found = said(codec_of(backend), request)
    assert found["method"] == "order.cancelReplace"
    assert found["params"]["cancelReplaceMode"] == "STOP_ON_FAILURE"
    assert found["params"]["cancelOrigClientOrderId"] == to_text(OTHER)
    assert found["params"]["newClientOrderId"] == to_text(ID)
    assert codec_of(backend).replaces
    assert not codec_of(backend, 1).replaces
    with pytest.raises(EncodeError) as caught:
        codec_of(backend, 1).encode(replace(request, venue=1, instrument=1), NOW_NS)
    assert caught.value.code == Code.EXECUTE_STATE


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"instrument": 3}, Code.RISK_INSTRUMENT),
        ({"instrument": -1}, Code.RISK_INSTRUMENT),
        ({"instrument": 1}, Code.RISK_INSTRUMENT),
        ({"kind": 9}, Code.RISK_INTENT),
        ({"side": 2}, Code.RISK_INTENT),
        ({"type": OrderType.TRAILING_STOP}, Code.RISK_INTENT),
        ({"time_in_force": -1}, Code.RISK_INTENT),
        ({"quantity_lots": 0}, Code.RISK_QUANTITY_MIN),
        ({"price_ticks": 0}, Code.RISK_PRICE_GRID),
    ],
)
def test_what_cannot_be_said_is_refused(backend: str, changes: dict[str, int], code: Code) -> None:
    with pytest.raises(EncodeError) as caught:
        codec_of(backend).encode(request_of(**changes), NOW_NS)
    assert caught.value.code == code


def test_requests_are_equal_byte_for_byte_and_fit() -> None:
    rng = random.Random(7)
    pairs = [(codec_of("reference", v), codec_of("native", v)) for v in range(3)]
    longest = 0
    for _ in range(3000):
        venue = rng.randrange(3)
        request = request_of(
            kind=rng.choice([1, 2, 3]) if venue == 0 else rng.choice([1, 2]),
            venue=venue,
            instrument=venue,
            side=rng.randrange(2),
            type=rng.randrange(3),
            time_in_force=rng.randrange(3),
            flags=rng.randrange(2),
            price_ticks=rng.randrange(1, 10 ** rng.randrange(1, 19)),
            quantity_lots=rng.randrange(1, 10 ** rng.randrange(1, 19)),
            client_order_id=rng.getrandbits(64),
            orig_client_order_id=rng.getrandbits(64),
        )
        now_ns = rng.randrange(-5, 2**63)
        texts = [codec.encode(request, now_ns) for codec in pairs[venue]]
        assert texts[0] == texts[1]
        json.loads(texts[0])
        longest = max(longest, len(texts[0]))
    assert longest < LIMITS["order_bytes_max"]


# -- replies --------------------------------------------------------------------------------------


def test_place_reply_is_an_acknowledgement_only(backend: str, wire: Wire) -> None:
    fills = [{"price": "1.00", "qty": "1", "commission": "4", "commissionAsset": "USDT"}]
    replies = [
        place_reply(to_text(ID)),
        place_reply(to_text(ID), executedQty="0.00002000", status="FILLED", fills=fills),
    ]
    for reply, executed in zip(replies, (-1, 2), strict=True):
        report = one(codec_of(backend), wire(reply))
        assert report.kind == ReportKind.ACK
        assert report.client_order_id == ID
        assert report.venue_order_id == 12569099453
        assert report.instrument == 0
        assert report.cumulative_lots == executed
        assert report.last_lots == 0
        assert report.t_venue_ns == 1660801715639 * 10**6


def test_cancel_reply(backend: str, wire: Wire) -> None:
    report = one(codec_of(backend), wire(cancel_reply(to_text(ID), "0.00003000")))
    assert (report.kind, report.client_order_id) == (ReportKind.CANCEL_ACK, ID)
    assert report.cumulative_lots == 3


@pytest.mark.parametrize(
    ("cancels", "status", "code", "kind"),
    [
        (False, 400, -2010, ReportKind.REJECT),
        (False, 429, -1015, ReportKind.REJECT),
        (False, 418, -1003, ReportKind.REJECT),
        (False, 400, -1006, ReportKind.UNKNOWN),
        (False, 400, -1007, ReportKind.UNKNOWN),
        (False, 503, -1008, ReportKind.UNKNOWN),
        (False, 500, -1000, ReportKind.UNKNOWN),
        (True, 400, -2011, ReportKind.CANCEL_REJECT),
        (True, 400, -2013, ReportKind.CANCEL_REJECT),
        (True, 504, -1007, ReportKind.UNKNOWN),
        (True, 429, -1003, ReportKind.CANCEL_REJECT),
    ],
)
def test_errors(
    backend: str, wire: Wire, cancels: bool, status: int, code: int, kind: ReportKind
) -> None:
    data = {"serverTime": 1, "retryAfter": 2} if status == 429 else None
    request = ("c" if cancels else "") + to_text(ID)
    report = one(codec_of(backend), wire(error_reply(request, status, code, data)))
    assert (report.kind, report.client_order_id, report.code) == (kind, ID, code)


def test_a_query_names_the_order(backend: str) -> None:
    for venue in range(3):
        codec = codec_of(backend, venue)
        query = request_of(kind=IntentKind.QUERY, venue=venue, instrument=venue, client_order_id=ID)
        message = json.loads(codec.encode(query, NOW_NS))
        assert (message["id"], message["method"]) == ("q" + to_text(ID), "order.status")
        assert message["params"]["origClientOrderId"] == to_text(ID)


@pytest.mark.parametrize(
    ("standing", "kind"),
    [
        ("NEW", ReportKind.ACK),
        ("PARTIALLY_FILLED", ReportKind.ACK),
        ("FILLED", ReportKind.EXPIRE),
        ("EXPIRED", ReportKind.EXPIRE),
        ("EXPIRED_IN_MATCH", ReportKind.EXPIRE),
        ("CANCELED", ReportKind.CANCEL_ACK),
        ("REJECTED", ReportKind.REJECT),
    ],
)
def test_the_answer_to_a_query(backend: str, wire: Wire, standing: str, kind: ReportKind) -> None:
    result = {"symbol": "BTCUSDT", "orderId": 5, "executedQty": "0.00003", "status": standing}
    reply = frame({"id": "q" + to_text(ID), "status": 200, "result": result})
    report = one(codec_of(backend), wire(reply))
    assert (report.kind, report.client_order_id) == (kind, ID)
    assert (report.cumulative_lots, report.venue_order_id) == (3, 5)


def test_a_query_that_fails_says_nothing_unless_there_is_no_such_order(
    backend: str, wire: Wire
) -> None:
    codec = codec_of(backend)
    gone = one(codec, wire(error_reply("q" + to_text(ID), 400, -2013)))
    assert (gone.kind, gone.code) == (ReportKind.REJECT, -2013)
    for status, code in ((500, -1000), (429, -1003), (400, -1102)):
        found = codec.decode(wire(error_reply("q" + to_text(ID), status, code)))
        assert found == (Code.OK, [])
    pending = {"symbol": "BTCUSDT", "status": "PENDING_NEW"}
    reply = frame({"id": "q" + to_text(ID), "status": 200, "result": pending})
    assert codec.decode(wire(reply)) == (Code.OK, [])


def test_an_id_that_begins_with_c_is_no_cancel(backend: str, wire: Wire) -> None:
    order = "c0ffee0000000001"
    assert one(codec_of(backend), wire(place_reply(order))).kind == ReportKind.ACK
    rejected = one(codec_of(backend), wire(error_reply(order, 400, -2010)))
    assert rejected.kind == ReportKind.REJECT


@pytest.mark.parametrize(
    ("cancelled", "placed", "kinds"),
    [
        (True, "SUCCESS", [ReportKind.CANCEL_ACK, ReportKind.ACK]),
        (True, "FAILURE", [ReportKind.CANCEL_ACK, ReportKind.REJECT]),
        (False, "SUCCESS", [ReportKind.CANCEL_REJECT, ReportKind.ACK]),
        (False, "NOT_ATTEMPTED", [ReportKind.CANCEL_REJECT, ReportKind.REJECT]),
    ],
)
def test_both_halves_of_a_replace(
    backend: str, wire: Wire, cancelled: bool, placed: str, kinds: list[ReportKind]
) -> None:
    halves = replace_halves(to_text(OTHER), to_text(ID), cancelled, placed)
    ok = cancelled and placed == "SUCCESS"
    data = (
        frame({"id": to_text(ID), "status": 200, "result": halves})
        if ok
        else error_reply(to_text(ID), 409, -2021, halves)
    )
    code, reports = codec_of(backend).decode(wire(data))
    assert code == Code.OK
    assert [r.kind for r in reports] == kinds
    assert reports[1].client_order_id == ID
    if cancelled:
        assert reports[0].client_order_id == OTHER
        assert reports[0].cumulative_lots == 1
    else:
        assert (reports[0].client_order_id, reports[0].orig_client_order_id) == (0, ID)
        assert reports[0].code == -2011


def test_a_replace_of_unknown_outcome_is_unknown(backend: str, wire: Wire) -> None:
    halves = replace_halves(to_text(OTHER), to_text(ID), True, "FAILURE", code=-1007)
    _, reports = codec_of(backend).decode(wire(error_reply(to_text(ID), 409, -2021, halves)))
    assert [r.kind for r in reports] == [ReportKind.CANCEL_ACK, ReportKind.UNKNOWN]


def test_replies_to_others_say_nothing(backend: str) -> None:
    frames = [
        error_reply(None, 401, -2015),
        error_reply(17, 400, -1102),
        frame({"id": "x" + to_text(ID), "status": 200, "result": {}}),
        frame({"result": None, "id": 1}),
        frame({"subscriptionId": 0, "event": {"e": "outboundAccountPosition", "B": []}}),
        frame({"subscriptionId": 0, "event": {"e": "eventStreamTerminated", "E": 1}}),
        frame({"e": "ACCOUNT_UPDATE", "a": {"B": []}}),
    ]
    for data in frames:
        assert codec_of(backend).decode(data) == (Code.OK, [])


# -- events ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("wrapped", [False, True])
def test_spot_fill(backend: str, wire: Wire, wrapped: bool) -> None:
    event = execution_report(
        to_text(ID),
        "TRADE",
        l="0.00100000",
        L="2500.01000000",
        z="0.00300000",
        n="0.00000010",
        N="BTC",
        t=98765432,
        m=True,
    )
    data = frame({"subscriptionId": 0, "event": event} if wrapped else event)
    assert one(codec_of(backend), wire(data)) == Report(
        kind=ReportKind.FILL,
        instrument=0,
        maker=1,
        client_order_id=ID,
        venue_order_id=4293153,
        trade_id=98765432,
        last_ticks=250001,
        last_lots=100,
        cumulative_lots=300,
        fee_units=10,
        fee_currency=0,
        t_venue_ns=1709654401000 * 10**6,
    )


def test_futures_fill(backend: str) -> None:
    for venue, symbol, lots in ((1, "BTCUSDT", "0.001"), (2, "BTCUSD_PERP", "1")):
        event = trade_update(
            to_text(ID), "TRADE", s=symbol, l=lots, L="9910.1", z=lots, n="-0.25", N="USDT", t=7
        )
        for data in (frame(event), frame({"stream": "key", "data": event})):
            report = one(codec_of(backend, venue), data)
            assert (report.last_lots, report.last_ticks, report.trade_id) == (1, 99101, 7)
            assert (report.fee_units, report.fee_currency) == (-25_000_000, 1)
            assert report.instrument == venue


@pytest.mark.parametrize(
    ("step", "changes", "kind"),
    [
        ("NEW", {}, ReportKind.ACK),
        ("CANCELED", {}, ReportKind.CANCEL_ACK),
        ("CANCELED", {"c": "anything", "C": to_text(ID)}, ReportKind.CANCEL_ACK),
        ("REJECTED", {}, ReportKind.REJECT),
        ("EXPIRED", {}, ReportKind.EXPIRE),
        ("TRADE_PREVENTION", {"X": "EXPIRED_IN_MATCH"}, ReportKind.EXPIRE),
        ("REPLACED", {"C": to_text(OTHER)}, ReportKind.REPLACE_ACK),
    ],
)
def test_execution_types(
    backend: str, wire: Wire, step: str, changes: dict[str, Any], kind: ReportKind
) -> None:
    report = one(codec_of(backend), wire(frame(execution_report(to_text(ID), step, **changes))))
    assert (report.kind, report.client_order_id) == (kind, ID)
    assert report.orig_client_order_id == (OTHER if step == "REPLACED" else 0)


def test_execution_types_that_tell_nothing(backend: str) -> None:
    for event in (
        execution_report(to_text(ID), "TRADE_PREVENTION", X="NEW"),
        trade_update(to_text(ID), "AMENDMENT"),
    ):
        assert codec_of(backend, 1).decode(frame(event)) == (Code.OK, [])


@pytest.mark.parametrize(
    ("n", "currency", "fee"),
    [
        ("0", None, (0, -1)),
        ("1", None, (FEE_NOT_REPORTED, -1)),
        ("0.001", "BNB", (FEE_NOT_REPORTED, -1)),
        ("0.123456789", "USDT", (FEE_NOT_REPORTED, -1)),
        ("0.12345678", "USDT", (12_345_678, 1)),
        ("-0.5", "USDT", (-50_000_000, 1)),
    ],
)
def test_fees(backend: str, wire: Wire, n: str, currency: str | None, fee: tuple[int, int]) -> None:
    event = execution_report(to_text(ID), "TRADE", l="1", L="2500", t=1, n=n, N=currency)
    report = one(codec_of(backend), wire(frame(event)))
    assert (report.fee_units, report.fee_currency) == fee


def test_orders_of_others_are_named_as_such(backend: str, wire: Wire) -> None:
    other = execution_report("web_1", "TRADE", l="1", L="2500")
    report = one(codec_of(backend), wire(frame(other)))
    assert (report.client_order_id, report.instrument) == (0, 0)
    report = one(codec_of(backend), wire(frame(other | {"s": "ETHUSDT"})))
    assert (report.client_order_id, report.instrument) == (0, -1)


@pytest.mark.parametrize(
    "changes",
    [
        {"l": "0.000001"},
        {"L": "2500.001"},
        {"l": "-1"},
        {"l": "1,0"},
        {"l": None},
        {"s": "ETHUSDT"},
        {"s": 5},
        {"x": "SOMETHING"},
        {"i": "x"},
        {"T": 2**63},
        {"t": 1.5},
        {"m": 1},
        {"z": "99999999999999999999"},
        {"l": "0" * 41},
    ],
)
def test_a_fill_that_cannot_be_read_exactly_is_refused(
    backend: str, changes: dict[str, Any]
) -> None:
    event = execution_report(to_text(ID), "TRADE", l="1", L="2500", t=5) | changes
    assert codec_of(backend).decode(frame(event)) == (Code.EXECUTE_REPORT, [])


@pytest.mark.parametrize(
    "data",
    [b"", b" ", b"[]", b"7", b"{", b'{"e":', b"{}x", b'{"e":"\xff"}', b"[" * 40, b'{"e":5}'],
)
def test_frames_that_are_none(backend: str, data: bytes) -> None:
    code, reports = codec_of(backend).decode(data)
    assert code != Code.OK
    assert reports == []


def test_key_order_white_space_and_escapes(backend: str) -> None:
    event = execution_report(to_text(ID), "TRADE", l="1", L="2500", t=5, junk={"c": [1, {"x": 2}]})
    plain = one(codec_of(backend), frame(event))
    turned = json.dumps(dict(reversed(event.items())), indent=3)
    escaped = turned.replace('"c": "0001', '"\\u0063": "\\u0030001')
    assert escaped != turned
    assert one(codec_of(backend), turned.encode()) == plain
    assert one(codec_of(backend), escaped.encode()) == plain


# -- one against the other ------------------------------------------------------------------------


def corpus() -> list[bytes]:
    order, old = to_text(ID), to_text(OTHER)
    events = [
        execution_report(order, step, C=old, l="0.5", L="100.01", t=9, n="0.1", N="USDT")
        for step in ("NEW", "TRADE", "CANCELED", "TRADE_PREVENTION", "EXPIRED", "REPLACED")
    ]
    return [
        place_reply(order),
        cancel_reply(order),
        error_reply(order, 400, -2010),
        error_reply("c" + order, 400, -2011),
        error_reply(order, 409, -2021, replace_halves(old, order, True, "FAILURE")),
        error_reply(order, 409, -2021, replace_halves(old, order, False, "NOT_ATTEMPTED")),
        frame({"id": order, "status": 200, "result": replace_halves(old, order, True, "SUCCESS")}),
        frame(trade_update(order, "TRADE", l="0.001", L="9910", n="1e-8", N="BTC")),
        *map(frame, events),
        frame({"subscriptionId": 1, "event": events[1]}),
    ]


def same(data: bytes, codecs: list[tuple[Any, Any]]) -> None:
    for reference, native in codecs:
        assert native.decode(data) == reference.decode(data), data


def test_mutated_frames_decode_the_same() -> None:
    rng = random.Random(11)
    codecs = [(codec_of("reference", v), codec_of("native", v)) for v in range(2)]
    frames = corpus()
    for data in frames:
        same(data, codecs)
    alphabet = b'{}[]",:0123456789.-eEtfn \\u\x00\xff'
    for _ in range(6000):
        data = bytearray(rng.choice(frames))
        for _ in range(rng.randrange(1, 4)):
            at = rng.randrange(len(data))
            match rng.randrange(4):
                case 0:
                    data[at] = rng.choice(alphabet)
                case 1:
                    del data[at : at + rng.randrange(1, 9)]
                case 2:
                    data[at:at] = bytes(rng.choices(alphabet, k=rng.randrange(1, 4)))
                case _:
                    del data[at:]
            if not data:
                break
        same(bytes(data), codecs)


JSON_VALUE = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=6),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["e", "x", "s", "c", "o", "id", "status", "error", "data", "code"]),
            inner,
            max_size=4,
        )
    ),
    max_leaves=8,
)


@settings(max_examples=150, derandomize=True, deadline=None)
@given(st.dictionaries(st.sampled_from([*execution_report("", "NEW"), "o"]), JSON_VALUE))
def test_any_values_decode_the_same(changes: dict[str, Any]) -> None:
    codecs = [(codec_of("reference"), codec_of("native"))]
    event = execution_report(to_text(ID), "TRADE", l="1", L="2500", t=5)
    same(frame(event | changes), codecs)
    same(frame(trade_update(to_text(ID), "TRADE", **changes)), codecs)
    same(frame({"id": to_text(ID), "status": 400, "error": changes}), codecs)
    same(frame({"id": to_text(ID), "status": 200, "result": changes}), codecs)


# -- recorded and documented frames ---------------------------------------------------------------


def ethereum() -> Any:
    return config_of(btcusdt(symbol="ETHUSDT"), btcusdt(symbol="ETHBTC"))


def test_recorded_user_events(backend: str) -> None:
    folder = require(FIXTURES / "binance/user_data_json")
    codec = codec_of(backend, 0, ethereum())
    kinds = {}
    for path in sorted(folder.glob("*.json")):
        code, reports = codec.decode(path.read_bytes())
        assert code == Code.OK, path.name
        kinds[path.stem] = [(r.kind, r.client_order_id) for r in reports]
    assert kinds["execution_report_new"] == [(ReportKind.ACK, 0)]
    assert kinds["execution_report_trade"] == [(ReportKind.FILL, 0)]
    assert kinds["execution_report_canceled"] == [(ReportKind.CANCEL_ACK, 0)]
    assert kinds["execution_report_wrapped"] == [(ReportKind.ACK, 0)]
    assert kinds["balance_update"] == kinds["list_status_wrapped"] == []
    own = (folder / "execution_report_trade.json").read_text()
    own = own.replace("x-TD67BGP9-T0000000000000", to_text(ID))
    report = one(codec, own.encode())
    assert (report.last_ticks, report.last_lots, report.maker) == (250_000, 100_000, 1)
    assert report.trade_id == 98765432


def test_documented_replies(backend: str) -> None:
    path = require(FIXTURES / "binance/docs_examples/web-socket-api.jsonl")
    codec = codec_of(backend)
    seen = 0
    for line in path.read_text().splitlines():
        example = json.loads(line)["json"]
        if not isinstance(example, dict) or "status" not in example:
            continue
        assert codec.decode(frame(example)) == (Code.OK, [])
        code, reports = codec.decode(frame(example | {"id": to_text(ID)}))
        partial = example.get("error", {}).get("data", {}).get("cancelResult")
        if partial is not None:
            assert (code, len(reports)) == (Code.OK, 2)
            seen += 1
    assert seen >= 3
