"""Tokens, request numbers, queries and the requests of a session."""

import json
import tomllib
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support import require
from venues.kraken.kraken_frames import KRAKEN, instrument
from venues.kraken.order_frames import ID, NOW_NS, ORDER_ID, codec_of, request_of

from tickpath.core.config import VENUES
from tickpath.core.errors import ConfigError, DataError
from tickpath.core.ids import to_text
from tickpath.core.limits import LIMITS
from tickpath.core.records import IntentKind, ReportKind, Side
from tickpath.venues.kraken import requests
from tickpath.venues.kraken.executions import cut
from tickpath.venues.kraken.queries import query_of, standing_frame
from tickpath.venues.kraken.request_ids import ADD, QUERY, SESSION_FIRST, order_of, request_id
from tickpath.venues.kraken.subscription import DEPTH_DEFAULT, DEPTHS
from tickpath.venues.kraken.token import needs_token, with_token

TOKEN = "G38a1tGFzqGiUCmnegBcm8d4nfP3tytiNQz6tkCBYXY"
QUESTION = codec_of("native").encode(request_of(kind=IntentKind.QUERY), NOW_NS)


@given(st.integers(0, 2**16 - 1), st.integers(0, 2**16 - 1), st.integers(1, 2**32 - 1),
       st.integers(0, 2))  # fmt: skip
def test_request_numbers_are_reversible(engine: int, epoch: int, counter: int, kind: int) -> None:
    order = engine << 48 | epoch << 32 | counter
    number = request_id(order, kind)
    assert number < SESSION_FIRST <= 2**53
    assert order_of(number, engine) == (order, kind)


def test_numbers_of_no_order() -> None:
    assert order_of(SESSION_FIRST, 1) == order_of(-1, 1) == order_of(3, 1) == (0, 0)


def test_the_token_fills_its_place_in_a_copy() -> None:
    codec = codec_of("native")
    for kind in (IntentKind.SUBMIT, IntentKind.CANCEL):
        data = codec.encode(request_of(kind=kind), NOW_NS)
        assert needs_token(data)
        filled = with_token(data, TOKEN)
        assert json.loads(filled)["params"]["token"] == TOKEN
        assert json.loads(data)["params"]["token"] == ""
        assert filled.replace(TOKEN.encode(), b"") == data
    assert not needs_token(QUESTION)


@pytest.mark.parametrize("token", ["", 'a"b', "a\\b", "a b", "\u00e9", "x" * 257])
def test_a_token_that_no_string_holds_is_refused_without_showing_it(token: str) -> None:
    with pytest.raises(ConfigError) as caught:
        with_token(b"{}", token)
    assert not token or token not in str(caught.value)


def private(data: bytes) -> dict[str, Any]:
    assert needs_token(data)
    params: dict[str, Any] = json.loads(data)["params"]
    assert params.pop("token") == ""
    return params


def test_requests_of_a_session() -> None:
    n = SESSION_FIRST
    book = json.loads(requests.subscribe("book", ["BTC/USD"], n, depth=25, snapshot=True))
    assert book == {
        "method": "subscribe", "req_id": n,
        "params": {"channel": "book", "symbol": ["BTC/USD"], "depth": 25, "snapshot": True},
    }  # fmt: skip
    assert json.loads(requests.unsubscribe("book", ["BTC/USD"], n, depth=25))["params"] == {
        "channel": "book", "symbol": ["BTC/USD"], "depth": 25,
    }  # fmt: skip
    assert json.loads(requests.ping(n)) == {"method": "ping", "req_id": n}
    wanted = {"channel": "executions", "snap_orders": True, "snap_trades": True}
    asked = requests.subscribe_private("executions", n, snap_orders=True, snap_trades=True)
    assert private(asked) == wanted
    assert private(requests.cancel_all(n)) == {}
    assert private(requests.cancel_all_after(60, n)) == {"timeout": 60}
    assert private(requests.batch_cancel([ID, ID + 1], n)) == {
        "cl_ord_id": [to_text(ID), to_text(ID + 1)]
    }
    assert private(requests.amend(instrument(), ID, n, quantity_lots=500_000)) == {
        "cl_ord_id": to_text(ID), "order_qty": 0.005,
    }  # fmt: skip
    assert b'"limit_price":30000.1}' in requests.amend(instrument(), ID, n, price_ticks=300_001)


def test_a_batch_is_that_of_the_recorded_request() -> None:
    recorded = json.loads(require(KRAKEN / "nautilus/ws_batch_add_request.json").read_text())
    orders = [request_of(), request_of(side=Side.SELL, price_ticks=310_000, client_order_id=ID + 1)]
    params = private(requests.batch_add(instrument(), orders, SESSION_FIRST))
    assert params["symbol"] == recorded["params"]["symbol"]
    for said, wanted in zip(params["orders"], recorded["params"]["orders"], strict=True):
        assert {k: said[k] for k in wanted if k != "cl_ord_id"} == {
            k: v for k, v in wanted.items() if k != "cl_ord_id"
        }
        assert set(said) == {*wanted, "time_in_force"}


