"""Order and position sizes: sensible without parameters, exact, never below the minima."""

from dataclasses import replace
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import pytest
from strategy_support import BACKENDS, spec_of, stage_with, top_of, view_of
from support import btcusd_inverse, btcusdt, btcusdt_linear, config_of

from tickpath.core.config import Instrument
from tickpath.hot.strategy.configure import configure
from tickpath.hot.strategy.sizing import LOTS_MAX, order_lots_at, position_lots_at


def params_of(instrument: Instrument, balances: Any = None, **params: int) -> Any:
    config = config_of(replace(instrument, index=0), strategies=(spec_of("every_event", **params),))
    if balances is not None:
        config = replace(config, balances=balances)
    return SimpleNamespace(**configure(config)[0].params[0].ints)


@pytest.mark.parametrize(
    ("instrument", "price_ticks", "order_lots", "position_lots"),
    [
        (btcusdt(), 6_200_000, 202, 1612),  # 125.24 and 999.44 USDT
        (btcusdt_linear(), 620_000, 3, 16),  # 186 and 992 USDT
        (btcusd_inverse(), 620_000, 1, 6),  # 100 and 600 USD of 1 BTC
    ],
)
def test_defaults(
    instrument: Instrument, price_ticks: int, order_lots: int, position_lots: int
) -> None:
    params = params_of(instrument)
    assert order_lots_at(params, price_ticks) == order_lots
    assert position_lots_at(params, price_ticks) == position_lots


def test_given_lots_win_and_minima_hold() -> None:
    assert order_lots_at(params_of(btcusdt(), order_lots=777), 6_200_000) == 777
    assert order_lots_at(params_of(btcusdt(), order_lots=1), 6_200_000) == 9  # 5.25 USDT
    assert order_lots_at(params_of(btcusdt_linear(), order_equity_ppm=1), 620_000) == 2
    coarse = btcusdt(quantity_min=Decimal("0.01"))
    assert order_lots_at(params_of(coarse), 6_200_000) == 1000


def test_orders_are_whole_order_steps() -> None:
    stepped = btcusdt(lot_size=Decimal("0.000001"), order_step=Decimal("0.00001"))
    for given, lots in ((0, 2020), (101, 110), (110, 110)):
        assert order_lots_at(params_of(stepped, order_lots=given), 6_200_000) == lots


def test_without_equity_the_position_is_eight_orders() -> None:
    params = params_of(btcusdt(), {})
    assert order_lots_at(params, 6_200_000) == 9
    assert position_lots_at(params, 6_200_000) == 72


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize(
    "instrument",
    [
        btcusdt(),
        btcusdt(tick_size=Decimal("0.00000001"), lot_size=Decimal(1), quantity_min=Decimal(1)),
        btcusd_inverse(),
        btcusd_inverse(multiplier=Decimal("0.000001")),
        btcusdt(settle_decimals=0, notional_min=Decimal(0)),
    ],
    ids=range(5),
)
@pytest.mark.parametrize("price_ticks", [1, 3, 620_001, 2**40])
@pytest.mark.parametrize("balance", ["0", "1", "92233720368"])
def test_both_backends_find_the_same_lots(
    backend: str, instrument: Instrument, price_ticks: int, balance: str
) -> None:
    balances = {"USDT": Decimal(balance), "BTC": Decimal(balance)}
    spec = spec_of("every_event", order_equity_ppm=999_999)
    stage = stage_with(backend, spec, instruments=(instrument,), balances=balances)
    params = SimpleNamespace(**stage.configured[0].params[0].ints)
    top = replace(top_of(), ask_ticks=price_ticks, bid_ticks=price_ticks)
    _, intents = stage.evaluate(view_of(top=top), [], [[]])
    expected = order_lots_at(params, price_ticks)
    assert [i.quantity_lots for i in intents] == [expected]
    assert 0 < expected <= LOTS_MAX
