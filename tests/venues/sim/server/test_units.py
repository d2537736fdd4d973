"""Exact numbers of the simulators."""

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tickpath.venues.sim.server.units import (
    NumberError,
    PrecisionError,
    cost_of,
    decimals_of,
    fixed,
    parse,
    plain,
    share,
)

UNITS = st.integers(0, 10**26)


@given(UNITS)
def test_text_and_units_are_the_same_number(units: int) -> None:
    assert parse(fixed(units)) == parse(plain(units)) == units
    assert Decimal(fixed(units)) == Decimal(units).scaleb(-8)


@given(st.integers(0, 10**18), st.integers(0, 10**18))
def test_costs_round_down_and_holds_round_up(price: int, quantity: int) -> None:
    exact = Fraction(price * quantity, 10**8)
    assert exact - 1 < cost_of(price, quantity) <= exact


@given(UNITS, st.integers(0, 10**6))
def test_a_fee_is_half_even(units: int, ppm: int) -> None:
    assert share(units, ppm) == round(Fraction(units * ppm, 10**6))


@pytest.mark.parametrize("text", ["", ".", "-1", "1e5", "1,0", " 1", "1 ", "٣", "1" * 21, "0x1"])
def test_what_is_no_plain_decimal_is_refused(text: str) -> None:
    with pytest.raises(NumberError):
        parse(text)


def test_digits_beyond_the_unit_are_refused_unless_they_are_zero() -> None:
    with pytest.raises(PrecisionError):
        parse("0.123456789")
    assert parse("0.1234567800") == 12_345_678
    assert parse(".5") == 50_000_000
    assert parse("5.") == 500_000_000


def test_texts() -> None:
    assert fixed(-150_000_000) == "-1.50000000"
    assert fixed(150_000_000, 2) == "1.50"
    assert fixed(100_000_000, 0) == "1"
    assert plain(100_000_000) == "1"
    assert [decimals_of(parse(t)) for t in ("1", "0.1", "0.00001")] == [0, 1, 5]
