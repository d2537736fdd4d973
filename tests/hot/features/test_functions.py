"""log, exp and atan, near and far, natively and in the reference."""

import math
import struct

import numpy as np

from tickpath.hot.features import catalogue, series
from tickpath.hot.features.functions import own_log_ratio, own_log_square

TINY = 5e-324


def ratios(seed):
    """Pairs whose ratio is near 1, at the ends of the near range, far, and at the limits."""
    rng = np.random.default_rng(seed)
    b = np.exp(rng.uniform(-300, 60, 400))
    b[:200] = rng.uniform(1.0, 2.0, 200) * 2.0 ** rng.integers(-3, 4, 200)
    spread = np.exp(rng.normal(0, 1, 400) * 10.0 ** rng.integers(-6, 1, 400))
    a = b * spread
    a[::7] = b[::7] * 1.5
    a[1::7] = np.nextafter(b[1::7] * 1.5, 0.0)
    a[2::7] = b[2::7] * 0.75
    a[3::7] = b[3::7]
    more = [(TINY, TINY), (TINY, 1e-310), (1e-310, 2.0**200), (2.0**200, TINY), (1.0, 2e-308)]
    more += [(0.0, 1.0), (1.0, 0.0), (-1.0, 2.0), (2.0, -1.0), (-3.0, -2.0)]
    return list(zip(a.tolist(), b.tolist(), strict=True)) + more


def test_logarithms_of_ratios_are_right_to_the_last_places():
    for a, b in ratios(1):
        if not (a > 2e-308 and b > 2e-308 and abs(math.log(a) - math.log(b)) > 1e-4):
            continue
        exact = math.log1p((a - b) / b) if 0.5 < a / b < 2 else math.log(a) - math.log(b)
        assert math.isclose(own_log_ratio(a, b), exact, rel_tol=1e-11), (a, b)
        assert math.isclose(own_log_square(a, b), exact * exact, rel_tol=2e-11), (a, b)
        assert own_log_ratio(b, a) == -own_log_ratio(a, b)
    assert own_log_ratio(3.0, 3.0) == own_log_square(3.0, 3.0) == 0.0
    assert own_log_ratio(0.0, 1.0) == own_log_ratio(1.0, -1.0) == own_log_square(-1.0, 1.0) == 0.0
    assert own_log_ratio(TINY, TINY) == 0.0
    assert math.isclose(own_log_ratio(2.0**200, TINY), 1274 * math.log(2.0), rel_tol=1e-15)


def test_near_and_far_bars_have_the_bits_of_the_reference():
    pairs = ratios(2)
    for stem, steps in (
        ("parkinson", pairs),
        ("garman_klass", [(d, a, b, c) for (a, b), (c, d) in zip(pairs, pairs[::-1], strict=True)]),
    ):
        params = {"period": 3}
        reference = catalogue.step_of(stem, series.bound(stem, (), params))
        native = series.stream_class(stem)(**params)
        expected = [reference.update(*step) for step in steps]
        found = [native.update(*step) for step in steps]
        assert struct.pack(f"<{len(steps)}d", *found) == struct.pack(f"<{len(steps)}d", *expected)


def test_sums_of_squares_far_apart_have_the_bits_of_the_reference():
    rng = np.random.default_rng(3)
    values = np.cumsum(rng.normal(0, 1, 300) * 10.0 ** rng.integers(-170, 50, 300))
    reference = catalogue.step_of("hurst", series.bound("hurst", (2, 2), {}))
    expected = np.array([reference.update(x) for x in values.tolist()])
    assert series.batch("hurst")(values, 2, 2).tobytes() == expected.tobytes()


def test_angles_and_decays_have_the_bits_of_the_reference():
    rng = np.random.default_rng(4)
    walk = np.cumsum(rng.normal(0, 1, 400) * 10.0 ** rng.integers(-3, 3, 400))
    gaps = np.abs(rng.normal(0, 1, 400)) * 10.0 ** rng.integers(-6, 5, 400)
    for stem, values in (("linreg_angle", walk), ("hawkes_intensity", gaps)):
        reference = catalogue.step_of(stem, series.bound(stem, (), {}))
        expected = np.array([reference.update(x) for x in values.tolist()])
        assert series.batch(stem)(values).tobytes() == expected.tobytes(), stem
