"""One suite for both backends of the Kraken order codec, and one against the other."""

import json
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support import require
from venues.kraken.kraken_frames import KRAKEN, VENUE, instrument
from venues.kraken.order_frames import (
    ID,
    NOW_NS,
    ORDER_ID,
    accepted,
    codec_of,
    execution,
    frame,
    order_config,
    refused,
    reply,
    request_of,
    standing,
    trade,
)

from tickpath.core.codes import Code
from tickpath.core.config import ExecuteSpec
from tickpath.core.errors import ConfigError
from tickpath.core.ids import to_text
from tickpath.core.limits import LIMITS
from tickpath.core.records import (
    FEE_NOT_REPORTED,
    REDUCE_ONLY,
    IntentKind,
    OrderType,
    Report,
    ReportKind,
    Side,
    TimeInForce,
)
from tickpath.hot.execute import EncodeError
from tickpath.venues.kraken import native_orders
from tickpath.venues.kraken.errors import ERRORS, UNKNOWN_OUTCOME, code_of
from tickpath.venues.kraken.orders import venue_order_id
from tickpath.venues.kraken.request_ids import ADD, CANCEL, QUERY, SESSION_FIRST, order_of

REFERENCE, NATIVE = codec_of("reference"), codec_of("native")


@pytest.fixture(params=["reference", "native"])
def codec(request: pytest.FixtureRequest) -> Any:
    return codec_of(request.param)


def one(codec: Any, data: bytes) -> Report:
    code, reports = codec.decode(data)
    assert code == Code.OK
    (report,) = reports
    assert isinstance(report, Report)
    return report


# -- requests --------------------------------------------------------------------------------------


def test_a_limit_order_says_exact_decimals_and_leaves_the_token_out(codec: Any) -> None:
    assert codec.encode(request_of(), NOW_NS) == (
        b'{"method":"add_order","params":{"token":"","symbol":"BTC/USD","order_type":"limit",'
        b'"side":"buy","time_in_force":"gtc","limit_price":30000.0,"order_qty":0.01000000,'
        b'"cl_ord_id":"000100c7000000ff"},"req_id":3418793968636}'
    )


def test_the_request_has_the_members_of_a_recorded_one(codec: Any) -> None:
    recorded = json.loads(require(KRAKEN / "nautilus/ws_add_order_request.json").read_text())
    request = request_of(type=OrderType.POST_ONLY)
    said = json.loads(codec.encode(request, NOW_NS))
    assert said["method"] == recorded["method"]
    assert set(said["params"]) == set(recorded["params"])
    for name in ("order_type", "side", "order_qty", "symbol", "limit_price", "post_only"):
        assert said["params"][name] == recorded["params"][name]
    assert said["params"]["time_in_force"] == recorded["params"]["time_in_force"].lower()


@pytest.mark.parametrize(
    ("changes", "members"),
    [
        ({"type": OrderType.MARKET}, {"order_type": "market", "side": "buy"}),
        ({"time_in_force": TimeInForce.IOC}, {"order_type": "limit", "time_in_force": "ioc"}),
        ({"type": OrderType.POST_ONLY, "side": Side.SELL, "flags": REDUCE_ONLY},
         {"order_type": "limit", "side": "sell", "post_only": True, "time_in_force": "gtc"}),
    ],
)  # fmt: skip
def test_types_of_orders(codec: Any, changes: dict[str, Any], members: dict[str, Any]) -> None:
    params = json.loads(codec.encode(request_of(**changes), NOW_NS))["params"]
    assert {k: params.get(k) for k in members} == members
    assert ("limit_price" in params) == (changes.get("type") != OrderType.MARKET)
    assert "reduce_only" not in params


def test_cancel_and_query_name_the_order(codec: Any) -> None:
    cancel = json.loads(codec.encode(request_of(kind=IntentKind.CANCEL), NOW_NS))
    assert cancel["method"] == "cancel_order"
    assert cancel["params"] == {"token": "", "cl_ord_id": [to_text(ID)]}
    assert order_of(cancel["req_id"], 1) == (ID, CANCEL)
    query = json.loads(codec.encode(request_of(kind=IntentKind.QUERY, instrument=1), NOW_NS))
    assert query["method"] == "query_order"
    assert query["params"] == {"symbol": "ETH/USD", "cl_ord_id": to_text(ID)}
    assert order_of(query["req_id"], 1) == (ID, QUERY)


