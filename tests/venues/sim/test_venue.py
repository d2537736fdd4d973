"""The simulated venue: queue positions, reasons of fills, refusals, and reports that decode."""

import json
from typing import Any

import pytest
from support import btcusd_inverse, btcusdt, btcusdt_linear, config_of
from venues.sim.desk import IDS, Desk

from tickpath.core.records import ReportKind
from tickpath.venues.binance.orders import OrderCodec
from tickpath.venues.sim.native import SimVenue


def kinds(reports: list[Any]) -> list[ReportKind]:
    return [ReportKind(r.kind) for r in reports]


def test_a_resting_order_waits_behind_what_is_displayed() -> None:
    desk = Desk()
    desk.place(0, "BUY", "100.00", "1")
    desk.trade("100.00", "4", buyer_is_maker=True)
    assert desk.fills() == []
    desk.trade("100.00", "1.5", buyer_is_maker=True)
    assert desk.fills() == [(50_000, "queue")]
    desk.trade("100.00", "9", buyer_is_maker=True)
    assert desk.fills() == [(50_000, "queue")]
    assert desk.venue.live_orders() == 0


def test_depth_that_lags_trades_counts_nothing_twice() -> None:
    desk = Desk(queue="power", queue_power=1)
    desk.place(0, "BUY", "100.00", "1")
    desk.trade("100.00", "3", buyer_is_maker=True)
    desk.depth('["100.00","2"]')
    desk.trade("100.00", "2", buyer_is_maker=True)
    assert desk.fills() == []
    desk.trade("100.00", "0.5", buyer_is_maker=True)
    assert desk.fills() == [(50_000, "queue")]


def test_the_pessimistic_queue_moves_by_trades_only() -> None:
    desk = Desk(queue="pessimistic")
    desk.place(0, "BUY", "100.00", "1")
    desk.depth('["100.00","7"]')
    desk.depth('["100.00","6"]')
    desk.trade("100.00", "5.5", buyer_is_maker=True)
    assert desk.fills() == [(50_000, "queue")]


def test_trades_through_and_crossing_books_fill() -> None:
    desk = Desk()
    desk.place(0, "BUY", "100.00", "1")
    desk.trade("99.99", "0.00001", buyer_is_maker=True)
    assert desk.fills() == [(100_000, "through")]
    desk.place(1, "SELL", "100.02", "1")
    desk.depth('["100.03","1"]', '["100.02","0"],["100.03","0"],["100.04","2"]')
    assert desk.fills() == [(100_000, "cross")]


def test_our_own_orders_at_one_price_fill_in_turn() -> None:
    desk = Desk()
    desk.place(0, "BUY", "100.01", "1")
    desk.place(1, "BUY", "100.01", "1")
    desk.trade("100.01", "1.5", buyer_is_maker=True)
    assert desk.fills() == [(100_000, "queue"), (50_000, "queue")]


def test_a_taking_order_walks_the_book_and_is_partial_where_it_ends() -> None:
    desk = Desk()
    reports = desk.place(0, "BUY", "100.03", "20", timeInForce="IOC")
    assert desk.fills() == [(300_000, "take"), (600_000, "take")]
    assert kinds(reports)[-1] == ReportKind.EXPIRE
    assert desk.place(1, "BUY", "100.03", "20", timeInForce="FOK")[-1].kind == ReportKind.EXPIRE
    assert desk.fills() == []
    desk.place(2, "BUY", "100.03", "20")
    assert desk.venue.live_orders() == 1


def test_self_impact_takes_the_displayed_quantity_away() -> None:
    for on, again in ((False, [(300_000, "take")]), (True, [])):
        desk = Desk(self_impact=on)
        desk.place(0, "BUY", "100.02", "3", timeInForce="IOC")
        desk.fills()
        desk.place(1, "BUY", "100.02", "3", timeInForce="IOC")
        assert desk.fills() == again