@pytest.mark.parametrize(
    "call",
    [
        lambda: requests.cancel_all(7),
        lambda: requests.cancel_all_after(-1, SESSION_FIRST),
        lambda: requests.batch_cancel([], SESSION_FIRST),
        lambda: requests.batch_cancel([ID] * 51, SESSION_FIRST),
        lambda: requests.amend(instrument(), ID, SESSION_FIRST),
        lambda: requests.batch_add(instrument(), [request_of()], SESSION_FIRST),
        lambda: requests.batch_add(instrument(), [request_of()] * 16, SESSION_FIRST),
    ],
)
def test_requests_the_venue_would_not_take(call: Any) -> None:
    with pytest.raises(ConfigError):
        call()


def test_the_specification_and_the_code_say_the_same() -> None:
    spec = tomllib.loads(Path(requests.__file__).with_name("spec.toml").read_text())["spot"]
    assert spec["venue"] in VENUES
    assert tuple(spec["book"]["depths"]) == DEPTHS
    assert spec["book"]["depth_default"] == DEPTH_DEFAULT
    assert spec["orders"]["batch_add"] == [requests.BATCH_ADD_MIN, requests.BATCH_ADD_MAX]
    assert spec["orders"]["batch_cancel_max"] == requests.BATCH_CANCEL_MAX
    assert spec["orders"]["cancel_after_s_max"] == requests.CANCEL_AFTER_S_MAX
    assert len(to_text(ID)) <= spec["orders"]["client_id_bytes_max"]
    assert spec["cancel_replace"] == codec_of("native").replaces


# -- queries ---------------------------------------------------------------------------------------


def order(status: str, **fields: Any) -> dict[str, Any]:
    return {"cl_ord_id": to_text(ID), "status": status, "vol": "1.0", "vol_exec": "0.25", **fields}


def answer(opened: Any, closed: Any) -> Any:
    data = standing_frame(QUESTION, opened, closed)
    if data is None:
        return None
    (_, found), native = (codec_of(backend).decode(data) for backend in ("reference", "native"))
    assert native[1] == found
    return found


def test_a_query_is_recognised() -> None:
    assert query_of(QUESTION) == (to_text(ID), "BTC/USD", request_id(ID, QUERY))
    assert query_of(codec_of("native").encode(request_of(), NOW_NS)) is None
    assert order_of(request_id(ID, ADD), 1) == (ID, ADD)


def test_answers_from_the_lists_of_rest() -> None:
    other = {"OTHER": order("open", cl_ord_id="x"), "ODD": 5}
    (report,) = answer({"open": {**other, ORDER_ID: order("open")}}, None)
    assert (report.kind, report.cumulative_lots) == (ReportKind.ACK, 25_000_000)
    assert answer({"open": other}, None) is None
    (report,) = answer({"open": other}, {"closed": {ORDER_ID: order("canceled")}, "count": 1})
    assert (report.kind, report.client_order_id) == (ReportKind.CANCEL_ACK, ID)
    (report,) = answer({"open": {}}, {"closed": other})
    assert report.kind == ReportKind.REJECT
    assert answer({"open": {ORDER_ID: order("pending")}}, None) == []


def test_recorded_lists_hold_no_order_of_ours() -> None:
    opened = json.loads(require(KRAKEN / "nautilus/http_open_orders.json").read_text())["result"]
    closed = json.loads(require(KRAKEN / "nautilus/http_closed_orders.json").read_text())["result"]
    (report,) = answer(opened, closed)
    assert report.kind == ReportKind.REJECT
    (name,) = list(opened["open"])[:1]
    opened["open"][name]["cl_ord_id"] = to_text(ID)
    (report,) = answer(opened, None)
    assert report.kind == ReportKind.ACK


def test_what_is_no_list_is_refused() -> None:
    for opened in ({}, {"open": []}, {"open": None}):
        with pytest.raises(DataError, match="ask again"):
            standing_frame(QUESTION, opened, None)
    with pytest.raises(DataError, match="no query"):
        standing_frame(codec_of("native").encode(request_of(), NOW_NS), {"open": {}}, None)


# -- long frames -----------------------------------------------------------------------------------


def test_a_long_snapshot_is_cut_in_order_and_keeps_its_digits() -> None:
    row = b'{"exec_type":"new","cl_ord_id":"%016x","symbol":"BTC/USD","cum_qty":0.10000000}'
    most = LIMITS["reports_per_frame_max"]
    orders = [1 << 48 | k for k in range(1, 2 * most + 23)]
    rows = [row % order for order in orders]
    frame = b'{"channel":"executions","type":"snapshot","data":[%b],"sequence":1}' % b",".join(rows)
    parts = cut(frame)
    assert [len(json.loads(part)["data"]) for part in parts] == [most, most, 22]
    assert all(b'"cum_qty":0.10000000' in part for part in parts)
    for backend in ("reference", "native"):
        found = [codec_of(backend).decode(part) for part in parts]
        ids = [report.client_order_id for _, reports in found for report in reports]
        assert ids == orders
    assert cut(parts[0]) == [parts[0]]
    assert cut(b'{"channel":"balances","data":[1]}', 0) == [b'{"channel":"balances","data":[1]}']


@pytest.mark.parametrize("frame", [b"", b"[]", b"{"])
def test_a_long_frame_that_is_none(frame: bytes) -> None:
    with pytest.raises(DataError, match="close the connection"):
        cut(frame)