REFUSED = [
    ({"instrument": -1}, Code.RISK_INSTRUMENT),
    ({"instrument": 9}, Code.RISK_INSTRUMENT),
    ({"client_order_id": ID | 1 << 50}, Code.EXECUTE_UNKNOWN_ORDER),
    ({"kind": IntentKind.REPLACE, "orig_client_order_id": 7}, Code.EXECUTE_STATE),
    ({"kind": IntentKind.SET_TIMER}, Code.RISK_INTENT),
    ({"side": 2}, Code.RISK_INTENT),
    ({"type": OrderType.STOP, "trigger_ticks": 5}, Code.RISK_INTENT),
    ({"time_in_force": TimeInForce.FOK}, Code.RISK_INTENT),
    ({"quantity_lots": 0}, Code.RISK_QUANTITY_MIN),
    ({"price_ticks": 0}, Code.RISK_PRICE_GRID),
    ({"display_lots": 5}, Code.EXECUTE_TRIGGER),
    ({"trigger_ticks": 5}, Code.EXECUTE_TRIGGER),
]


@pytest.mark.parametrize(("changes", "code"), REFUSED)
def test_what_cannot_be_said(codec: Any, changes: dict[str, Any], code: Code) -> None:
    with pytest.raises(EncodeError) as caught:
        codec.encode(request_of(**changes), NOW_NS)
    assert caught.value.code == code


def test_numbers_beyond_64_bits_are_refused() -> None:
    config = order_config(instruments=(instrument(tick="0.7", lot_size=Decimal("0.00000003")),))
    for changes in ({"quantity_lots": 2**63 - 1}, {"price_ticks": 2**63 - 1}):
        for backend in ("reference", "native"):
            with pytest.raises(EncodeError) as caught:
                codec_of(backend, config).encode(request_of(**changes), NOW_NS)
            assert caught.value.code == Code.RISK_OVERFLOW


def test_special_orders_stay_with_the_engine() -> None:
    config = order_config(execute=ExecuteSpec(venue_orders=("kraken-spot:iceberg",)))
    for backend in ("reference", "native"):
        with pytest.raises(ConfigError, match=r"kraken-spot:iceberg.*makes none"):
            codec_of(backend, config)


@given(
    st.builds(
        request_of,
        kind=st.sampled_from((1, 2, 5)),
        instrument=st.integers(0, 1),
        side=st.integers(0, 1),
        type=st.integers(0, 2),
        time_in_force=st.integers(0, 1),
        price_ticks=st.integers(1, 2**60),
        quantity_lots=st.integers(1, 2**62),
        client_order_id=st.integers(1, 2**48 - 1).map(lambda n: 1 << 48 | n),
    )
)
def test_both_backends_write_the_same_bytes(request: Any) -> None:
    data = REFERENCE.encode(request, NOW_NS)
    assert NATIVE.encode(request, NOW_NS) == data
    assert len(data) < LIMITS["order_bytes_max"]
    said = json.loads(data, parse_float=str, parse_int=str)
    if request.client_order_id & 0xFFFFFFFF:
        assert order_of(int(said["req_id"]), 1)[0] == request.client_order_id
    if request.kind == IntentKind.SUBMIT:
        quantity = said["params"]["order_qty"].replace(".", "").lstrip("0")
        assert int(quantity) == request.quantity_lots


# -- replies ---------------------------------------------------------------------------------------


def test_an_accepted_order_is_acknowledged(codec: Any) -> None:
    report = one(codec, accepted())
    assert (report.kind, report.client_order_id) == (ReportKind.ACK, ID)
    assert report.venue_order_id == venue_order_id(ORDER_ID) > 0
    assert report.t_venue_ns == 1_777_975_200_125_000_000


