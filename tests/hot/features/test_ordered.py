"""The window in order, at every length and with equal samples."""

import statistics
import struct

import numpy as np

from tickpath.hot.features import catalogue, series
from tickpath.hot.features.windows import Sorted

COUNT = 260


def samples(seed):
    """Few values, so that most are equal to another, zeros of both signs, runs up and down."""
    rng = np.random.default_rng(seed)
    values = np.round(rng.normal(0, 1.0, COUNT), 1)
    values[rng.random(COUNT) < 0.2] = -0.0
    values[100:130] = np.arange(30)
    values[130:160] = -np.arange(30)
    return values


def test_a_median_of_any_length_has_the_bits_of_the_reference():
    for n in [*range(1, 20), 31, 32, 62, 63, 64, 65, 66, 100]:
        values = samples(n)
        reference = catalogue.step_of("median", series.bound("median", (n,), {}))
        expected = [reference.update(x) for x in values.tolist()]
        found = series.batch("median")(values, n)
        assert found.tobytes() == struct.pack(f"<{COUNT}d", *expected), n
        for k in range(n - 1, COUNT):
            assert found[k] == statistics.median(values[k + 1 - n : k + 1].tolist()), (n, k)


def test_the_order_is_the_window_sorted():
    window = Sorted(7)
    values = samples(1).tolist()
    for k, value in enumerate(values):
        window.push(value)
        held = sorted(values[max(0, k - 6) : k + 1])
        assert [window.ranked(place) for place in range(len(held))] == held
