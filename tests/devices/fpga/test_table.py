"""A bank as words: every address once, every number back again, and banks that do not fit."""

import numpy as np
import pytest
from bank_rig import make_bank

from tickpath.core.errors import ConfigError
from tickpath.devices.bank_table import BankNumbers, read_bank, small_bank
from tickpath.devices.fpga.table import Build, pack
from tickpath.hot.strategy.bank import Bank, BankInput, Hidden


def made(rng: np.random.Generator, strategies: int, inputs: int, hidden: int = 0) -> BankNumbers:
    return read_bank(make_bank(rng, strategies, inputs, hidden).to_bytes())


def number(words: dict[int, int], at: int) -> int:
    found = words[at] | words[at + 1] << 32
    return found - (1 << 64) if found >> 63 else found


def weight(words: dict[int, int], at: int) -> int:
    return words[at] - (1 << 32) if words[at] >> 31 else words[at]


@pytest.mark.parametrize("extreme", [False, True])
@pytest.mark.parametrize(("strategies", "inputs", "hidden"), [(1, 1, 0), (64, 32, 32), (3, 9, 17)])
def test_every_number_can_be_read_back(
    strategies: int, inputs: int, hidden: int, extreme: bool
) -> None:
    bank = make_bank(np.random.default_rng(7), strategies, inputs, hidden, extreme)
    packed = pack(read_bank(bank.to_bytes()))
    words = dict(packed.words)
    assert len(words) == len(packed.words), "an address is written twice"
    assert all(0 <= at < 4096 and 0 <= word < 2**32 for at, word in packed.words)
    assert (packed.strategies, packed.inputs, packed.hidden) == (strategies, inputs, hidden)
    for k in range(strategies):
        bias = number(words, 0xC00 + 8 * k)
        assert bias == bank.bias[k]
        assert bias - number(words, 0xC00 + 8 * k + 2) == bank.buy[k]
        assert bias - number(words, 0xC00 + 8 * k + 4) - 1 == bank.sell[k]
        row = [weight(words, 32 * k + i) for i in range(32)]
        assert row[: hidden or inputs] == list(bank.weights[k])
        assert not any(row[hidden or inputs :])
    if bank.hidden is not None:
        half = (1 << bank.hidden.shift) >> 1
        for j in range(hidden):
            assert number(words, 0xE00 + 8 * j) - half == bank.hidden.bias[j]
            row = [weight(words, 0x800 + 32 * j + i) for i in range(32)]
            assert row[:inputs] == list(bank.hidden.weights[j])
            assert not any(row[inputs:])


def test_a_bank_that_does_not_fit_is_refused() -> None:
    rng = np.random.default_rng(8)
    with pytest.raises(ConfigError, match="33 inputs, this build takes 1 to 32"):
        pack(small_bank([[1] * 33], [0], [-1], [1]))
    small = Build(strategies=1, chunks=1, hidden=False)
    with pytest.raises(ConfigError, match="9 inputs, this build takes 1 to 8"):
        pack(made(rng, 1, 9), small)
    with pytest.raises(ConfigError, match="2 strategies, this build takes 1"):
        pack(made(rng, 2, 8), small)
    with pytest.raises(ConfigError, match="a hidden layer, this build has none"):
        pack(made(rng, 1, 8, 4), small)
    with pytest.raises(ConfigError, match="9 hidden units, this build takes 8"):
        pack(made(rng, 1, 8, 9), Build(chunks=1))


def test_clocks_between_rows() -> None:
    rng = np.random.default_rng(9)
    assert pack(made(rng, 1, 8)).clocks == 1
    assert pack(made(rng, 1, 32)).clocks == 4
    assert pack(made(rng, 64, 32)).clocks == 256
    assert pack(made(rng, 2, 9, 8)).clocks == 8 * 2 + 11 + 2
    assert Build().latency == 8
    assert Build(strategies=1, chunks=1, hidden=False).latency == 7


def test_half_of_the_last_place_goes_into_the_hidden_bias() -> None:
    bank = Bank(
        inputs=[BankInput(0.0, 1.0)], weights=[[1]], bias=[0], sell=[-1], buy=[1],
        hidden=Hidden(weights=[[1]], bias=[2**47 - 1], shift=47),
    )  # fmt: skip
    assert number(dict(pack(read_bank(bank.to_bytes())).words), 0xE00) == 2**47 - 1 + 2**46