@pytest.mark.parametrize("error", [*ERRORS, "EGeneral:Invalid arguments:volume", "EOrder:New one"])
@pytest.mark.parametrize("method", ["add_order", "cancel_order"])
def test_refusals_by_their_text(codec: Any, error: str, method: str) -> None:
    report = one(codec, refused(error, method))
    cancels = method == "cancel_order"
    kind = ReportKind.CANCEL_REJECT if cancels else ReportKind.REJECT
    assert report.kind == (ReportKind.UNKNOWN if error in UNKNOWN_OUTCOME else kind)
    assert report.client_order_id == ID
    assert report.code == code_of(error)
    assert (report.code == 0) == (error == "EOrder:New one")


@pytest.mark.parametrize("method", ["add_order", "cancel_order"])
@pytest.mark.parametrize(
    "error", ["EService:Timeout", "EGeneral:Something new", "EService:", "EGeneral:Invalid"]
)
def test_an_unlisted_error_of_the_venue_itself_leaves_the_outcome_open(
    codec: Any, error: str, method: str
) -> None:
    report = one(codec, refused(error, method))
    assert (report.kind, report.code) == (ReportKind.UNKNOWN, 0)
    for other in ("EService", "EServices:Timeout", "EAPI:Timeout", "X" + error, ""):
        assert one(codec, refused(other, method)).kind != ReportKind.UNKNOWN


def test_both_backends_have_the_same_errors() -> None:
    assert native_orders.errors() == list(ERRORS)
    assert code_of("EOrder:Insufficient fundsX") == 0


def test_recorded_replies(codec: Any) -> None:
    """req_id 42 and 99 are those of no order: they have no counter."""
    for name in ("success", "failure"):
        data = require(KRAKEN / f"nautilus/ws_add_order_response_{name}.json").read_bytes()
        assert codec.decode(data) == (Code.OK, [])
        number = 1 << 34 | 5 << 2
        ours = data.replace(b'"req_id": 42', b'"req_id": %d' % number)
        report = one(codec, ours.replace(b'"req_id": 99', b'"req_id": %d' % number))
        assert report.client_order_id == 1 << 48 | 1 << 32 | 5
        assert report.kind == (ReportKind.ACK if name == "success" else ReportKind.REJECT)


def test_frames_about_no_order_of_ours(codec: Any) -> None:
    quiet = [
        frame({"method": "pong", "req_id": 4}), frame({"channel": "heartbeat"}), b"{}",
        frame({"method": "subscribe", "success": True, "req_id": SESSION_FIRST}),
        reply("add_order", ADD, order=1 << 48, success=True, result={}),
        reply("add_order", CANCEL, success=False, error="EOrder:Unknown order"),
        reply("cancel_order", CANCEL, success=True, result={"order_id": ORDER_ID}),
        frame({"method": "add_order", "req_id": None, "success": False, "error": "x"}),
        frame({"method": "add_order", "req_id": SESSION_FIRST + 20, "success": False}),
        require(KRAKEN / "nautilus/ws_batch_add_response_partial.json").read_bytes(),
    ]  # fmt: skip
    for data in quiet:
        assert codec.decode(data) == (Code.OK, []), data


@pytest.mark.parametrize(
    ("status", "kind"),
    [("open", ReportKind.ACK), ("closed", ReportKind.EXPIRE), ("expired", ReportKind.EXPIRE),
     ("canceled", ReportKind.CANCEL_ACK)],
)  # fmt: skip
def test_what_a_query_found(codec: Any, status: str, kind: ReportKind) -> None:
    report = one(codec, standing(status, vol_exec="0.00300000"))
    assert (report.kind, report.client_order_id, report.instrument) == (kind, ID, 0)
    assert report.cumulative_lots == 300_000
    assert report.venue_order_id == venue_order_id(ORDER_ID)


def test_a_query_that_found_nothing(codec: Any) -> None:
    report = one(codec, standing("absent"))
    assert (report.kind, report.code) == (ReportKind.REJECT, code_of("EOrder:Unknown order"))
    for data in (standing("pending"), refused("EService:Busy", "query_order")):
        assert codec.decode(data) == (Code.OK, [])


# -- executions ------------------------------------------------------------------------------------


