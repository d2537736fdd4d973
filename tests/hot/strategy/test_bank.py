"""The fixed-point bank: exact arithmetic, saturation, table format, native equal to Python."""

import math
import random
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tickpath.core.errors import ConfigError, DataError
from tickpath.hot.strategy.bank import Bank, BankInput, Hidden
from tickpath.hot.strategy.bank_body import check_bank, declare_bank
from tickpath.hot.strategy.bank_native import BankTableHandle
from tickpath.hot.strategy.discover import find

LARGE = 2**31


def one(scale: float = 1.0, offset: float = 0.0, **changes: Any) -> Bank:
    facts: dict[str, Any] = {
        "inputs": [BankInput(offset, scale)],
        "weights": [[1]],
        "bias": [0],
        "sell": [-10],
        "buy": [10],
    }
    return Bank(**{**facts, **changes})


def seeded(seed: int, hidden: bool) -> Bank:
    dice = random.Random(seed)
    width, units, count = dice.randint(1, 32), dice.randint(1, 32), dice.randint(1, 64)

    def weight() -> int:
        return dice.choice([-(2**17), 2**17 - 1, dice.randint(-(2**17), 2**17 - 1)])

    def wide() -> int:
        return dice.randint(-(2**47), 2**47 - 1)

    layer = Hidden(
        weights=[[weight() for _ in range(width)] for _ in range(units)],
        bias=[wide() for _ in range(units)],
        shift=dice.randint(0, 47),
    )
    sell = [wide() // 2 for _ in range(count)]
    return Bank(
        inputs=[BankInput(dice.uniform(-9, 9), 2.0 ** dice.randint(-4, 20)) for _ in range(width)],
        hidden=layer if hidden else None,
        weights=[[weight() for _ in range(units if hidden else width)] for _ in range(count)],
        bias=[wide() for _ in range(count)],
        sell=sell,
        buy=[s + dice.randint(1, 2**40) for s in sell],
    )


@pytest.mark.parametrize(
    ("feature", "expected"),
    [
        (0.5, 0), (1.5, 2), (2.5, 2), (-0.5, 0), (-1.5, -2), (-2.5, -2), (1.4999999, 1),
        (LARGE - 1.0, LARGE - 1), (LARGE - 1.5, LARGE - 2), (float(LARGE), LARGE - 1),
        (-float(LARGE), -LARGE), (-LARGE - 0.5, -LARGE), (1e300, LARGE - 1), (math.inf, LARGE - 1),
        (-math.inf, -LARGE),
    ],
)  # fmt: skip
def test_quantising_rounds_half_to_even_and_saturates(feature: float, expected: int) -> None:
    assert one().quantise([feature]) == [expected]
    assert one().scores([feature]) == [expected]
    assert BankTableHandle(one()).scores([feature]) == [expected]


def test_a_feature_that_is_not_a_number_silences_the_bank() -> None:
    bank = one(bias=[100])
    assert bank.signals([1.0]) == [1]
    for handle in (bank, BankTableHandle(bank)):
        assert handle.scores([math.nan]) is None
        assert handle.signals([math.nan]) == [0]


def test_thresholds_belong_to_their_signal() -> None:
    bank = one()
    for handle in (bank, BankTableHandle(bank)):
        assert [handle.signals([x])[0] for x in (-11.0, -10.0, -9.0, 9.0, 10.0, 11.0)] == [
            -1, -1, 0, 0, 1, 1,
        ]  # fmt: skip


def test_a_hidden_unit_rounds_half_up_rectifies_and_saturates() -> None:
    bank = one(hidden=Hidden(weights=[[1]], bias=[0], shift=1))
    for handle in (bank, BankTableHandle(bank)):
        assert [handle.scores([x]) for x in (3.0, 4.0, -1.0, -4.0)] == [[2], [2], [0], [0]]
    wide = one(hidden=Hidden(weights=[[2**17 - 1]], bias=[0], shift=0))
    for handle in (wide, BankTableHandle(wide)):
        assert handle.scores([1e9]) == [LARGE - 1]


@pytest.mark.parametrize("hidden", [False, True])
@pytest.mark.parametrize("seed", range(12))
def test_native_equals_python_bit_by_bit(seed: int, hidden: bool) -> None:
    bank = seeded(seed, hidden)
    handle = BankTableHandle(bank)
    dice = random.Random(seed)
    special = [0.0, -0.0, 1e308, -1e308, math.inf, -math.inf, math.nan, 5e-324]
    for k in range(40):
        row = [dice.gauss(0, 10.0 ** dice.randint(-3, 8)) for _ in bank.inputs]
        if k % 4 == 0:
            row[dice.randrange(len(row))] = dice.choice(special)
        assert handle.scores(row) == bank.scores(row)
        assert handle.signals(row) == bank.signals(row)


@settings(derandomize=True, deadline=None, max_examples=200)
@given(x=st.floats(-(2.0**31), 2.0**31 - 1), shift=st.integers(-8, 8))
def test_rounding_is_that_of_the_exact_product(x: float, shift: int) -> None:
    found = one(scale=2.0**shift).quantise([x])
    exact = min(max(round(Fraction(x) * Fraction(2) ** shift), -LARGE), LARGE - 1)
    assert found == [exact]


@pytest.mark.parametrize("hidden", [False, True])
def test_the_table_survives_a_round_trip(hidden: bool) -> None:
    bank = seeded(7, hidden)
    data = bank.to_bytes()
    again = Bank.from_bytes(data)
    assert again.to_bytes() == data
    row = [1.0] * len(bank.inputs)
    assert again.scores(row) == bank.scores(row)
    for wrong in (b"", data[:-1], data + b"\0", b"X" + data[1:], data[:4] + b"\2" + data[5:]):
        with pytest.raises(DataError):
            Bank.from_bytes(wrong)


def test_the_table_has_the_documented_bytes() -> None:
    data = one(offset=0.5, scale=2.0).to_bytes()
    assert data[:24] == b"TPBK" + bytes([1, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0] + [0] * 8)
    assert data[24:40].hex() == "000000000000e03f0000000000000040"
    assert data[40:44] == bytes([1, 0, 0, 0])
    assert len(data) == 24 + 16 + 4 + 3 * 8


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"inputs": []}, "0 inputs"),
        ({"inputs": [BankInput(0.0, 0.0)]}, "scale not 0"),
        ({"inputs": [BankInput(math.nan, 1.0)]}, "finite"),
        ({"weights": [[2**17]]}, "18 bits"),
        ({"weights": [[1, 2]]}, "2 numbers, expected 1"),
        ({"weights": [[1]] * 65, "bias": [0] * 65}, "65 rows"),
        ({"bias": [2**47]}, "48 bits"),
        ({"bias": [1, 2]}, "2 numbers, expected 1"),
        ({"sell": [10]}, "below its buy"),
        ({"hidden": Hidden(weights=[[1]], bias=[0], shift=48)}, "shift"),
        ({"hidden": Hidden(weights=[[1]] * 33, bias=[0] * 33)}, "33 rows"),
    ],
)
def test_what_is_refused(changes: dict[str, Any], words: str) -> None:
    with pytest.raises(ConfigError, match=words):
        one(**changes)


def test_a_bank_is_declared_with_its_own_parameters() -> None:
    with pytest.raises(ConfigError, match="0 features for a bank of 1 inputs"):
        declare_bank(name="x", features=[], bank=one())
    with pytest.raises(ConfigError, match="declare_bank"):
        check_bank(find("every_event"))
    assert check_bank(find("bank_example")).signals([1.0, 0.0, 0.0, 0.0]) == [1, 1, 0, 0]
    with pytest.raises(ValueError, match="2 features for 1 inputs"):
        BankTableHandle(one()).signals([1.0, 2.0])
