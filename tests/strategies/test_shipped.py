"""Every shipped strategy: found by name, declared soundly, and the same in Python and natively."""

from dataclasses import replace
from decimal import Decimal
from importlib import import_module
from typing import Any

import pytest
from strategy_support import BACKENDS, drive, shorten, spec_of, stage_of
from support import btcusd_inverse, btcusdt, btcusdt_linear, config_of

from tickpath.core.codes import Code
from tickpath.core.config import Instrument
from tickpath.core.limits import LIMITS
from tickpath.core.records import InstrumentKind, IntentKind, OrderType, TimeInForce
from tickpath.hot.strategy.bodies import native_capsule
from tickpath.hot.strategy.discover import find, stems

SHIPPED = ("bank_example", "ema_cross", "every_event", "imbalance_maker")
INSTRUMENTS = {
    "spot": (btcusdt(), 6_200_000),
    "linear": (btcusdt_linear(), 620_000),
    "inverse": (btcusd_inverse(), 620_000),
}
shipped = pytest.mark.parametrize("name", SHIPPED)
market = pytest.mark.parametrize("kind", INSTRUMENTS)


def run(name: str, backend: str, kind: str, seed: int = 3, count: int = 250, **params: Any) -> Any:
    """A seeded run on one of the three markets, without parameters unless given."""
    instrument, start_ticks = INSTRUMENTS[kind]
    instrument = replace(instrument, index=0)
    config = config_of(instrument, strategies=(spec_of(name, **params),))
    return drive(backend, config, seed, count, start_ticks)


def notional_units(instrument: Instrument, price_ticks: int, lots: int) -> Decimal:
    """Exact notional in settle units."""
    num, den = instrument.value_ratio
    if instrument.kind == InstrumentKind.INVERSE:
        return Decimal(lots) * num / (Decimal(price_ticks) * den)
    return Decimal(price_ticks) * lots * num / den


def test_the_folder_scan_finds_them() -> None:
    assert stems() == SHIPPED


@shipped
def test_name_is_stem_and_both_bodies_are_there(name: str) -> None:
    declaration = find(name)
    assert declaration.name == name
    assert declaration.body is not None or declaration.bank is not None
    assert declaration.bank is not None or native_capsule(declaration) is not None
    assert import_module(f"tickpath.strategies.{name}").__doc__


@shipped
@market
def test_native_and_python_decide_the_same(name: str, kind: str) -> None:
    reference, native = (run(name, backend, kind) for backend in BACKENDS)
    assert [shorten(i) for i in native.intents] == [shorten(i) for i in reference.intents]
    assert native.codes == reference.codes
    assert native.states == reference.states
    assert set(native.codes) == {Code.OK}
    if name != "bank_example":
        assert native.venue.fills > 3


@shipped
@market
def test_orders_need_no_parameters_and_stay_inside_the_ceiling(name: str, kind: str) -> None:
    """2 % of 100 000 USDT or of 1 BTC, with everything open filled."""
    found = run(name, "native", kind, count=800)
    instrument = found.venue.instrument
    equity = 10**13 if kind != "inverse" else 10**8
    ceiling = Decimal(equity) * LIMITS["position_ceiling_ppm"] / 1_000_000
    price = INSTRUMENTS[kind][1]
    orders = [i for intents in found.intents for i in intents if i.kind != IntentKind.CANCEL]
    for intent in orders:
        worth = notional_units(instrument, intent.price_ticks, intent.quantity_lots)
        assert instrument.notional_units_min <= worth <= ceiling
        assert instrument.quantity_lots_min <= intent.quantity_lots
    assert notional_units(instrument, price, found.peak_lots) < ceiling
    if name != "bank_example":
        assert len(orders) > 10


@shipped
def test_a_tiny_starting_equity_still_meets_the_minima(name: str) -> None:
    config = config_of(btcusdt_linear(index=0), strategies=(spec_of(name),), balances={})
    found = drive("native", config, 3, 300, 620_000)
    reference = drive("reference", config, 3, 300, 620_000)
    assert found.states == reference.states
    for intent in (i for intents in found.intents for i in intents):
        if intent.kind != IntentKind.CANCEL:
            worth = notional_units(btcusdt_linear(), intent.price_ticks, intent.quantity_lots)
            assert worth >= btcusdt_linear().notional_units_min


@market
def test_the_maker_posts_and_the_takers_take(kind: str) -> None:
    for name, wanted in (
        ("imbalance_maker", (OrderType.POST_ONLY, TimeInForce.GTC)),
        ("ema_cross", (OrderType.LIMIT, TimeInForce.IOC)),
        ("every_event", (OrderType.LIMIT, TimeInForce.IOC)),
    ):
        found = run(name, "native", kind)
        sent = [i for intents in found.intents for i in intents if i.kind != IntentKind.CANCEL]
        assert {(i.type, i.time_in_force) for i in sent} == {wanted}


@pytest.mark.parametrize("seed", range(4))
def test_native_and_python_decide_the_same_over_seeds_and_parameters(seed: int) -> None:
    params = [
        {"half_spread_ppm": 1, "replace_ppm": 0, "imbalance_levels": 1, "order_lots": 17},
        {"half_spread_ppm": 50_000, "imbalance_shift_ppm": 50_000, "lean_ppm": 50_000},
        {"position_equity_ppm": 1300, "lean_ppm": 0, "imbalance_shift_ppm": 0},
        {"order_equity_ppm": 1, "imbalance_levels": 10, "half_spread_ppm": 3},
    ][seed]
    kind = list(INSTRUMENTS)[seed % 3]
    reference, native = (
        run("imbalance_maker", backend, kind, seed=seed, **params) for backend in BACKENDS
    )
    assert native.states == reference.states
    assert [shorten(i) for i in native.intents] == [shorten(i) for i in reference.intents]


def test_two_strategies_on_two_instruments_share_nothing() -> None:
    alone = run("every_event", "native", "spot")
    config = config_of(
        btcusdt(),
        btcusdt_linear(),
        strategies=(spec_of("every_event", (0,)), spec_of("ema_cross", (0, 1))),
    )
    stage = stage_of("native", config)
    assert len(type(stage).required_features(config)[1]) == 2
    together = drive("native", config, 3, 250, 6_200_000)
    first = [shorten([i for i in intents if i.strategy == 0]) for intents in together.intents]
    assert sum(map(len, first)) > 0
    assert alone.venue.fills > 0