def test_only_a_trade_counts_quantity(codec: Any) -> None:
    """trade and filled of one execution: one fill, one end."""
    row = {
        "exec_type": "filled", "order_status": "filled", "cl_ord_id": to_text(ID), "cum_qty": 0.005,
        "symbol": "BTC/USD", "last_qty": 0.005, "last_price": 26599.9,
    }  # fmt: skip
    told = json.loads(trade())["data"][0]
    code, reports = codec.decode(execution("trade", row, **told))
    assert code == Code.OK
    assert [r.kind for r in reports] == [ReportKind.FILL, ReportKind.EXPIRE]
    assert [r.last_lots for r in reports] == [500_000, 0]
    assert [r.cumulative_lots for r in reports] == [500_000, 500_000]


def test_every_field_of_a_trade(codec: Any) -> None:
    report = one(codec, trade())
    assert report == Report(
        kind=ReportKind.FILL,
        instrument=0,
        maker=0,
        client_order_id=ID,
        venue_order_id=venue_order_id(ORDER_ID),
        trade_id=365573,
        last_ticks=265_999,
        last_lots=500_000,
        cumulative_lots=500_000,
        fee_units=34_579_000,
        fee_currency=2,
        t_venue_ns=1_695_378_785_709_950_000,
    )
    assert one(codec, trade(liquidity_ind="m")).maker == 1


@pytest.mark.parametrize(
    "fees",
    [..., [], None, [{"asset": "USD", "qty": 1}, {"asset": "BTC", "qty": 1}],
     [{"asset": "DOGE", "qty": 1}], [{"asset": "USD", "qty": 0.1234567891}]],
)  # fmt: skip
def test_a_fee_that_is_not_told_exactly(codec: Any, fees: Any) -> None:
    report = one(codec, trade(fees=fees))
    assert (report.fee_units, report.fee_currency) == (FEE_NOT_REPORTED, -1)


def test_a_rebate_is_a_negative_fee(codec: Any) -> None:
    assert one(codec, trade(fees=[{"asset": "USD", "qty": -0.5}])).fee_units == -50_000_000


@pytest.mark.parametrize(
    ("step", "kind"),
    [("new", ReportKind.ACK), ("canceled", ReportKind.CANCEL_ACK), ("filled", ReportKind.EXPIRE),
     ("expired", ReportKind.EXPIRE), ("pending_new", None), ("iceberg_refill", None),
     ("amended", None), ("restated", None)],
)  # fmt: skip
def test_steps(codec: Any, step: str, kind: ReportKind | None) -> None:
    code, reports = codec.decode(execution(step, cum_qty=0.002))
    assert code == Code.OK
    assert [r.kind for r in reports] == ([] if kind is None else [kind])
    assert all(r.cumulative_lots == 200_000 for r in reports)


@pytest.mark.parametrize(
    ("status", "kind"),
    [("new", ReportKind.ACK), ("partially_filled", ReportKind.ACK), ("triggered", ReportKind.ACK),
     ("filled", ReportKind.EXPIRE), ("canceled", ReportKind.CANCEL_ACK),
     ("expired", ReportKind.EXPIRE), ("pending_new", None)],
)  # fmt: skip
def test_status_is_read_by_the_state(codec: Any, status: str, kind: ReportKind | None) -> None:
    _, reports = codec.decode(execution("status", order_status=status))
    assert [r.kind for r in reports] == ([] if kind is None else [kind])


def test_a_sparse_update_has_a_quantity_when_all_pairs_have_one_lot(codec: Any) -> None:
    report = one(codec, execution("canceled", symbol=..., cum_qty=0.25))
    assert (report.instrument, report.cumulative_lots) == (-1, 25_000_000)


def test_a_sparse_update_has_none_when_lots_differ() -> None:
    two = (instrument(), instrument("A/USD", index=1, lot_size=Decimal("0.1")))
    config = order_config(instruments=two)
    for backend in ("reference", "native"):
        report = one(codec_of(backend, config), execution("canceled", symbol=..., cum_qty=0.25))
        assert report.cumulative_lots == -1


