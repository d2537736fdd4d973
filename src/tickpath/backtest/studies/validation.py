"""Judges the choice of parameters over splits of time: what was best before, or beside, and then?

In: for each set the figures of the parts. Out: for each split the set that was chosen and how it
did where it was judged; for a combinatorial cross-validation also whole backtest paths.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from tickpath.backtest.studies.splits import Span, Split, paths
from tickpath.core.errors import DataError

Array = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Judgement:
    """One split: `chosen` is the set (its number) with the best `train` score, `test` its score
    where it was judged, `rank` its place there from 0 (worst) to 1 (best); 0.5 is no better than
    any. None: it has no score there."""

    split: int
    chosen: int
    train: float
    test: float | None
    rank: float | None


@dataclass(frozen=True, slots=True)
class Series:
    """Equity changes of one set in one part: `change[j]` happened from `t_ns[j]` to
    `t_ns[j] + interval_ns`. `end_ns` is the part's end, which its last sample may pass."""

    t_ns: npt.NDArray[np.int64]
    change: Array
    interval_ns: int
    end_ns: int


def judge(train: Array, test: Array) -> list[Judgement]:
    """Scores of splits (rows) and sets (columns), NaN where a set has none; of equal sets the first
    is chosen. A split where no set has a score is left out."""
    if train.shape != test.shape or train.ndim != 2:
        raise DataError(f"scores of shapes {train.shape} and {test.shape}: splits by sets, twice")
    found = []
    for split, (inside, outside) in enumerate(zip(train, test, strict=True)):
        if np.isnan(inside).all():
            continue
        chosen = int(np.nanargmax(inside))
        own = float(outside[chosen])
        others = outside[~np.isnan(outside)]
        rank = None
        if not np.isnan(own) and len(others) > 1:
            below, level = int((others < own).sum()), int((others == own).sum())
            rank = (below + (level - 1) / 2.0) / (len(others) - 1)
        score = None if np.isnan(own) else own
        found.append(Judgement(split, chosen, float(inside[chosen]), score, rank))
    return found


def series_of(begin_ns: int, interval_ns: int, equity: Sequence[int], end_ns: int) -> Series:
    """From equity at begin + k interval."""
    values = np.asarray(equity, dtype=np.float64)
    times = begin_ns + interval_ns * np.arange(max(len(values) - 1, 0), dtype=np.int64)
    return Series(times, np.diff(values), interval_ns, end_ns)


def inside(series: Series, spans: Sequence[Span]) -> Array:
    """The changes that lie wholly in one of the spans; that at the end of the part may pass it."""
    first = series.t_ns
    last = np.minimum(first + series.interval_ns, series.end_ns)
    kept = np.zeros(len(first), dtype=bool)
    for begin, end in spans:
        kept |= (first >= begin) & (last <= end)
    return series.change[kept]


def total(changes: Array) -> float:
    """Their sum: profit and loss."""
    return float(changes.sum())


def ratio(changes: Array) -> float:
    """Their Sharpe ratio a sample; 0 where they do not vary."""
    if len(changes) < 2:
        return 0.0
    deviation = float(changes.std(ddof=1))
    return float(changes.mean()) / deviation if deviation > 0 else 0.0


SCORES: dict[str, Callable[[Array], float]] = {"pnl": total, "sharpe": ratio}


def cross_validate(
    series: Sequence[Sequence[Series | None]], splits: Sequence[Split], score: str
) -> list[Judgement]:
    """`series[set][group]` of runs of each group alone; None where a run failed, which takes the
    set out. Train scores are over the samples that purge and embargo leave."""
    evaluate = SCORES[score]
    train = np.full((len(splits), len(series)), np.nan)
    test = np.full_like(train, np.nan)
    for k, groups in enumerate(series):
        known = [g for g in groups if g is not None]
        if len(known) < len(groups):
            continue
        for s, split in enumerate(splits):
            rest = [g for n, g in enumerate(known) if n not in split.groups]
            train[s, k] = evaluate(np.concatenate([inside(g, split.train) for g in rest]))
            test[s, k] = evaluate(np.concatenate([known[n].change for n in split.groups]))
    return judge(train, test)


def path_scores(
    series: Sequence[Sequence[Series | None]],
    judgements: Sequence[Judgement],
    groups: int,
    test_groups: int,
    score: str,
) -> list[float]:
    """The score of every backtest path: in each group the set that the split chose."""
    chosen = {j.split: j.chosen for j in judgements}
    found = []
    for path in paths(groups, test_groups):
        if not all(split in chosen for split in path):
            continue
        parts = [series[chosen[split]][group] for group, split in enumerate(path)]
        found.append(SCORES[score](np.concatenate([p.change for p in parts if p is not None])))
    return found
