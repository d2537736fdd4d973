"""Risk on a hedging account: an order is judged by the leg it names, not by the net position."""

from typing import Any

import pytest
from risk_support import BACKENDS, MID, buy, one, sell
from support import btcusdt_linear, config_of

from tickpath.core.backend import Backend, load
from tickpath.core.codes import Code
from tickpath.core.config import AccountSpec
from tickpath.core.records import POSITION_LONG, POSITION_SHORT, REDUCE_ONLY_ALL, Position

CONFIG = config_of(btcusdt_linear(), account=AccountSpec(hedging=("binance-usdm",)))
LONG, SHORT = POSITION_LONG, POSITION_SHORT
TOP = 4
"""2 % of 100 000 USDT are 4 lots of 0.001 at MID, which is 500 000.0 here."""


@pytest.fixture(params=BACKENDS)
def risk(request: pytest.FixtureRequest) -> Any:
    return load("risk", Backend(request.param)).Risk(CONFIG)


def judge(risk: Any, intent: Any, long: Position, short: Position) -> int:
    net = Position(
        long.position_lots + short.position_lots,
        long.open_buy_lots + short.open_buy_lots,
        long.open_sell_lots + short.open_sell_lots,
    )
    return one(risk, CONFIG, intent, positions=[net], legs=[[long, short]])


def test_a_leg_has_the_ceiling_to_itself(risk: Any) -> None:
    """Net zero hides nothing: each leg may be as large as a position, and no larger."""
    long, short = Position(TOP), Position(-TOP)
    assert judge(risk, buy(1, flags=LONG), long, short) == Code.RISK_POSITION
    assert judge(risk, sell(1, flags=SHORT), long, short) == Code.RISK_POSITION
    assert judge(risk, sell(TOP, flags=SHORT), long, Position()) == Code.OK
    assert judge(risk, buy(TOP, flags=LONG), Position(), short) == Code.OK


def test_what_is_open_on_the_other_leg_does_not_count(risk: Any) -> None:
    short = Position(-TOP, open_buy_lots=TOP)
    assert judge(risk, buy(TOP, flags=LONG), Position(), short) == Code.OK
    long = Position(0, open_buy_lots=1)
    assert judge(risk, buy(TOP, flags=LONG), long, short) == Code.RISK_POSITION


def test_a_closing_order_is_at_most_its_leg(risk: Any) -> None:
    long, short = Position(3), Position(-2)
    assert judge(risk, sell(3, flags=LONG), long, short) == Code.OK
    assert judge(risk, sell(4, flags=LONG), long, short) == Code.RISK_REDUCE_ONLY
    assert judge(risk, buy(2, flags=SHORT), long, short) == Code.OK
    assert judge(risk, buy(3, flags=SHORT), long, short) == Code.RISK_REDUCE_ONLY
    open_long = Position(3, open_sell_lots=1)
    assert judge(risk, sell(3, flags=LONG), open_long, short) == Code.RISK_REDUCE_ONLY


def test_past_a_loss_a_leg_may_be_closed_and_none_opened(risk: Any) -> None:
    """The net position is long, so a net view would let the short leg grow."""
    risk.set_gate(0, REDUCE_ONLY_ALL)
    long, short = Position(3), Position(-1)
    assert judge(risk, sell(1, flags=SHORT), long, short) == Code.RISK_DRAWDOWN_REDUCE
    assert judge(risk, buy(1, flags=SHORT), long, short) == Code.OK
    assert judge(risk, sell(3, flags=LONG), long, short) == Code.OK


def test_an_order_without_a_side_sees_the_net_position(risk: Any) -> None:
    assert judge(risk, buy(TOP), Position(TOP), Position(-TOP)) == Code.OK
    assert judge(risk, buy(TOP, MID), Position(1), Position()) == Code.RISK_POSITION
