"""Moments and correlations of windows: the bits of the indicators, and scipy's figures."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from tickpath import indicators
from tickpath.core.errors import ConfigError, DataError
from tickpath.devices.gpu.batch_moments import window_correlations, window_moments

SAMPLE = st.one_of(
    st.floats(-1e9, 1e9),
    st.sampled_from([0.0, -0.0, 100.0, 2.0**200, -(2.0**201), float("inf"), float("nan")]),
)


@settings(max_examples=60, deadline=None)
@given(st.lists(SAMPLE, min_size=1, max_size=60), st.integers(4, 25))
def test_moments_have_the_bits_of_the_indicators(samples: list[float], period: int) -> None:
    series = np.array(samples)
    found = window_moments(series[:, None], [period])
    for value, stem in ((found.skew, indicators.skew), (found.kurtosis, indicators.kurtosis)):
        assert value[0].tobytes() == stem(series, period=period, exact=True)[-1:].tobytes()


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(SAMPLE, SAMPLE), min_size=1, max_size=60), st.integers(2, 25))
def test_a_correlation_has_the_bits_of_the_indicator(
    pairs: list[tuple[float, float]], period: int
) -> None:
    x, y = (np.array(side) for side in zip(*pairs, strict=True))
    found = window_correlations(x[:, None], y[:, None], period)
    want = indicators.correlation(x, y, period=period, exact=True)
    assert found.tobytes() == want[-1:].tobytes()


def test_figures_are_those_of_scipy() -> None:
    generator = np.random.default_rng(5)
    prices = 100.0 + generator.normal(size=(300, 9)).cumsum(axis=0)
    found = window_moments(prices, [20, 100])
    for w, period in enumerate((20, 100)):
        np.testing.assert_allclose(found.skew[w], stats.skew(prices[-period:]), rtol=1e-8)
        np.testing.assert_allclose(found.kurtosis[w], stats.kurtosis(prices[-period:]), rtol=1e-8)
    rho = window_correlations(prices, prices[:, :4], 100)
    want = np.corrcoef(prices[-100:].T)[:4]
    np.testing.assert_allclose(rho, want, atol=1e-10)
    assert rho.shape == (4, 9)


def test_what_is_refused() -> None:
    good = np.ones((5, 2))
    for faulty in (
        lambda: window_moments(good, []),
        lambda: window_moments(good, [3]),
        lambda: window_moments(good, [4097]),
        lambda: window_correlations(good, good, 1),
    ):
        with pytest.raises(ConfigError):
            faulty()
    with pytest.raises(DataError, match="same times"):
        window_correlations(good, good[:4], 2)
    with pytest.raises(DataError, match="shape"):
        window_moments(np.ones(5), [4])
