"""Decimal text, integers and binary floats to counts: exact, or refused."""

from decimal import Decimal
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tickpath.core.errors import GridError
from tickpath.storage.importers import exact

STEPS = st.sampled_from([Decimal(s) for s in ("0.01", "0.1", "0.25", "1", "5", "0.00005", "1E-8")])


@given(step=STEPS, count=st.integers(-(2**40), 2**40))
@settings(max_examples=100)
def test_text_of_a_multiple_is_its_count(step: Decimal, count: int) -> None:
    assert exact.count_of_text(str(step * count), step) == count
    assert exact.count_of_text(f"{step * count:f}", step) == count


@pytest.mark.parametrize(
    "text", ["", "nan", "1_0", "0x1", "1e9999", "--1", "1.2.3", "9" * 70, "1,0"]
)
def test_what_is_no_number_is_refused(text: str) -> None:
    with pytest.raises(GridError):
        exact.count_of_text(text, Decimal("0.01"))


def test_a_tolerance_is_a_part_of_a_step() -> None:
    noisy = "0.30000000000000004"
    with pytest.raises(GridError, match="multiple"):
        exact.count_of_text(noisy, Decimal("0.1"))
    assert exact.count_of_text(noisy, Decimal("0.1"), Decimal("0.001")) == 3
    with pytest.raises(GridError, match="multiple"):
        exact.count_of_text("0.3002", Decimal("0.1"), Decimal("0.001"))


@given(step=STEPS, counts=st.lists(st.integers(0, 2**40), min_size=1, max_size=20))
@settings(max_examples=100)
def test_the_float_nearest_to_a_multiple_is_its_count(step: Decimal, counts: list[int]) -> None:
    values = np.array([float(step * c) for c in counts])
    found, first, why = exact.counts_of_floats(values, step)
    assert (found.tolist(), first, why) == (counts, -1, "")


@pytest.mark.parametrize(
    ("value", "why"),
    [(0.1005, "of a step away"), (float("nan"), "no number"), (float("inf"), "no number")],
)
def test_a_float_off_the_grid_is_refused_by_place(value: float, why: str) -> None:
    _, first, said = exact.counts_of_floats(np.array([0.1, value, 0.2]), Decimal("0.1"))
    assert first == 1
    assert why in said


def test_a_float_beyond_exactness_is_refused() -> None:
    _, first, why = exact.counts_of_floats(np.array([2.0**45]), Decimal(1))
    assert (first, "too large" in why) == (0, True)


@given(step=STEPS, values=st.lists(st.integers(-(10**12), 10**12), min_size=1, max_size=20))
@settings(max_examples=100)
def test_integers_of_a_unit_are_exact_or_named(step: Decimal, values: list[int]) -> None:
    unit = Fraction(1, 10_000)
    found, first = exact.counts_of_integers(np.array(values, np.int64), unit, step)
    exactly = [v * unit / Fraction(step) for v in values]
    off = next((k for k, v in enumerate(exactly) if v.denominator != 1), -1)
    assert first == off
    if off < 0:
        assert found.tolist() == exactly
