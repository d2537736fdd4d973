"""What the venue refuses and what its bytes say: a lenient venue would hide mistakes."""

import json
from typing import Any

import pytest
from support import btcusdt, btcusdt_linear
from venues.sim.desk import IDS, SNAPSHOT, Desk

from tickpath.venues.sim.fills import WHY

ORDER = {
    "symbol": "BTCUSDT", "side": "BUY", "type": "LIMIT", "timeInForce": "GTC", "price": "100.00",
    "quantity": "1", "newClientOrderId": IDS[0],
}  # fmt: skip
EXECUTION_KEYS = list("eEscSofqpPFgCxXrilzLnNTtIwmMOZYQWV")
UPDATE_KEYS = [*"scSofqp", "ap", "sp", *"xXilzLTtbamR", "wt", "ot", "ps", "cp", "rp", "pP", "si"]
UPDATE_KEYS += ["ss", "V", "pm", "gtd"]


def ask(desk: Desk, text: bytes) -> list[Any]:
    """The venue's answers as JSON."""
    desk.venue.on_request(0, text, desk.t_ns)
    return [json.loads(data) for _, _, data in desk.venue.take_reports()]


def request(method: str = "order.place", **params: Any) -> bytes:
    return json.dumps({"id": IDS[0], "method": method, "params": ORDER | params}).encode()


@pytest.mark.parametrize(
    "text",
    [
        b"", b"{", b"\xff", b"[]", b"{}", b"null", request()[:-1], request()[:-2], request() + b"x",
        request().replace(b'"id"', b'"method"'), request().replace(b'"params"', b'"param"'),
        request().replace(b'"price": "100.00"', b'"side": "BUY"'),
        request().replace(b'"100.00"', b'"10\\u0030.00"'), request().replace(b'"100.00"', b"01"),
        request().replace(b'"100.00"', b'{"a":1}'), request().replace(b": ", b" ", 1),
        request().replace(b'"0001', b'"' + b"0" * 40 + b"0001", 1),
    ],
)  # fmt: skip
def test_what_is_not_one_flat_object_is_refused_whole(text: bytes) -> None:
    desk = Desk()
    assert ask(desk, text) == [
        {"id": None, "status": 400, "error": {"code": -1135, "msg": "Invalid JSON Request."}}
    ]
    assert desk.venue.live_orders() == 0


@pytest.mark.parametrize(
    ("params", "code"),
    [
        ({"symbol": "ETHUSDT"}, -1121), ({"side": "BOTH"}, -1117), ({"type": "TAKE_PROFIT"}, -1116),
        ({"timeInForce": "DAY"}, -1115), ({"timeInForce": "GTX"}, -1115), ({"price": "0"}, -1013),
        ({"price": "100.001"}, -1013), ({"price": ".5"}, -1013), ({"price": "5."}, -1013),
        ({"price": "-5"}, -1013), ({"price": 1e30}, -1013), ({"quantity": "0.000001"}, -1013),
        ({"quantity": "9001"}, -1013), ({"quantity": "0.04"}, -1013),
        ({"reduceOnly": "true"}, -1106),
        ({"type": "MARKET"}, -1106), ({"type": "LIMIT_MAKER"}, -1106),
        ({"newClientOrderId": "mine"}, -1102),
    ],
)  # fmt: skip
def test_every_mistake_has_the_venues_code(params: dict[str, Any], code: int) -> None:
    answer = ask(Desk(), request(**params))
    assert [a["error"]["code"] for a in answer] == [code]
    assert answer[0]["id"] == IDS[0]


def test_a_number_as_id_comes_back_as_a_number() -> None:
    desk = Desk()
    assert ask(desk, request().replace(b'"' + IDS[0].encode() + b'"', b"7", 1))[0]["id"] == 7


def test_unknown_methods_and_replace_modes() -> None:
    desk = Desk()
    assert ask(desk, request("order.test"))[0]["error"]["code"] == -1100
    assert ask(desk, request("order.cancelReplace"))[0]["error"]["code"] == -1102
    allow = request("order.cancelReplace", cancelReplaceMode="ALLOW_FAILURE")
    assert ask(desk, allow)[0]["error"]["code"] == -1130


def test_a_filter_failure_in_a_replace_leaves_the_old_order() -> None:
    desk = Desk()
    desk.place(1, "BUY", "99.99", "1")
    text = request(
        "order.cancelReplace", cancelReplaceMode="STOP_ON_FAILURE",
        cancelOrigClientOrderId=IDS[1], price="99.999",
    )  # fmt: skip
    assert ask(desk, text)[0]["error"]["code"] == -1013
    assert desk.venue.live_orders() == 1


