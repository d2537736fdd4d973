"""Folds: nothing of a test part is seen before it, figures are right, luck is no skill."""

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest

from tickpath.core.errors import ConfigError, DataError
from tickpath.ml import folds
from tickpath.ml.fit import Recipe
from tickpath.ml.samples import Samples
from tickpath.ml.validate import held_back

pytest.importorskip("sklearn", reason="extra `ml` is not installed")
S = 1_000_000_000


def samples(kind="return", signal=1.0, count=3000, seed=1):
    """A row a second; the first column says the target when there is a signal."""
    random = np.random.default_rng(seed)
    rows = random.normal(size=(count, 3))
    wanted = signal * rows[:, 0] + random.normal(size=count)
    wanted = wanted if kind == "return" else (wanted > 0).astype(np.float64)
    return Samples(("a", "b", "c"), np.arange(count) * S, rows, wanted, kind, 10 * S, "book")


@pytest.mark.parametrize("count", [2, 5, 9])
def test_no_label_of_the_training_reaches_into_the_test(count):
    made = samples()
    splits = folds.splits_of(made, count, embargo_ns=3 * S)
    assert len(splits) == count
    for split in splits:
        ((begin, end),), ((first, last),) = split.train, split.test
        assert begin == 0
        assert end + made.horizon_ns + 3 * S <= first < last
    assert all(a.test[0][1] <= b.test[0][0] for a, b in pairwise(splits))


def test_only_rows_before_the_gap_are_trained_on(monkeypatch):
    made, seen = samples(), []

    def spy(part, recipe):
        seen.append(len(part.rows))
        return fit(part, recipe)

    fit = folds.fit
    monkeypatch.setattr(folds, "fit", spy)
    found, whole = folds.walk(made, Recipe(), 4)
    for trained, fold in zip(seen, found, strict=True):
        last_label = made.t_ns[trained - 1] + made.horizon_ns
        assert last_label < fold.begin_ns
        assert trained == fold.train_rows
    assert whole.test_rows == sum(f.test_rows for f in found) >= 2399


def test_area_under_the_curve_is_that_of_scikit_learn():
    from sklearn.metrics import log_loss, roc_auc_score

    random = np.random.default_rng(3)
    for digits in (0, 1, 8):
        score = np.round(random.random(400), digits)
        target = (random.random(400) < 0.3 + 0.4 * score).astype(np.float64)
        assert folds.auc(score, target) == pytest.approx(roc_auc_score(target, score))
        inner = np.clip(score, 0.01, 0.99)
        assert folds.log_loss(inner, target) == pytest.approx(log_loss(target, inner))
    assert np.isnan(folds.auc(score, np.ones(400)))


@pytest.mark.parametrize("kind", ["return", "up"])
def test_a_signal_is_found_and_noise_is_not(kind):
    zero = {"ic": 0.0, "r2": 0.0, "auc": 0.5, "gain": 0.0}
    for signal, found in ((1.0, True), (0.0, False)):
        _, whole = folds.walk(samples(kind, signal), Recipe(), 4)
        for name, (value, low, high) in whole.figures.items():
            assert low <= value <= high
            assert (low > zero[name]) == found, name


def test_figures_of_returns():
    target = np.array([1.0, -1.0, 2.0, -2.0])
    found = folds.figures_of("return", target * 0.5, target, np.zeros(4))
    assert found["ic"] == pytest.approx(1.0)
    assert found["r2"] == pytest.approx(0.75)
    assert np.isnan(folds.figures_of("return", np.ones(4), target, np.zeros(4))["ic"])


def test_folds_that_cannot_be_are_refused():
    with pytest.raises(ConfigError, match="2 to 100"):
        folds.splits_of(samples(), 1, 0)
    with pytest.raises(ConfigError, match="take fewer folds, or more data"):
        folds.splits_of(samples(count=100), 9, 0)
    few = samples(count=300)
    with pytest.raises(DataError, match="fold 0"):
        folds.walk(few, Recipe(), 9)
    still = samples()
    still.target[:] = 1.0
    with pytest.raises(DataError, match="nothing to learn"):
        folds.walk(still, Recipe(), 2)


@pytest.mark.parametrize("window", [2, 40])
def test_no_window_of_a_test_reaches_into_its_training(monkeypatch, window):
    """Nor does one of the rows that decide when to stop."""
    plain, seen = samples(count=6000), []
    windows = np.lib.stride_tricks.sliding_window_view(plain.rows, window, axis=0)
    made = replace(
        plain, t_ns=plain.t_ns[window - 1 :], rows=windows.transpose(0, 2, 1),
        target=plain.target[window - 1 :], oldest_ns=plain.t_ns[: 1 - window],
    )  # fmt: skip

    class Seen:
        """Scores nothing, and remembers what it was shown."""

        def __init__(self, part):
            self.part = part

        def predict(self, rows):
            seen.append((self.part, rows))
            return np.linspace(0.0, 1.0, len(rows))

    monkeypatch.setattr(folds, "fit", lambda part, recipe: Seen(part))
    recipe = Recipe(kind="lstm", embargo_ns=3 * S)
    found, _ = folds.walk(made, recipe, 4)
    numbers = {row.tobytes(): k for k, row in enumerate(plain.rows)}
    for (part, rows), fold in zip(seen, found, strict=True):
        oldest = numbers[np.ascontiguousarray(rows[0, 0]).tobytes()]
        assert oldest * S >= fold.begin_ns
        assert part.t_ns[-1] + made.horizon_ns + recipe.embargo_ns < fold.begin_ns
        learn, stop = held_back(part, recipe.embargo_ns)
        assert learn.t_ns[-1] + made.horizon_ns + recipe.embargo_ns < stop.since_ns[0]
    assert len(seen) == 4
