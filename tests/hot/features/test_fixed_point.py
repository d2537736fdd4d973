"""The overlay's features as an indicator: their integers, and how near they are to real ones."""

import math

import numpy as np
import pytest

import tickpath as tp
from tickpath.devices.fpga.features import ERROR_MAX, Features

COUNT = 2000
SHIFTS = (3, 7, 5)


def quotes(seed: int, wild: bool) -> list[np.ndarray]:
    """Whole ticks and lots of a walk; `wild` has numbers that the fabric does not hold."""
    rng = np.random.default_rng(seed)
    bid = 6_000_000 + np.cumsum(rng.integers(-3, 4, COUNT))
    ask = bid + rng.integers(1, 30, COUNT)
    lots = rng.integers(1, 2 ** rng.integers(1, 24, (2, COUNT)))
    found = [bid, lots[0], ask, lots[1]]
    if wild:
        for column in found:
            column[rng.integers(0, COUNT, 40)] = rng.choice([2**24, 2**40, -1, 0], 40)
    return [column.astype(float) for column in found]


def column(number: int, inputs: list[np.ndarray]) -> np.ndarray:
    fast, slow, mean = SHIFTS
    found: np.ndarray = tp.indicators.fixed_point(
        *inputs, column=number, shift_fast=fast, shift_slow=slow, shift_imbalance=mean
    )
    return found


@pytest.mark.parametrize("number", range(1, 9))
@pytest.mark.parametrize("wild", [False, True])
def test_every_column_has_the_integers_of_the_fabric(number: int, wild: bool) -> None:
    inputs = quotes(number, wild)
    fast, slow, mean = SHIFTS
    twin = Features(shift_fast=fast, shift_slow=slow, shift_imbalance=mean)
    held, expected = math.nan, []
    for quote in zip(*inputs, strict=True):
        bid, bid_lots, ask, ask_lots = (int(x) for x in quote)
        row = twin.step(bid, bid_lots, ask, ask_lots, True)
        held = held if row is None else float(row[number - 1])
        expected.append(held)
    np.testing.assert_array_equal(column(number, inputs), expected)


def test_the_integers_are_near_the_real_numbers() -> None:
    inputs = quotes(9, wild=False)
    bid, bid_lots, ask, ask_lots = inputs
    real = (bid_lots - ask_lots) / (bid_lots + ask_lots)
    mid = (bid + ask) / 2
    np.testing.assert_array_equal(column(1, inputs), ask - bid)
    assert np.abs(column(2, inputs) - 65536 * real).max() <= ERROR_MAX
    capped = np.minimum(ask - bid, 15)
    assert np.abs(column(3, inputs) / 256 - capped * real / 2).max() <= 15 * ERROR_MAX / 65536
    for number, shift in ((4, SHIFTS[0]), (5, SHIFTS[1])):
        before = averages(mid, 2.0**-shift, mid[0])
        assert np.abs(column(number, inputs) / 256 - (mid - before)).max() < 2.0**-shift
    mean = averages(65536 * real, 2.0 ** -SHIFTS[2], 0.0)
    assert np.abs(column(6, inputs) - mean).max() <= ERROR_MAX + 2
    np.testing.assert_array_equal(column(8, inputs)[1:], np.diff(2 * mid))


def averages(x: np.ndarray, alpha: float, first: float) -> np.ndarray:
    """The exponential average before each sample, `first` before the first."""
    held, found = first, []
    for value in x:
        found.append(held)
        held += alpha * (value - held)
    return np.array(found)