def test_the_same_symbol_on_two_venues_is_two_instruments() -> None:
    desk = Desk(instruments=(btcusdt(), btcusdt_linear()))
    other = b'{"lastUpdateId":5,"bids":[["200.0","9"]],"asks":[["200.1","9"]]}'
    desk.venue.on_market(1, other, desk.t_ns)
    desk.venue.on_request(1, request(type="LIMIT", timeInForce="IOC", price="300.00"), desk.t_ns)
    fills = desk.venue.take_fills()
    assert [(f["instrument"], f["price_ticks"]) for f in fills] == [(1, 2001)]


def test_a_remainder_is_not_filled_by_the_quantity_it_took() -> None:
    desk = Desk()
    desk.place(0, "BUY", "100.02", "20")
    assert desk.fills() == [(300_000, "take")]
    desk.depth('["99.00","1"]')
    assert desk.fills() == []
    desk.depth("", '["100.02","0"]')
    desk.depth("", '["100.02","1"]')
    assert desk.fills() == [(1_700_000, "cross")]


def test_a_trade_that_fills_an_earlier_order_of_ours_moves_no_queue_twice() -> None:
    desk = Desk(queue_power=1)
    desk.place(0, "BUY", "100.00", "0.5")  # 5 ahead
    desk.depth('["100.00","10"]')
    desk.place(1, "BUY", "100.00", "1")  # 10 ahead
    desk.depth('["100.00","15"]')
    desk.trade("100.00", "5.5", buyer_is_maker=True)
    assert desk.fills() == [(50_000, "queue")]
    desk.depth('["100.00","9.5"]')  # all of it is that trade: 5 stay ahead of the second
    desk.trade("100.00", "5", buyer_is_maker=True)
    assert desk.fills() == []
    desk.trade("100.00", "0.25", buyer_is_maker=True)
    assert desk.fills() == [(25_000, "queue")]


def test_reports_have_the_keys_of_the_venues_pages() -> None:
    desk = Desk()
    answers = ask(desk, request(price="100.02", quantity="1"))
    assert answers[0]["result"].keys() == {
        "symbol", "orderId", "orderListId", "clientOrderId", "transactTime"
    }  # fmt: skip
    assert [list(a["event"]) for a in answers[1:]] == [EXECUTION_KEYS] * 2
    fill = answers[2]["event"]
    assert (fill["Z"], fill["Y"], fill["L"], fill["n"]) == (
        "100.02000000", "100.02000000", "100.02000000", "0.10002000",
    )  # fmt: skip
    assert (answers[1]["event"]["I"], fill["I"]) == (1, 2)


def test_futures_speak_their_own_words() -> None:
    desk = Desk(instruments=(btcusdt(), btcusdt_linear()))
    snapshot = b'{"lastUpdateId":5,"bids":[["200.0","9"]],"asks":[["200.1","9"]]}'
    desk.venue.on_market(1, snapshot, desk.t_ns)

    def send(method: str = "order.place", **params: Any) -> list[Any]:
        desk.venue.on_request(1, request(method, **params), desk.t_ns)
        return [json.loads(data) for _, _, data in desk.venue.take_reports()]

    crossing = send(timeInForce="GTX", price="200.1")
    assert crossing[0]["error"]["code"] == -5022
    assert send(type="LIMIT_MAKER")[0]["error"]["code"] == -1116
    assert send(quantity="0.1")[0]["error"]["code"] == -4164
    assert send(reduceOnly="true")[0]["error"]["code"] == -2022
    replace = send("order.cancelReplace", cancelReplaceMode="STOP_ON_FAILURE")
    assert replace[0]["error"]["code"] == -1100
    placed = send(timeInForce="GTX", price="199.9")
    assert placed[0]["result"]["timeInForce"] == "GTX"
    assert list(placed[1]["o"]) == UPDATE_KEYS
    assert (placed[1]["o"]["o"], placed[1]["o"]["f"]) == ("LIMIT", "GTX")
    cancelled = send("order.cancel", origClientOrderId=IDS[0])
    assert [cancelled[0]["result"]["status"], cancelled[1]["o"]["X"]] == ["CANCELED"] * 2
    bought = send(timeInForce="IOC", price="200.1")
    assert set(bought[2]["o"]) == set(UPDATE_KEYS) | {"N", "n"}
    closing = {"side": "SELL", "timeInForce": "IOC", "reduceOnly": "true", "price": "200.0"}
    assert send(**closing, quantity="2")[0]["error"]["code"] == -2022
    assert send(**closing)[1]["o"]["R"] is True


def test_fills_are_one_record_each_with_their_reason() -> None:
    desk = Desk()
    assert SNAPSHOT.startswith(b"{")
    desk.place(0, "BUY", "100.03", "4")
    rows = desk.venue.take_fills()
    assert [(int(r["price_ticks"]), WHY[r["why"]], int(r["maker"])) for r in rows] == [
        (10_002, "take", 0), (10_003, "take", 0),
    ]  # fmt: skip
    assert [int(r["trade_id"]) for r in rows] == [1, 2]
