"""The legs of a hedging account as risk sees them, on both backends."""

import pytest
from execute_desk import Desk
from support import btcusdt_linear, config_of

from tickpath.core.codes import Code
from tickpath.core.config import AccountSpec
from tickpath.core.records import (
    POSITION_LONG,
    POSITION_SHORT,
    IntentKind,
    OrderType,
    ReportKind,
    Side,
)

HEDGED = config_of(btcusdt_linear(), account=AccountSpec(hedging=("binance-usdm",)))
LONG, SHORT = POSITION_LONG, POSITION_SHORT


@pytest.fixture
def desk() -> Desk:
    return Desk(HEDGED)


def seen(desk: Desk) -> list[tuple[int, int, int]]:
    """(lots, open buys, open sells) of the long and of the short leg."""
    views = desk.both(lambda stage: stage.leg_positions(0))
    return [(v.position_lots, v.open_buy_lots, v.open_sell_lots) for v in views]


def test_what_is_open_counts_on_its_leg(desk: Desk) -> None:
    opened = desk.submit(venue=1, flags=LONG, quantity_lots=70)
    desk.submit(venue=1, flags=SHORT, side=Side.SELL, quantity_lots=40)
    assert seen(desk) == [(0, 70, 0), (0, 0, 40)]
    desk.fill(opened, 50)
    desk.submit(venue=1, flags=LONG, side=Side.SELL, quantity_lots=30)
    assert seen(desk) == [(50, 20, 30), (0, 0, 40)]
    assert desk.position().open_sell_lots == 70
    desk.parked(flags=LONG, quantity_lots=9)
    assert seen(desk) == [(50, 20, 30), (0, 0, 40)], "what waits in the engine is not open"


def test_fills_that_are_awaited_count_on_both(desk: Desk) -> None:
    order = desk.submit(venue=1, flags=LONG, quantity_lots=70)
    desk.report(ReportKind.CANCEL_ACK, order, cumulative_lots=20)
    assert seen(desk) == [(0, 20, 0), (0, 20, 0)]
    desk.fill(order, 20)
    assert seen(desk) == [(20, 0, 0), (0, 0, 0)]


def test_an_account_that_nets_has_no_legs() -> None:
    assert Desk(config_of(btcusdt_linear())).both(lambda stage: stage.leg_positions(0)) == []


def test_a_replace_stays_on_its_leg(desk: Desk) -> None:
    order = desk.submit(venue=1, flags=LONG)
    change = {"venue": 1, "type": OrderType.LIMIT, "price_ticks": 101}
    other = desk.send(IntentKind.REPLACE, order, flags=SHORT, **change)
    assert other == Code.EXECUTE_POSITION_SIDE
    assert desk.send(IntentKind.REPLACE, order, flags=LONG, **change) == Code.OK
