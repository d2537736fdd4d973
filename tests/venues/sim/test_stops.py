"""Stops, icebergs and good-till dates at the venue: native and plain Python say the same."""

import json
from typing import Any

import pytest
from support import btcusd_inverse, btcusdt, btcusdt_linear
from venues.sim.desk import IDS, Desk

from tickpath.core.records import ReportKind
from tickpath.venues.sim import reference
from tickpath.venues.sim.native import SimVenue

VENUES = pytest.mark.parametrize("make", [SimVenue, reference.SimVenue], ids=["native", "plain"])


def stop(desk: Desk, k: int, side: str, trigger: str, **more: Any) -> list[Any]:
    """A stop for 2, without a limit unless one is given."""
    order = {"side": side, "type": "STOP_LOSS", "quantity": "2", "stopPrice": trigger}
    if "price" in more:
        order |= {"type": "STOP_LOSS_LIMIT", "timeInForce": "GTC"}
    return desk.send("order.place", IDS[k], **order, newClientOrderId=IDS[k], **more)


def said(desk: Desk) -> list[Any]:
    """What the venue has said, as JSON."""
    return [json.loads(data) for _, _, data in desk.venue.take_reports()]


def kinds(reports: list[Any]) -> list[ReportKind]:
    return [ReportKind(r.kind) for r in reports]


def codes(reports: list[Any]) -> list[int]:
    return [r.code for r in reports]


@VENUES
def test_a_stop_waits_for_a_trade_and_takes_then(make: Any) -> None:
    desk = Desk(make)
    assert kinds(stop(desk, 0, "SELL", "99.95")) == [ReportKind.ACK] * 2
    assert desk.venue.live_orders() == 1
    desk.depth('["100.00","0"],["99.90","3"]')
    desk.trade("99.96", "1", buyer_is_maker=True)
    assert desk.fills() == []
    desk.trade("99.95", "1", buyer_is_maker=True)
    assert desk.fills() == [(200_000, "take")]
    assert [r.cumulative_lots for r in desk.reports()] == [200_000]
    assert desk.venue.live_orders() == 0


@VENUES
def test_a_stop_limit_rests_where_its_limit_is(make: Any) -> None:
    desk = Desk(make)
    stop(desk, 0, "BUY", "100.10", price="100.01")
    desk.trade("100.10", "1", buyer_is_maker=False)
    assert desk.fills() == []
    assert desk.venue.live_orders() == 1
    desk.depth("", '["100.02","0"],["100.01","5"]')
    assert desk.fills() == [(200_000, "cross")]


@VENUES
def test_reports_and_queries_say_that_it_waits(make: Any) -> None:
    desk = Desk(make)
    order = {
        "symbol": "BTCUSDT", "side": "SELL", "type": "STOP_LOSS_LIMIT", "timeInForce": "GTC",
        "price": "99.00", "quantity": "2", "stopPrice": "99.50", "newClientOrderId": IDS[0],
    }  # fmt: skip
    place = {"id": IDS[0], "method": "order.place", "params": order}
    query = {
        "id": "q" + IDS[0], "method": "order.status",
        "params": {"symbol": "BTCUSDT", "origClientOrderId": IDS[0]},
    }  # fmt: skip
    desk.venue.on_request(0, json.dumps(place).encode(), desk.t_ns)
    event = said(desk)[1]["event"]
    assert (event["o"], event["P"], event["X"]) == ("STOP_LOSS_LIMIT", "99.50000000", "NEW")
    assert (event["w"], "W" in event) == (False, False)
    desk.venue.on_request(0, json.dumps(query).encode(), desk.t_ns)
    (found,) = said(desk)
    result = found["result"]
    assert (result["status"], result["isWorking"], result["workingTime"]) == ("NEW", False, -1)
    assert (result["type"], result["stopPrice"]) == ("STOP_LOSS_LIMIT", "99.50000000")
    desk.depth('["100.00","0"],["99.99","0"],["98.00","1"]', '["100.02","0"]')
    desk.trade("99.50", "1", buyer_is_maker=True)
    desk.venue.on_request(0, json.dumps(query).encode(), desk.t_ns)
    assert said(desk)[-1]["result"]["isWorking"] is True


@VENUES
def test_a_waiting_stop_is_cancelled(make: Any) -> None:
    desk = Desk(make)
    stop(desk, 0, "SELL", "99.50")
    gone = desk.send("order.cancel", "c" + IDS[0], origClientOrderId=IDS[0])
    assert kinds(gone) == [ReportKind.CANCEL_ACK] * 2
    desk.trade("99.00", "1", buyer_is_maker=True)
    assert (desk.fills(), desk.venue.live_orders()) == ([], 0)
    again = desk.send("order.cancel", "c" + IDS[0], origClientOrderId=IDS[0])
    assert codes(again) == [-2011]


