"""Back-tests of the methods: kept where their model holds, refused where it does not."""

import numpy as np
import pytest
from recorded_mids import NAMES, grid_of, mids_of

from tickpath.backtest.var_history import METHODS, Held, profits_of, reviewed
from tickpath.core.errors import DataError

EXPOSURES = (1e9, -4e8, 2e8)


def walk(seed: int, count: int, degrees: float | None = None, calm: int = 0) -> np.ndarray:
    """Correlated returns: normal, or of Student's t; every `calm` intervals five times as wild."""
    rng = np.random.default_rng(seed)
    moves = rng.standard_normal((count, 3)) + 0.7 * rng.standard_normal((count, 1))
    if degrees is not None:
        moves /= np.sqrt(rng.chisquare(degrees, (count, 1)) / degrees)
    if calm:
        moves[np.arange(count) // calm % 4 == 3] *= 5
    return np.asarray(100.0 * np.cumprod(1 + 1e-4 * moves, axis=0))


@pytest.mark.parametrize("method", ["historical", "parametric"])
@pytest.mark.parametrize("confidence_ppm", [950_000, 990_000])
def test_a_method_is_kept_where_its_model_holds(method: str, confidence_ppm: int) -> None:
    held = Held(exposures=EXPOSURES, confidence_ppm=confidence_ppm, decay=0.995, warm_up=500)
    found = reviewed(method, walk(1, 6000), held)
    assert found.proportion.p_value > 0.01
    assert found.independence.p_value > 0.01
    assert found.exceptions == pytest.approx(found.periods * (1 - confidence_ppm / 1e6), rel=0.3)


def test_monte_carlo_says_what_the_parametric_figure_says() -> None:
    held = Held(exposures=EXPOSURES, confidence_ppm=950_000, paths=4000, warm_up=50)
    prices = walk(2, 200)
    left, right = (METHODS[m](prices, held) for m in ("parametric", "monte_carlo"))
    assert [x is None for x in left] == [x is None for x in right]
    pairs = [(a, b) for a, b in zip(left, right, strict=True) if a is not None and b is not None]
    assert len(pairs) == 149
    assert np.mean([b / a for a, b in pairs]) == pytest.approx(1, abs=0.01)


def test_normal_returns_understate_fat_tails_and_history_does_not() -> None:
    held = Held(exposures=EXPOSURES, decay=0.995, warm_up=500)
    prices = walk(3, 8000, degrees=3)
    assert reviewed("parametric", prices, held).proportion.p_value < 1e-4
    assert reviewed("historical", prices, held).proportion.p_value > 0.01


def test_history_lags_when_calm_and_wild_times_alternate() -> None:
    held = Held(exposures=EXPOSURES, confidence_ppm=950_000, decay=0.94, window=1000)
    prices = walk(4, 8000, calm=100)
    lagging = reviewed("historical", prices, held)
    assert lagging.independence.p_value < 1e-6, "exceptions cluster in the wild times"
    assert reviewed("parametric", prices, held).independence.ratio < lagging.independence.ratio / 4


def test_figures_are_stated_before_the_period_they_are_tested_on() -> None:
    """A crash in the last interval changes no figure."""
    held = Held(exposures=EXPOSURES, confidence_ppm=950_000, window=100, warm_up=30, paths=1000)
    prices = walk(5, 150)
    crashed = prices.copy()
    crashed[-1] /= 2
    for method in METHODS.values():
        figures = method(prices, held)
        assert len(figures) == len(profits_of(prices, EXPOSURES)) == 149
        assert method(crashed, held) == figures


def test_nonsense_is_refused() -> None:
    held = Held(exposures=EXPOSURES)
    with pytest.raises(DataError, match="no method"):
        reviewed("magic", walk(1, 50), held)
    for bad in (walk(1, 50)[:, :2], walk(1, 50)[:1], walk(1, 50)[:, 0]):
        with pytest.raises(DataError, match="prices of shape"):
            reviewed("parametric", bad, held)
    for value in (0.0, -1.0, np.nan, np.inf):
        prices = walk(1, 50)
        prices[7, 1] = value
        with pytest.raises(DataError, match="positive"):
            reviewed("historical", prices, held)


@pytest.mark.recordings
@pytest.mark.parametrize("exposures", [(1e10, 0.0), (0.0, 1e10), (1e10, -1e10)])
def test_recorded_books_keep_every_method(exposures: tuple[float, float]) -> None:
    """Spot, USD-M, and one against the other, a second at a time, at 95 %."""
    grids = [grid_of(mids_of(n)) for n in NAMES[:2]]
    shared = sorted(set(grids[0]) & set(grids[1]))
    prices = np.array([[g[k] for g in grids] for k in shared])
    held = Held(exposures=exposures, confidence_ppm=950_000, window=200, warm_up=60)
    for method in METHODS:
        found = reviewed(method, prices, held)
        assert found.periods > 250
        assert found.proportion.p_value > 0.05
        assert found.conditional.p_value > 0.05