def test_refusals_carry_the_venues_codes() -> None:
    desk = Desk()
    crossing = desk.place(0, "BUY", "100.02", "1", type="LIMIT_MAKER")
    assert [(r.kind, r.code) for r in crossing] == [(ReportKind.REJECT, -2010)]
    desk.place(1, "BUY", "99.00", "1")
    assert desk.place(1, "BUY", "99.00", "1")[0].code == -2010
    assert desk.place(2, "BUY", "99.001", "1")[0].code == -1013
    assert desk.place(3, "BUY", "99.00", "0.000001")[0].code == -1013
    assert desk.place(4, "BUY", "99.00", "x")[0].code == -1013
    gone = desk.send("order.cancel", "c" + IDS[9], origClientOrderId=IDS[9])
    assert [(r.kind, r.code) for r in gone] == [(ReportKind.CANCEL_REJECT, -2011)]
    desk.venue.on_request(0, b"\xff not json", desk.t_ns)
    desk.venue.on_request(0, b"", desk.t_ns)
    assert desk.venue.live_orders() == 1


def test_cancel_replace_in_all_its_outcomes() -> None:
    desk = Desk()
    new = {
        "side": "BUY",
        "type": "LIMIT_MAKER",
        "quantity": "1",
        "cancelReplaceMode": "STOP_ON_FAILURE",
    }
    desk.place(0, "BUY", "99.99", "1")
    done = desk.send(
        "order.cancelReplace", IDS[1], cancelOrigClientOrderId=IDS[0], newClientOrderId=IDS[1],
        price="99.98", **new,
    )  # fmt: skip
    assert kinds(done) == [ReportKind.CANCEL_ACK, ReportKind.ACK] * 2  # the reply, the events
    half = desk.send(
        "order.cancelReplace", IDS[2], cancelOrigClientOrderId=IDS[1], newClientOrderId=IDS[2],
        price="100.05", **new,
    )  # fmt: skip
    assert kinds(half) == [ReportKind.CANCEL_ACK, ReportKind.REJECT, ReportKind.CANCEL_ACK]
    none = desk.send(
        "order.cancelReplace", IDS[3], cancelOrigClientOrderId=IDS[1], newClientOrderId=IDS[3],
        price="99.98", **new,
    )  # fmt: skip
    assert kinds(none) == [ReportKind.CANCEL_REJECT, ReportKind.REJECT]
    assert desk.venue.live_orders() == 0


def test_a_venue_without_a_snapshot_is_closed() -> None:
    config = config_of(btcusdt())
    venue = SimVenue(config)
    text = {
        "id": IDS[0], "method": "order.place",
        "params": {"symbol": "BTCUSDT", "side": "BUY", "type": "MARKET", "quantity": "1",
                   "newClientOrderId": IDS[0]},
    }  # fmt: skip
    venue.on_request(0, json.dumps(text, separators=(",", ":")).encode(), 1)
    assert b"Market is closed" in venue.take_reports()[0][2]


@pytest.mark.parametrize(
    ("make", "lots"), [(btcusdt, "1"), (btcusdt_linear, "1"), (btcusd_inverse, "3")]
)
def test_fees_are_exact_and_reports_decode_on_every_market(make: Any, lots: str) -> None:
    instrument = make()
    config = config_of(instrument)
    venue, codec = SimVenue(config), OrderCodec(config, instrument.venue)
    snapshot = b'{"lastUpdateId":5,"bids":[["100.0","9"]],"asks":[["100.02","9"]]}'
    if instrument.kind != btcusdt().kind:
        snapshot = snapshot.replace(b"100.02", b"100.2" if make is btcusdt_linear else b"100.1")
    venue.on_market(0, snapshot, 1_000_000)
    params = {
        "symbol": instrument.symbol, "side": "BUY", "type": "MARKET", "quantity": lots,
        "newClientOrderId": IDS[0],
    }  # fmt: skip
    text = {"id": IDS[0], "method": "order.place", "params": params}
    venue.on_request(instrument.venue, json.dumps(text, separators=(",", ":")).encode(), 2_000_000)
    reports = [r for _, _, data in venue.take_reports() for r in codec.decode(data)[1]]
    fills = [r for r in reports if r.kind == ReportKind.FILL]
    assert len(fills) == 1
    assert fills[0].client_order_id == int(IDS[0], 16)
    price, quantity = fills[0].last_ticks, fills[0].last_lots
    num, den = instrument.value_ratio
    notional = (
        (quantity * num, price * den) if instrument.kind == 2 else (price * quantity * num, den)
    )
    exact = notional[0] * instrument.taker_fee_ppm / (notional[1] * 1_000_000)
    assert abs(fills[0].fee_units - exact) <= 0.5