@VENUES
def test_what_the_venue_refuses_of_stops(make: Any) -> None:
    desk = Desk(make)
    desk.trade("100.00", "1", buyer_is_maker=True)
    assert codes(stop(desk, 0, "SELL", "100.00")) == [-2010]
    assert codes(stop(desk, 0, "BUY", "100.00")) == [-2010]
    assert codes(stop(desk, 0, "BUY", "100.001")) == [-1013]
    assert codes(desk.place(0, "BUY", "99.00", "1", type="STOP_LOSS_LIMIT")) == [-1102]
    assert codes(desk.place(0, "BUY", "99.00", "1", stopPrice="101.00")) == [-1106]
    for k in range(5):
        assert codes(stop(desk, k, "BUY", "100.50")) == [0, 0]
    assert codes(stop(desk, 5, "BUY", "100.50")) == [-1013]
    assert codes(stop(desk, 4, "BUY", "100.50")) == [-2010], "the same id twice"


@VENUES
def test_a_trade_sends_stops_in_the_order_they_came(make: Any) -> None:
    desk = Desk(make)
    for k, trigger in enumerate(("99.80", "99.90", "99.70")):
        stop(desk, k, "SELL", trigger, price="99.00")
    desk.depth('["100.00","0"],["99.99","0"],["99.50","3"]')
    desk.trade("99.75", "1", buyer_is_maker=True)
    fills = desk.venue.take_fills()
    assert [int(f["client_order_id"]) & 0xF for f in fills] == [1, 2]
    assert [int(f["quantity_lots"]) for f in fills] == [200_000, 200_000]
    assert desk.venue.live_orders() == 1


@VENUES
def test_an_iceberg_shows_one_clip_and_queues_again_for_the_next(make: Any) -> None:
    desk = Desk(make)
    desk.place(0, "BUY", "100.00", "2", icebergQty="0.5")  # 5 ahead
    desk.trade("100.00", "9", buyer_is_maker=True)
    assert desk.fills() == [(50_000, "queue")]
    desk.depth('["100.00","3"]')
    desk.trade("100.00", "3", buyer_is_maker=True)
    assert desk.fills() == [], "the next clip is behind what is displayed"
    desk.trade("100.00", "0.4", buyer_is_maker=True)
    assert desk.fills() == [(40_000, "queue")]
    desk.trade("99.99", "1", buyer_is_maker=True)
    assert desk.fills() == [(110_000, "through")]


@VENUES
@pytest.mark.parametrize(
    ("terms", "code"),
    [
        ({"icebergQty": "0.00000001"}, -1013),
        ({"icebergQty": "3"}, -1013),
        ({"icebergQty": "0.1"}, -1013),
        ({"icebergQty": "0.5", "type": "MARKET"}, -1106),
        ({"icebergQty": "0.5", "timeInForce": "IOC"}, -1106),
    ],
)
def test_what_the_venue_refuses_of_icebergs(make: Any, terms: dict[str, str], code: int) -> None:
    assert codes(Desk(make).place(0, "BUY", "100.00", "2", **terms)) == [code]


class Futures:
    """The desk's words on USD-M, where the venue knows dates."""

    def __init__(self, make: Any) -> None:
        self.desk = Desk(make, instruments=(btcusdt(), btcusdt_linear(), btcusd_inverse()))
        snapshot = b'{"lastUpdateId":5,"bids":[["100.0","9"]],"asks":[["100.1","9"]]}'
        for source in (1, 2):
            self.desk.venue.on_market(source, snapshot, self.desk.t_ns)
        self.t_ns = self.desk.t_ns

    def place(self, market: int = 1, **more: Any) -> Any:
        order = {
            "symbol": "BTCUSDT" if market == 1 else "BTCUSD_PERP", "side": "BUY", "type": "LIMIT",
            "timeInForce": "GTD", "price": "99.0", "quantity": "2", "newClientOrderId": IDS[0],
        } | more  # fmt: skip
        text = {"id": IDS[0], "method": "order.place", "params": order}
        self.desk.venue.on_request(market, json.dumps(text).encode(), self.t_ns)
        return said(self.desk)


@VENUES
def test_an_order_ends_at_its_date(make: Any) -> None:
    futures = Futures(make)
    date = futures.t_ns // 10**6 + 601_000
    answer, event = futures.place(goodTillDate=date)
    assert (answer["result"]["timeInForce"], answer["result"]["goodTillDate"]) == ("GTD", date)
    assert (event["o"]["f"], event["o"]["gtd"]) == ("GTD", date)
    frame = b'{"e":"bookTicker","u":9,"s":"BTCUSDT","b":"1","B":"1","a":"2","A":"1","T":1,"E":1}'
    futures.desk.venue.on_market(1, frame, date * 10**6 - 1)
    assert said(futures.desk) == []
    futures.desk.venue.on_market(1, frame, date * 10**6)
    (gone,) = said(futures.desk)
    assert (gone["o"]["x"], gone["o"]["X"], gone["o"]["c"]) == ("EXPIRED", "EXPIRED", IDS[0])
    assert futures.desk.venue.live_orders() == 0


@VENUES
def test_what_the_venue_refuses_of_dates(make: Any) -> None:
    futures = Futures(make)
    near = futures.t_ns // 10**6 + 600_000
    for market, more, code in (
        (1, {}, -1102), (1, {"goodTillDate": near}, -1130), (1, {"goodTillDate": "soon"}, -1130),
        (2, {"goodTillDate": near + 5}, -1115),
    ):  # fmt: skip
        (answer,) = futures.place(market, **more)
        assert answer["error"]["code"] == code
