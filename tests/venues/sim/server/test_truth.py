"""What the admin endpoint says of an account."""

from decimal import Decimal

from venues.sim.server.rig import SpotRig, UsdmRig

from tickpath.venues.sim.server.orders import BUY, SELL
from tickpath.venues.sim.server.truth import account_truth
from tickpath.venues.sim.server.units import parse


def test_client_order_ids_that_stand_twice_are_named() -> None:
    rig = SpotRig()
    rig.fill_book()
    for name in ("a", "b", "a"):
        rig.order("BUY", "59000", "0.1", newClientOrderId=name)
        rig.signed("DELETE", "/api/v3/openOrders", symbol="BTCUSDT")
    found = account_truth(rig.alice)
    assert found["reused"] == ["a"]
    assert found["order_count"] == 3
    short = account_truth(rig.alice, history=False)
    assert short == {key: found[key] for key in found if key not in ("orders", "fills")}


def test_money_of_a_derivative_is_the_wallet_less_what_is_open() -> None:
    rig = UsdmRig()
    before = account_truth(rig.alice)
    assert before["money"]["USDT"] == before["balances"]["USDT"]["free"]
    rig.crowd(SELL, parse("60000"), "1")
    rig.order("BUY", "60000", "1")
    found = account_truth(rig.alice)
    assert found["positions"][0]["quantity"] == "1"
    wallet = Decimal(found["balances"]["USDT"]["free"])
    assert Decimal(found["money"]["USDT"]) == wallet - 60_000
    rig.crowd(BUY, parse("60000"), "1")
    rig.order("SELL", "60000", "1")
    flat = account_truth(rig.alice)
    assert flat["positions"] == []
    assert flat["money"]["USDT"] == flat["balances"]["USDT"]["free"]
