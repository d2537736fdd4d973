"""How good a kind of model is on data behind its training: walk-forward, purged, with intervals.

Every fold trains on all samples from the beginning to the horizon and the embargo before its test
part, so no label of the training reaches into the test, and no sample of the test sees a row before
its part. Figures of "return": `ic` (Pearson
correlation of score and return) and `r2` (1 - squared error / that of the training's mean); of
"up": `auc` (area under the ROC curve, ties half) and `gain` (log-loss of the training's rate minus
log-loss of the score, nats a row). 0, 0, 0.5 and 0 are worth nothing.

Intervals hold the middle 95 % of resamplings of whole blocks of time, because neighbouring rows
share most of their labels (block bootstrap: Kuensch 1989, "The Jackknife and the Bootstrap for
General Stationary Observations"). They say nothing of markets other than the sampled one.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from tickpath.backtest.studies.splits import Split, walk_forward
from tickpath.core.errors import ConfigError, DataError
from tickpath.ml.fit import Recipe, fit
from tickpath.ml.samples import Samples

Floats = NDArray[np.float64]
Figures = dict[str, float]
RESAMPLES: Final = 200
BLOCKS: Final = 20
"""Blocks a fold: fewer where a block would be shorter than ten horizons."""
ROWS_MIN: Final = 50
FIGURES: Final[Mapping[str, tuple[str, ...]]] = {"return": ("ic", "r2"), "up": ("auc", "gain")}


@dataclass(frozen=True, slots=True)
class Judged:
    """One test part. `base`: the training's mean target."""

    train_rows: int
    block: NDArray[np.int64]
    score: Floats
    target: Floats
    base: Floats


@dataclass(frozen=True, slots=True)
class Fold:
    """Figures of a test part: name -> (value, low, high)."""

    train_rows: int
    test_rows: int
    begin_ns: int
    end_ns: int
    figures: dict[str, tuple[float, float, float]]


def auc(score: Floats, target: Floats) -> float:
    """Chance that a row with target 1 has the higher score, ties half; NaN with one class."""
    values, place, count = np.unique(score, return_inverse=True, return_counts=True)
    ranks = (np.cumsum(count) - (count - 1) / 2)[place]
    ones = float(target.sum())
    zeros = len(target) - ones
    if ones == 0 or zeros == 0 or not len(values):
        return float("nan")
    return (float(ranks[target == 1.0].sum()) - ones * (ones + 1) / 2) / (ones * zeros)


def log_loss(chance: Floats, target: Floats) -> float:
    """Nats a row."""
    held = np.clip(chance, 1e-9, 1 - 1e-9)
    return float(-(target * np.log(held) + (1 - target) * np.log(1 - held)).mean())


def figures_of(kind: str, score: Floats, target: Floats, base: Floats) -> Figures:
    """The figures of scored rows; NaN where one is not defined."""
    if kind == "up":
        gain = log_loss(base, target) - log_loss(score, target)
        return {"auc": auc(score, target), "gain": gain}
    spread = float(score.std() * target.std())
    both = float(((score - score.mean()) * (target - target.mean())).mean())
    error = float(((target - base) ** 2).sum())
    r2 = 1.0 - float(((target - score) ** 2).sum()) / error if error else float("nan")
    return {"ic": both / spread if spread else float("nan"), "r2": r2}


def with_intervals(kind: str, judged: Judged, seed: int) -> dict[str, tuple[float, float, float]]:
    """Each figure with the middle 95 % of resamplings of its blocks."""
    random = np.random.default_rng(seed)
    places = [np.flatnonzero(judged.block == b) for b in np.unique(judged.block)]
    drawn: dict[str, list[float]] = {name: [] for name in FIGURES[kind]}
    for _ in range(RESAMPLES):
        at = np.concatenate([places[k] for k in random.integers(0, len(places), len(places))])
        again = figures_of(kind, judged.score[at], judged.target[at], judged.base[at])
        for name, value in again.items():
            drawn[name].append(value)
    whole = figures_of(kind, judged.score, judged.target, judged.base)
    limits = {n: [v for v in found if np.isfinite(v)] or [np.nan] for n, found in drawn.items()}
    return {
        n: (v, float(np.quantile(limits[n], 0.025)), float(np.quantile(limits[n], 0.975)))
        for n, v in whole.items()
    }


def splits_of(samples: Samples, folds: int, embargo_ns: int) -> list[Split]:
    """`folds` test parts of equal length, the first behind one of the same length to train on."""
    if not 2 <= folds <= 100:
        raise ConfigError(f"{folds} folds: write 2 to 100")
    begin, end = int(samples.t_ns[0]), int(samples.t_ns[-1]) + 1
    gap = samples.horizon_ns + embargo_ns
    part = (end - begin) // (folds + 1)
    if part <= 2 * gap:
        raise ConfigError(
            f"{folds} folds: a part is {part / 1e9:g} s and the horizon with the embargo "
            f"{gap / 1e9:g} s: take fewer folds, or more data"
        )
    return walk_forward(begin, end, train_ns=part - gap, test_ns=part, gap_ns=gap, anchored=True)


def judge(samples: Samples, recipe: Recipe, split: Split, number: int) -> Judged:
    """Train before a test part and score it. Raises DataError."""
    t = samples.t_ns
    (train,), (test,) = split.train, split.test
    learn = slice(int(np.searchsorted(t, train[0])), int(np.searchsorted(t, train[1])))
    first = int(np.searchsorted(samples.since_ns, test[0]))
    look = slice(first, int(np.searchsorted(t, test[1])))
    if min(learn.stop - learn.start, look.stop - look.start) < ROWS_MIN:
        raise DataError(
            f"fold {number}: {learn.stop - learn.start} rows to train on and "
            f"{look.stop - look.start} to judge on, {ROWS_MIN} are needed: take fewer folds"
        )
    model = fit(samples.part(learn), recipe)
    block_ns = max((test[1] - test[0]) // BLOCKS, min(10 * samples.horizon_ns, test[1] - test[0]))
    return Judged(
        learn.stop - learn.start,
        (t[look] - test[0]) // block_ns + number * 2 * BLOCKS,
        model.predict(samples.rows[look]),
        samples.target[look],
        np.full(look.stop - look.start, samples.target[learn].mean()),
    )


def walk(
    samples: Samples, recipe: Recipe, folds: int,
    tell: Callable[[int, int], None] = lambda done, total: None,
) -> tuple[list[Fold], Fold]:  # fmt: skip
    """Every fold, and all their test rows together. Raises ConfigError, DataError."""
    splits = splits_of(samples, folds, recipe.embargo_ns)
    found, all_judged = [], []
    for number, split in enumerate(splits):
        judged = judge(samples, recipe, split, number)
        figures = with_intervals(samples.kind, judged, recipe.seed)
        found.append(Fold(judged.train_rows, len(judged.score), *split.test[0], figures))
        all_judged.append(judged)
        tell(number + 1, len(splits))
    whole = Judged(
        0,
        np.concatenate([j.block for j in all_judged]),
        np.concatenate([j.score for j in all_judged]),
        np.concatenate([j.target for j in all_judged]),
        np.concatenate([j.base for j in all_judged]),
    )
    figures = with_intervals(samples.kind, whole, recipe.seed)
    return found, Fold(0, len(whole.score), found[0].begin_ns, found[-1].end_ns, figures)
