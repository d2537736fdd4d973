"""The venue in hedging mode: every order of the futures names its leg, none takes one past zero."""

import json
from dataclasses import replace
from typing import Any

import pytest
from support import btcusdt, btcusdt_linear, config_of
from venues.sim.desk import IDS

from tickpath.core.config import AccountSpec
from tickpath.core.records import (
    POSITION_LONG,
    POSITION_SHORT,
    REDUCE_ONLY,
    IntentKind,
    OrderType,
    Request,
    Side,
)
from tickpath.venues.binance.native_orders import OrderCodec
from tickpath.venues.sim import reference
from tickpath.venues.sim.direct import DirectCodec
from tickpath.venues.sim.native import SimVenue

ACCOUNT = AccountSpec(hedging=("binance-usdm",))
CONFIG = config_of(btcusdt(), btcusdt_linear(), account=ACCOUNT)
SNAPSHOT = b'{"lastUpdateId":5,"bids":[["1000.0","9"]],"asks":[["1000.1","9"]]}'
VENUES = pytest.mark.parametrize("make", [SimVenue, reference.SimVenue], ids=["native", "plain"])


def hedging(make: Any, config: Any = CONFIG) -> Any:
    venue = make(config)
    for source in (0, 1):
        venue.on_market(source, SNAPSHOT, 1_000_000)
    return venue


def ask(venue: Any, k: int, side: str, quantity: str, market: int = 1, **more: str) -> list[Any]:
    """Answers to an order at the market, as JSON."""
    order = {
        "symbol": "BTCUSDT", "side": side, "type": "MARKET", "quantity": quantity,
        "newClientOrderId": IDS[k],
    } | more  # fmt: skip
    text = {"id": IDS[k], "method": "order.place", "params": order}
    venue.on_request(market, json.dumps(text).encode(), 2_000_000)
    return [json.loads(data) for _, _, data in venue.take_reports()]


def code(answers: list[Any]) -> int:
    return int(answers[0].get("error", {"code": 0})["code"])


@VENUES
def test_both_legs_are_held_at_once(make: Any) -> None:
    venue = hedging(make)
    long = ask(venue, 0, "BUY", "2", positionSide="LONG")
    assert long[0]["result"]["positionSide"] == "LONG"
    assert {a["o"]["ps"] for a in long[1:]} == {"LONG"}
    assert {a["o"]["ps"] for a in ask(venue, 1, "SELL", "3", positionSide="SHORT")[1:]} == {"SHORT"}
    assert code(ask(venue, 2, "SELL", "2.001", positionSide="LONG")) == -2022
    assert code(ask(venue, 3, "BUY", "3.001", positionSide="SHORT")) == -2022
    assert code(ask(venue, 4, "SELL", "2", positionSide="LONG")) == 0
    assert code(ask(venue, 5, "SELL", "1", positionSide="LONG")) == -2022
    assert code(ask(venue, 6, "BUY", "3", positionSide="SHORT")) == 0


@VENUES
def test_all_that_closes_a_leg_is_at_most_the_leg(make: Any) -> None:
    venue = hedging(make)
    ask(venue, 0, "BUY", "2", positionSide="LONG")
    rests = {"type": "LIMIT", "timeInForce": "GTC", "price": "1010.0", "positionSide": "LONG"}
    assert code(ask(venue, 1, "SELL", "1.5", **rests)) == 0
    assert code(ask(venue, 2, "SELL", "0.6", positionSide="LONG")) == -2022
    assert code(ask(venue, 3, "SELL", "0.5", positionSide="LONG")) == 0


@VENUES
def test_sides_that_do_not_fit_the_account(make: Any) -> None:
    venue = hedging(make)
    assert code(ask(venue, 0, "BUY", "1")) == -4061
    assert code(ask(venue, 0, "BUY", "1", positionSide="BOTH")) == -4061
    assert code(ask(venue, 0, "BUY", "1", positionSide="UP")) == -1130
    assert code(ask(venue, 0, "BUY", "1", positionSide="LONG", reduceOnly="true")) == -1106
    assert code(ask(venue, 0, "BUY", "1", market=0, positionSide="LONG")) == -1106
    netting = hedging(make, replace(CONFIG, account=AccountSpec()))
    assert code(ask(netting, 0, "BUY", "1", positionSide="LONG")) == -4061
    assert code(ask(netting, 0, "BUY", "1", positionSide="BOTH")) == 0


def test_records_say_the_same() -> None:
    direct = replace(CONFIG, sim=replace(CONFIG.sim, direct_orders=True))
    sides = [(hedging(SimVenue), OrderCodec), (hedging(SimVenue, direct), DirectCodec)]
    legs = ((Side.BUY, POSITION_LONG, 900), (Side.SELL, POSITION_SHORT, 700), (Side.BUY, 0, 200),
            (Side.SELL, POSITION_LONG, 901), (Side.SELL, POSITION_LONG | REDUCE_ONLY, 900),
            (Side.BUY, POSITION_SHORT, 700), (Side.BUY, POSITION_SHORT, 150))  # fmt: skip
    codes = []
    for k, (side, flags, lots) in enumerate(legs):
        found = []
        for venue, codec in sides:
            request = Request(
                kind=IntentKind.SUBMIT, venue=1, instrument=1, strategy=0, side=side,
                type=OrderType.MARKET, time_in_force=0, flags=flags, tag=0, price_ticks=0,
                quantity_lots=lots, client_order_id=0x0001000100000000 + k + 1,
            )  # fmt: skip
            hand = codec(venue.config, 1)
            venue.on_request(1, hand.encode(request, 2_000_000), 2_000_000)
            found.append([hand.decode(data) for _, _, data in venue.take_reports()])
        assert found[0] == found[1]
        codes.append(found[0][0][1][0].code)
    assert codes == [0, 0, -4061, -2022, 0, 0, -2022]
