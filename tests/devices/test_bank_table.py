"""A bank's bytes as numbers and back, and bytes that are no bank."""

import numpy as np
import pytest
from bank_rig import make_bank

from tickpath.core.errors import DataError
from tickpath.devices.bank_table import HEADER, MAGIC, read_bank, small_bank, write_bank
from tickpath.hot.strategy.bank import Bank


@pytest.mark.parametrize("shape", [(1, 1, 0), (64, 32, 32), (3, 9, 0), (2, 5, 7)])
def test_numbers_are_those_of_the_bank(shape: tuple[int, int, int]) -> None:
    bank = make_bank(np.random.default_rng(3), *shape)
    found = read_bank(bank.to_bytes())
    assert found.inputs.tolist() == [list(item) for item in bank.inputs]
    assert found.weights.tolist() == [list(row) for row in bank.weights]
    for name in ("bias", "sell", "buy"):
        assert getattr(found, name).tolist() == list(getattr(bank, name))
    hidden = bank.hidden
    assert found.hidden_weights.tolist() == ([list(r) for r in hidden.weights] if hidden else [])
    assert found.hidden_bias.tolist() == (list(hidden.bias) if hidden else [])
    assert found.shift == (hidden.shift if hidden else 0)
    assert write_bank(found) == bank.to_bytes()


def test_a_small_bank_is_one_that_bank_reads() -> None:
    data = write_bank(small_bank([[1, -2], [3, 4]], [5, 6], [-7, -8], [9, 10]))
    bank = Bank.from_bytes(data)
    assert bank.scores([10.0, 20.0]) == [10 - 40 + 5, 30 + 80 + 6]
    assert (list(bank.sell), list(bank.buy)) == ([-7, -8], [9, 10])


@pytest.mark.parametrize(
    ("header", "words"),
    [
        ((0, 1, 1, 1, 0, 0), "not a bank table of version 1"),
        ((MAGIC, 2, 1, 1, 0, 0), "not a bank table of version 1"),
        ((MAGIC, 1, 0, 1, 0, 0), "beyond limits"),
        ((MAGIC, 1, 65, 1, 0, 0), "beyond limits"),
        ((MAGIC, 1, 1, 0, 0, 0), "beyond limits"),
        ((MAGIC, 1, 1, 33, 0, 0), "beyond limits"),
        ((MAGIC, 1, 1, 1, 33, 0), "beyond limits"),
        ((MAGIC, 1, 1, 1, 1, 48), "beyond limits"),
        ((MAGIC, 1, 1, 1, 0, 0), "torn: 24 bytes, its header asks for 68"),
    ],
)
def test_bytes_that_are_no_bank_are_named(header: tuple[int, ...], words: str) -> None:
    with pytest.raises(DataError, match=words):
        read_bank(HEADER.pack(*header))


def test_every_cut_is_torn() -> None:
    data = make_bank(np.random.default_rng(4), 2, 3, 2).to_bytes()
    for size in range(len(data)):
        with pytest.raises(DataError, match="torn"):
            read_bank(data[:size])
    with pytest.raises(DataError, match="torn"):
        read_bank(data + b"\0")
