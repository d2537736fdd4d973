"""What a standing says of money."""

from decimal import Decimal

import pytest
from support import btcusd_inverse, btcusdt_linear

from tickpath.core.config import Instrument
from tickpath.venues.order_steps import Standing, open_cost

D = Decimal


@pytest.mark.parametrize(
    ("about", "quantity", "price", "cost"),
    [
        (btcusdt_linear(), "0.5", "60000", "30000"),
        (btcusdt_linear(), "-0.5", "60000", "-30000"),
        (btcusd_inverse(), "600", "60000", "-1"),
        (btcusd_inverse(), "-600", "60000", "1"),
        (btcusdt_linear(), "0", "0", "0"),
        (btcusd_inverse(), "0", "0", "0"),
    ],
)
def test_cost_and_gain_are_worth_together_what_a_position_is(
    about: Instrument, quantity: str, price: str, cost: str
) -> None:
    assert open_cost(about, D(quantity), D(price)) == D(cost)


def test_money_is_balances_less_costs() -> None:
    standing = Standing(balances={"USDT": D(100), "BTC": D(2)}, costs={"USDT": D(-30), "X": D(1)})
    assert standing.money == {"USDT": D(130), "BTC": D(2), "X": D(-1)}
