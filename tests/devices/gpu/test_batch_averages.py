"""Averages by a scan: the indicators' to 1e-10, at the lengths where a tile begins and ends."""

import numpy as np
import pytest

from tickpath import indicators
from tickpath.core.errors import ConfigError, DataError
from tickpath.devices.gpu.batch_averages import KINDS, averages
from tickpath.devices.gpu.twin_features import TILE


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("times", [1, 2, 9, 60, TILE, TILE + 1, TILE + 2, 3 * TILE + 77])
def test_an_average_is_the_indicator_to_1e_10(kind: str, times: int) -> None:
    generator = np.random.default_rng(times)
    series = 25_000.0 + generator.normal(size=(2, times)).cumsum(axis=1)
    for period in (1, 2, 14, 200):
        found = averages(series, kind, period)
        for s in range(2):
            want = getattr(indicators, kind)(series[s], period=period, exact=True)
            np.testing.assert_array_equal(np.isnan(found[s]), np.isnan(want))
            np.testing.assert_allclose(found[s], want, atol=1e-10 * np.abs(series).max(), rtol=0)


def test_a_jump_and_long_memory_stay_exact() -> None:
    """The largest period and a jump of 10**6: what is behind it must not feel it as an error."""
    series = np.full((1, 20_000), 1.0)
    series[0, 5000] = 1e6
    found = averages(series, "ema", 4096)[0]
    want = indicators.ema(series[0], period=4096, exact=True)
    np.testing.assert_allclose(found, want, rtol=1e-10)


def test_what_is_refused() -> None:
    good = np.ones((2, 5))
    for kind, period in (("sma", 3), ("ema", 0), ("ema", 4097), ("ema", 2.5)):
        with pytest.raises(ConfigError):
            averages(good, kind, period)  # type: ignore[arg-type]
    for bad in (np.nan, np.inf, 2.0**201):
        with pytest.raises(DataError, match="sample"):
            averages(good * bad, "ema", 3)
    with pytest.raises(DataError, match="shape"):
        averages(np.ones(5), "ema", 3)