def test_orders_of_others_are_counted_whatever_they_say(codec: Any) -> None:
    own, gone = execution("new"), codec.strangers
    rows = json.loads(own)["data"]
    others = [
        execution("new", cl_ord_id="6d1b345e-2821-40e2-ad83-4ecb18a06876"),
        execution("new", cl_ord_id="O-20260505-000001"),
        execution("reborn", cl_ord_id=...), execution("status", cl_ord_id=...),
        trade(cl_ord_id=..., symbol="XRP/EUR"), trade(cl_ord_id=..., last_price="x"),
        frame({"channel": "executions", "data": [[]]}),
        frame({"channel": "executions", "data": [5]}),
    ]  # fmt: skip
    for other in others:
        assert codec.decode(other) == (Code.OK, [])
        both = frame({"channel": "executions", "data": json.loads(other)["data"] + rows})
        assert one(codec, both) == one(codec, own)
    assert codec.strangers == gone + 2 * len(others)
    many = frame({"channel": "executions", "data": [{}] * 1000 + rows})
    assert one(codec, many) == one(codec, own)
    assert codec.strangers == gone + 2 * len(others) + 1000
    refused = frame(
        {"channel": "executions", "data": [{}, *json.loads(execution("reborn"))["data"]]}
    )
    assert codec.decode(refused) == (Code.EXECUTE_REPORT, [])
    assert codec.strangers == gone + 2 * len(others) + 1000


def test_a_time_that_cannot_be_read_costs_no_report(codec: Any) -> None:
    for stamp in ("yesterday", 5, None, []):
        assert one(codec, execution("new", timestamp=stamp)).t_venue_ns == 0


@pytest.mark.parametrize(
    "data",
    [
        b"", b"hello", b"[]", b"[1,2]",
        execution("reborn"),
        execution("status", order_status="limbo"),
        execution("status", order_status=...),
        execution("new", order_id=7),
        execution("new", symbol=7),
        execution("canceled", cum_qty="many"),
        execution("canceled", cum_qty=0.000000001),
        trade(last_qty=...), trade(last_price=26599.95), trade(trade_id=-3), trade(liquidity_ind=1),
        trade(fees={}), trade(fees=[5]), trade(fees=[{"qty": 1}]),
        trade(fees=[{"asset": "USD"}]), trade(symbol="XRP/EUR"), trade(symbol=...),
        frame({"channel": 5}), frame({"channel": "executions"}),
        frame({"method": 5}),
        reply("add_order", ADD), reply("add_order", ADD, success="yes"),
        reply("add_order", ADD, success=True), reply("add_order", ADD, success=False),
        reply("add_order", ADD, success=True, result={"order_id": 5}),
        reply("query_order", QUERY, success=True, result={}),
        reply("query_order", QUERY, success=True, result=[]),
        standing("open", vol_exec=[]),
    ],
)  # fmt: skip
def test_what_makes_no_sense_is_refused(codec: Any, data: bytes) -> None:
    assert codec.decode(data) == (Code.EXECUTE_REPORT, [])


def test_as_many_reports_as_a_frame_may_hold(codec: Any) -> None:
    most = LIMITS["reports_per_frame_max"]
    row = json.loads(execution("new"))["data"][0]
    quiet = json.loads(execution("amended"))["data"][0]
    for count, code in ((most, Code.OK), (most + 1, Code.EXECUTE_REPORT)):
        found, reports = codec.decode(execution("amended", *[row] * count, *[quiet] * 9))
        assert found == code
        assert len(reports) == (count if code == Code.OK else 0)


def test_oversized_and_broken_frames(codec: Any) -> None:
    most = LIMITS["frame_bytes_max"]
    assert codec.decode(b"{}" + b" " * most)[0] == Code.FEED_OVERSIZED
    assert codec.decode(b'{"channel"')[0] == Code.FEED_TRUNCATED
    assert codec.decode(b'{"channel":nope}')[0] == Code.FEED_SYNTAX
    assert codec.decode(b'{"a":"\xff"}')[0] == Code.FEED_ENCODING


def test_the_venue_is_the_codec_s_own() -> None:
    assert order_config().venues.index("kraken-spot") == VENUE
    assert not REFERENCE.replaces
    assert not NATIVE.replaces
