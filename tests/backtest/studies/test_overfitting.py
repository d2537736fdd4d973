"""CSCV against a slow twin, and against sets whose answer is known."""

import math
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from tickpath.backtest.studies.overfitting import overfitting_probability
from tickpath.core.errors import DataError


def slow(returns: np.ndarray, blocks: int, statistic: str) -> list[float]:
    """The logits by the words of the paper, ranks by scipy."""
    parts = np.split(returns[len(returns) % blocks :], blocks)
    logits = []
    for chosen in combinations(range(blocks), blocks // 2):
        train = np.concatenate([parts[k] for k in chosen])
        test = np.concatenate([parts[k] for k in range(blocks) if k not in chosen])
        figures = []
        for half in (train, test):
            mean, deviation = half.mean(axis=0), half.std(axis=0, ddof=1)
            figures.append(mean if statistic == "mean" else mean / deviation)
        best = int(figures[0].argmax())
        rank = stats.rankdata(figures[1])[best] / (returns.shape[1] + 1)
        logits.append(math.log(rank / (1 - rank)))
    return logits


@settings(max_examples=25)
@given(
    seed=st.integers(0, 2**32), sets=st.integers(2, 9), blocks=st.sampled_from([2, 4, 6]),
    samples=st.integers(24, 61), statistic=st.sampled_from(["sharpe", "mean"]),
)  # fmt: skip
def test_the_slow_twin_agrees(
    seed: int, sets: int, blocks: int, samples: int, statistic: str
) -> None:
    returns = np.random.default_rng(seed).normal(size=(samples, sets))
    found = overfitting_probability(returns, blocks, statistic=statistic)
    twin = slow(returns, blocks, statistic)
    assert found.logits == pytest.approx(twin, abs=1e-12)
    assert found.probability == sum(x <= 0 for x in twin) / len(twin)
    assert len(twin) == math.comb(blocks, blocks // 2)


def test_noise_is_a_coin() -> None:
    random = np.random.default_rng(4)
    found = [
        overfitting_probability(random.normal(size=(400, 40)), 10).probability for _ in range(40)
    ]
    assert np.mean(found) == pytest.approx(0.5, abs=0.06)


def test_a_set_with_skill_is_found_again() -> None:
    returns = np.random.default_rng(5).normal(size=(800, 30))
    returns[:, 7] += 0.4
    found = overfitting_probability(returns)
    assert found.probability < 0.01
    assert found.loss_probability < 0.01


def test_luck_that_turns_is_worse_than_a_coin() -> None:
    """What a set wins in the first half of the time it loses in the second."""
    edge = np.linspace(-1, 1, 20)
    sign = np.repeat([1.0, -1.0], 200)[:, None]
    returns = np.random.default_rng(6).normal(size=(400, 20)) + sign * edge
    found = overfitting_probability(returns, 2)
    assert found.probability == 1.0
    assert found.slope is not None
    assert found.slope < 0


def test_sets_that_never_trade_have_ratio_zero() -> None:
    returns = np.zeros((64, 5))
    found = overfitting_probability(returns, 8)
    assert found.probability == 1.0  # all equal: the chosen one is the median, no use
    assert found.slope is None
    assert found.loss_probability == 0.0
    returns[:, 2] = np.random.default_rng(7).normal(0.5, 1.0, size=64)
    assert overfitting_probability(returns, 8).probability < 0.5


@pytest.mark.parametrize(
    ("shape", "blocks", "words"),
    [
        ((100, 3), 5, "even number"), ((100, 3), 22, "even number"), ((10, 3), 16, "at least 32"),
        ((100, 1), 16, "2 sets"), ((100,), 16, "times by sets"),
    ],
)  # fmt: skip
def test_too_little_is_refused(shape: tuple[int, ...], blocks: int, words: str) -> None:
    with pytest.raises(DataError, match=words):
        overfitting_probability(np.ones(shape), blocks)
    with pytest.raises(DataError, match="choose sharpe or mean"):
        overfitting_probability(np.ones((64, 2)), statistic="median")
    with pytest.raises(DataError, match="finite"):
        overfitting_probability(np.full((64, 2), np.nan))
