"""Indicators of book levels, with any number of levels and books with holes."""

import struct

import numpy as np
import pytest

from tickpath.hot.features import catalogue, series
from tickpath.hot.features.depth import side_slope

COUNT = 250
LEVELS = range(1, 11)


def books(levels, seed):
    """(levels, time) of bids, their quantities, asks, theirs; any level can be absent, two in a row
    at one price, prices 0, all of a side gone, quantities below 1 and of 1."""
    rng = np.random.default_rng(seed)
    middle = 100.0 + np.cumsum(rng.choice([-0.01, 0.0, 0.01], COUNT))
    found = []
    for way in (-1, 1):
        steps = np.cumsum(rng.choice([0.0, 0.01, 0.02], (levels, COUNT)), axis=0)
        prices = np.round(middle + way * (steps + 0.01), 2)
        quantities = np.round(rng.exponential(2.0, (levels, COUNT)) + 0.01, 1)
        quantities[:, :20] = 1.0
        absent = rng.random((levels, COUNT)) < 0.1
        absent[:, rng.random(COUNT) < 0.05] = True
        quantities[absent] = 0.0
        prices[absent & (rng.random((levels, COUNT)) < 0.7)] = 0.0
        prices[rng.random((levels, COUNT)) < 0.01] = 0.0
        found += [prices, quantities]
    return found


@pytest.mark.parametrize("stem", ["imbalance", "ofi_levels", "book_slope"])
def test_any_number_of_levels_has_the_bits_of_the_reference(stem):
    for levels in LEVELS:
        bids, bid_quantities, asks, ask_quantities = books(levels, levels)
        fields = [bids, bid_quantities, asks, ask_quantities]
        if stem == "imbalance":
            fields = [bid_quantities, ask_quantities]
        steps = [tuple(row) for row in np.concatenate(fields).T.tolist()]
        params = {"period": levels}
        reference = catalogue.step_of(stem, series.bound(stem, (), params))
        native = series.stream_class(stem)(**params)
        expected = struct.pack(f"<{COUNT}d", *(reference.update(*step) for step in steps))
        assert struct.pack(f"<{COUNT}d", *(native.update(*step) for step in steps)) == expected
        assert series.batch(stem)(*fields).tobytes() == expected, levels


def test_levels_that_are_absent_change_no_slope():
    prices, quantities = [99.0, 98.0, 96.0], [3.0, 4.0, 5.0]
    whole = side_slope(100.0, prices, quantities)
    assert whole > 0.0
    assert side_slope(100.0, [*prices, 0.0], [*quantities, 0.0]) == whole
    held = side_slope(100.0, [99.0, 0.0, 98.0, 96.0], [3.0, 0.0, 4.0, 5.0])
    assert held == pytest.approx(whole, rel=1e-14)
