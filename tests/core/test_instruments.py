"""Instrument metadata to the C record: exact, and refused by name when it does not fit."""

from decimal import Decimal
from fractions import Fraction

import pytest
from support import btcusd_inverse, btcusdt, btcusdt_linear

from tickpath.core.config import Instrument
from tickpath.core.errors import ConfigError
from tickpath.core.instruments import record


@pytest.mark.parametrize("instrument", [btcusdt(), btcusdt_linear(), btcusd_inverse()])
def test_the_record_holds_the_metadata(instrument: Instrument) -> None:
    c = record(instrument)
    for name in ("index", "venue", "base", "quote", "settle", "maker_fee_ppm", "taker_fee_ppm"):
        assert c[name] == getattr(instrument, name)
    for name in ("price_decimals", "quantity_decimals", "quantity_lots_min", "quantity_lots_max"):
        assert c[name] == getattr(instrument, name)
    assert c["kind"] == instrument.kind.value
    assert c["symbol"][: c["symbol_bytes"]] == instrument.symbol.encode()
    assert c["price"]["units"] == instrument.price_step_units
    assert c["quantity"]["units"] == instrument.quantity_step_units
    assert (c["value_num"], c["value_den"]) == instrument.value_ratio
    assert c["notional_units_min"] == instrument.notional_units_min


def test_the_value_ratio_gives_settle_units() -> None:
    num, den = btcusdt().value_ratio
    ticks, lots = 4_300_000, 150_000
    wanted = Decimal("43000.00") * Decimal("1.5") * 10**8
    assert Fraction(ticks * lots * num, den) == Fraction(wanted)
    num, den = btcusd_inverse().value_ratio
    ticks, lots = 430_000, 7
    assert Fraction(lots * num, ticks * den) == Fraction(7 * 100 * 10**8, 43000)


def test_a_ratio_without_a_finite_decimal_is_exact() -> None:
    num, den = btcusd_inverse(tick_size=Decimal("0.3")).value_ratio
    assert Fraction(num, den) == Fraction(100 * 10**8 * 10, 3)


def test_halted_instruments_are_marked() -> None:
    assert record(btcusdt())["trading"] == 1
    assert record(btcusdt(trading=False))["trading"] == 0


def test_least_quantity_is_rounded_up_to_a_lot() -> None:
    assert record(btcusdt(quantity_min=Decimal("0.000011")))["quantity_lots_min"] == 2
    assert record(btcusdt(quantity_min=Decimal("0.00000001")))["quantity_lots_min"] == 1


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"symbol": ""}, "31 bytes"),
        ({"symbol": "A" * 32}, "31 bytes"),
        ({"tick_size": Decimal(10) ** 12}, "tick_size"),
        ({"tick_size": Decimal("1e-19")}, "decimals of tick_size"),
        ({"lot_size": Decimal(10) ** 12}, "lot_size"),
        ({"quantity_max": Decimal(0)}, "quantity_max"),
        ({"quantity_max": Decimal(10) ** 15}, "quantity_max"),
        ({"notional_min": Decimal(10) ** 12}, "notional_min"),
        ({"multiplier": Decimal(10) ** 19}, "value_num"),
        ({"multiplier": Decimal("1e-30")}, "value_den"),
        ({"maker_fee_ppm": 2_000_000}, "maker_fee_ppm"),
        ({"taker_fee_ppm": -2_000_000}, "taker_fee_ppm"),
    ],
)
def test_what_does_not_fit_is_refused_by_name(changes: dict[str, object], named: str) -> None:
    with pytest.raises(ConfigError, match=named):
        record(btcusdt(**changes))


def test_a_symbol_of_31_bytes_fits() -> None:
    assert record(btcusdt(symbol="A" * 31))["symbol_bytes"] == 31
