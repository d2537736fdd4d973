"""Exact numbers: native against Decimal and Fraction."""

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tickpath.core import compiled
from tickpath.core.errors import GridError
from tickpath.core.fixed import (
    count_of,
    decimals_of,
    divide_half_even,
    money_text,
    ratio_of,
    units_of,
    value_of,
    wire_decimals,
    wire_units,
)

WORD = 2**64 - 1
ANY = settings(derandomize=True, deadline=None, max_examples=500)
STEPS = st.one_of(
    st.sampled_from([1, 10**6, 10**7, 10**8, 1000, 5, 25, 2**40, 3**20]), st.integers(1, 2**63)
)


@given(STEPS, st.integers(0, 2**63 - 1))
@ANY
def test_grid_divide_finds_every_multiple(step: int, count: int) -> None:
    if step * count <= WORD:
        assert compiled.grid_divide(step * count, step) == count


@given(STEPS, st.integers(0, WORD))
@ANY
def test_grid_divide_is_decimal_division(step: int, value: int) -> None:
    quotient, rest = divmod(Decimal(value), Decimal(step))
    wanted = int(quotient) if rest == 0 and quotient < 2**63 else -1
    assert compiled.grid_divide(value, step) == wanted


@given(STEPS, st.integers(0, 10**9), st.integers(-3, 3))
@ANY
def test_grid_divide_around_multiples(step: int, count: int, off: int) -> None:
    value = step * count + off
    if 0 <= value <= WORD:
        wanted = value // step if value % step == 0 else -1
        assert compiled.grid_divide(value, step) == wanted


@pytest.mark.parametrize(
    ("num", "den", "wanted"),
    [(1, 2, 0), (3, 2, 2), (5, 2, 2), (-1, 2, 0), (-3, 2, -2), (-5, 2, -2), (7, 3, 2), (-7, 3, -2)],
)
def test_halves_go_to_the_even_neighbour(num: int, den: int, wanted: int) -> None:
    assert divide_half_even(num, den) == wanted
    assert compiled.divide_half_even(num, den) == wanted


SIGNED = st.integers(-(2**63), 2**63 - 1)


@given(SIGNED, st.integers(1, 2**62))
@ANY
def test_division_is_round_of_a_fraction(num: int, den: int) -> None:
    wanted = round(Fraction(num, den))
    assert divide_half_even(num, den) == wanted
    assert compiled.divide_half_even(num, den) == wanted


@given(SIGNED, SIGNED, st.integers(1, 2**63 - 1))
@ANY
def test_products_of_128_bits_divide_exactly(a: int, b: int, den: int) -> None:
    wanted = round(Fraction(a * b, den))
    assert divide_half_even(a * b, den) == wanted
    if -(2**63) <= wanted < 2**63:
        assert compiled.divide_product_half_even(a, b, den) == wanted


@given(st.integers(-(10**30), 10**30), st.integers(0, 18))
@ANY
def test_money_text_keeps_every_digit(units: int, decimals: int) -> None:
    text = money_text(units, decimals)
    assert Fraction(text) == Fraction(units, 10**decimals)
    assert len(text.partition(".")[2]) == decimals


def test_units_refuse_lost_digits() -> None:
    assert units_of(Decimal("1.50"), 2) == 150
    assert units_of(Decimal("-0.01"), 2) == -1
    with pytest.raises(GridError, match="2 decimals"):
        units_of(Decimal("0.001"), 2)


def test_counts_refuse_rests() -> None:
    assert count_of(Decimal("43000.10"), Decimal("0.10")) == 430001
    assert value_of(430001, Decimal("0.10")) == Decimal("43000.10")
    with pytest.raises(GridError, match="no multiple"):
        count_of(Decimal("43000.15"), Decimal("0.10"))


@pytest.mark.parametrize(
    ("step", "decimals", "wire"),
    [("0.01", 2, 8), ("0.50", 1, 8), ("1", 0, 8), ("10", 0, 8), ("0.0000000001", 10, 10)],
)
def test_decimals_of_steps(step: str, decimals: int, wire: int) -> None:
    assert decimals_of(Decimal(step)) == decimals
    assert wire_decimals(Decimal(step)) == wire
    assert wire_units(Decimal(step)) == Decimal(step) * 10**wire
    assert ratio_of(Decimal(3), Decimal(step)) == Fraction(3) / Fraction(step)
