"""The historical tail: both backends, and numpy over the same window, exactly."""

import itertools
import math
import random
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from portfolio_support import BACKENDS, historical_of
from recorded_mids import NAMES, grid_of, mids_of

from tickpath.core.errors import ConfigError, DataError
from tickpath.hot.risk.portfolio.historical import PROFIT_MAX


@pytest.fixture(params=BACKENDS)
def name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def oracle(samples: list[int], tail_ppm: int) -> tuple[int, int] | None:
    """By numpy's quantile, and the mean of all that is not above it, ties cut at the tail."""
    n = len(samples)
    if n * tail_ppm < 10**6:
        return None
    values = np.array(samples, dtype=object)
    k = math.ceil(Fraction(n * tail_ppm, 10**6))
    tail = np.sort(values)[:k]
    return -int(tail[-1]), math.ceil(Fraction(-sum(tail), k))


def numpy_quantile(samples: list[int], tail_ppm: int) -> int:
    return -int(np.quantile(np.array(samples), tail_ppm / 10**6, method="inverted_cdf"))


@pytest.mark.parametrize("window", [100, 101, 250, 1000])
@pytest.mark.parametrize("tail_ppm", [10_000, 25_000, 50_000, 333_333])
def test_equals_numpy_after_every_sample(name: str, window: int, tail_ppm: int) -> None:
    rng = random.Random(window)
    handle = historical_of(name, window, tail_ppm)
    samples: list[int] = []
    for step in range(2 * window + 50):
        profit = round(rng.gauss(0, 10**6)) if rng.random() < 0.8 else rng.choice((0, -5, 7))
        assert handle.update(profit)
        samples = [*samples, profit][-window:]
        found = handle.figures()
        if step % 7 == 0 or len(samples) < 110:
            assert found == oracle(samples, tail_ppm)
            if found is not None:
                assert found[0] == numpy_quantile(samples, tail_ppm)
    assert handle.count == window


def test_there_is_no_figure_before_the_tail_is_seen(name: str) -> None:
    handle = historical_of(name, 200, 10_000)
    assert handle.figures() is None
    for k in range(99):
        handle.update(-k)
        assert handle.figures() is None
    handle.update(0)
    assert handle.figures() == (98, 98)


def test_extreme_profits_are_exact_and_beyond_them_refused(name: str) -> None:
    handle = historical_of(name, 4, 500_000)
    for profit in (-PROFIT_MAX, PROFIT_MAX, -PROFIT_MAX, 5):
        assert handle.update(profit)
    assert handle.figures() == (PROFIT_MAX, PROFIT_MAX)
    for profit in (PROFIT_MAX + 1, -PROFIT_MAX - 1, 2**63, 2**70, -(2**70)):
        assert not handle.update(profit)
    assert handle.count == 4
    assert handle.figures() == (PROFIT_MAX, PROFIT_MAX)


@pytest.mark.parametrize(("tail", "mean"), [((-3, -4), 4), ((3, 4), -3), ((-1, 0), 1), ((0, 0), 0)])
def test_a_mean_loss_is_rounded_up(name: str, tail: tuple[int, int], mean: int) -> None:
    handle = historical_of(name, 4, 500_000)
    for profit in (*tail, 10, 11):
        handle.update(profit)
    assert handle.figures() == (-max(tail), mean)


@pytest.mark.parametrize("kind", ["rising", "falling", "level", "saw", "random"])
def test_backends_agree_on_every_shape(kind: str) -> None:
    rng = random.Random(1)
    shapes = {
        "rising": lambda k: k,
        "falling": lambda k: -k,
        "level": lambda k: 0,
        "saw": lambda k: k % 17 * (-1) ** k,
        "random": lambda k: rng.randrange(-50, 50),
    }
    both: list[Any] = [historical_of(n, 128, 50_000) for n in BACKENDS]
    for k in range(2000):
        profit = shapes[kind](k)
        for handle in both:
            handle.update(profit)
        assert both[0].figures() == both[1].figures()
    assert both[0].export_state() == both[1].export_state()


@pytest.mark.parametrize("filled", [0, 40, 100, 350])
def test_state_goes_from_either_to_either(name: str, filled: int) -> None:
    rng = random.Random(filled)
    profits = [rng.randrange(-(10**9), 10**9) for _ in range(filled + 300)]
    for other in BACKENDS:
        whole = historical_of(name, 100, 50_000)
        for profit in profits[:filled]:
            whole.update(profit)
        second = historical_of(other, 100, 50_000)
        second.import_state(whole.export_state())
        for profit in profits[filled:]:
            whole.update(profit)
            second.update(profit)
            assert whole.figures() == second.figures()
        assert whole.export_state() == second.export_state()


def test_a_forged_state_is_refused(name: str) -> None:
    handle = historical_of(name, 100, 50_000)
    for profit in range(20):
        handle.update(profit)
    good = handle.export_state()
    beyond = (PROFIT_MAX + 1).to_bytes(8, "little")
    for data in (
        b"", good[:-1], good + bytes(8 * 81), b"\2" + good[1:], good[:4] + b"\1" + good[5:],
        good[:8] + b"\1" + good[9:], good[:12] + beyond + good[20:],
    ):  # fmt: skip
        with pytest.raises(DataError):
            handle.import_state(data)
    assert handle.export_state() == good


@pytest.mark.parametrize(
    ("window", "tail_ppm"), [(99, 10_000), (4097, 10_000), (100, 0), (100, 500_001), (0, 50_000)]
)
def test_a_window_that_never_holds_its_tail_is_refused(
    name: str, window: int, tail_ppm: int
) -> None:
    with pytest.raises(ConfigError, match="historical"):
        historical_of(name, window, tail_ppm)


@pytest.mark.recordings
def test_recorded_books_equal_numpy(name: str) -> None:
    """Profit of one coin held, a second at a time, in units of 10**-8 dollars."""
    grid = grid_of(mids_of(NAMES[1]))
    mids = [round(grid[k] * 10**8) for k in sorted(grid)]
    profits = [b - a for a, b in itertools.pairwise(mids)]
    handle = historical_of(name, 200, 50_000)
    checked = 0
    for k, profit in enumerate(profits, 1):
        handle.update(profit)
        kept = profits[max(0, k - 200) : k]
        assert handle.figures() == oracle(kept, 50_000)
        if handle.figures() is not None:
            assert handle.figures()[0] == numpy_quantile(kept, 50_000)
            checked += 1
    assert checked > 100
