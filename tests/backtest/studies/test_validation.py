"""Judging a choice: what was best on one part, told by hand, and its place on another."""

import numpy as np
import pytest

from tickpath.backtest.studies.splits import combinatorial, equal_groups, purged_folds
from tickpath.backtest.studies.validation import (
    Series,
    cross_validate,
    inside,
    judge,
    path_scores,
    ratio,
    series_of,
    total,
)
from tickpath.core.errors import DataError

NAN = float("nan")


def test_judgements_by_hand() -> None:
    train = np.array([[1.0, 5.0, 3.0], [NAN, NAN, NAN], [2.0, 2.0, NAN]])
    test = np.array([[9.0, 4.0, 1.0], [1.0, 1.0, 1.0], [NAN, 3.0, 4.0]])
    first, third = judge(train, test)
    assert (first.split, first.chosen, first.train, first.test, first.rank) == (0, 1, 5.0, 4.0, 0.5)
    assert (third.split, third.chosen, third.test, third.rank) == (2, 0, None, None)
    (level,) = judge(np.array([[1.0, 0.0, 0.0]]), np.array([[2.0, 2.0, 1.0]]))
    assert level.rank == 0.75
    with pytest.raises(DataError):
        judge(train, test[:2])


def test_changes_in_spans() -> None:
    series = series_of(100, 10, [5, 6, 8, 11, 15], 137)
    assert series.change.tolist() == [1, 2, 3, 4]
    assert inside(series, [(100, 137)]).tolist() == [1, 2, 3, 4]
    assert inside(series, [(100, 119)]).tolist() == [1]
    assert inside(series, [(101, 120), (130, 200)]).tolist() == [2, 4]
    assert (total(series.change), ratio(np.zeros(5)), ratio(np.ones(1))) == (10.0, 0.0, 0.0)


def drawn(sets: int, groups: list[tuple[int, int]], edge: float) -> list[list[Series | None]]:
    """Noise, with an edge in set 2."""
    random = np.random.default_rng(8)
    found: list[list[Series | None]] = []
    for k in range(sets):
        line: list[Series | None] = []
        for begin, end in groups:
            count = (end - begin) // 10
            change = random.normal(size=count) + (edge if k == 2 else 0.0)
            line.append(Series(begin + 10 * np.arange(count), change, 10, end))
        found.append(line)
    return found


def test_skill_is_chosen_in_every_split_and_failed_sets_are_not() -> None:
    groups = equal_groups(0, 50_000, 5)
    series = drawn(6, groups, 1.0)
    series[4][1] = None
    splits = purged_folds(0, 50_000, folds=5, purge_ns=20, embargo_ns=50)
    for score in ("pnl", "sharpe"):
        judged = cross_validate(series, splits, score)
        assert [j.chosen for j in judged] == [2] * 5
        assert [j.rank for j in judged] == [1.0] * 5
    assert judged[0].train == pytest.approx(1.0, abs=0.1)


def test_noise_is_not_found_again() -> None:
    groups = equal_groups(0, 60_000, 6)
    splits = combinatorial(0, 60_000, groups=6, test_groups=2)
    judged = cross_validate(drawn(40, groups, 0.0), splits, "sharpe")
    ranks = [j.rank for j in judged if j.rank is not None]
    assert len(ranks) == 15
    assert np.mean(ranks) == pytest.approx(0.5, abs=0.25)


def test_purged_samples_do_not_choose() -> None:
    """A set whose whole gain lies just behind the judged part is not chosen."""
    groups = equal_groups(0, 300, 3)
    steady = [Series(b + 10 * np.arange(10), np.full(10, 0.1), 10, e) for b, e in groups]
    lucky = [Series(b + 10 * np.arange(10), np.zeros(10), 10, e) for b, e in groups]
    lucky[1].change[0] = 50.0
    both: list[list[Series | None]] = [list(steady), list(lucky)]
    plain = cross_validate(both, purged_folds(0, 300, folds=3), "pnl")
    purged = cross_validate(both, purged_folds(0, 300, folds=3, embargo_ns=10), "pnl")
    assert plain[0].chosen == 1
    assert purged[0].chosen == 0


def test_paths_put_the_judged_groups_together() -> None:
    groups = equal_groups(0, 40, 4)
    series: list[list[Series | None]] = [
        [
            Series(np.array([b]), np.array([10.0**g * (k + 1)]), 10, e)
            for g, (b, e) in enumerate(groups)
        ]
        for k in range(2)
    ]
    splits = combinatorial(0, 40, groups=4, test_groups=2)
    judged = cross_validate(series, splits, "pnl")
    assert path_scores(series, judged, 4, 2, "pnl") == [2222.0] * 3
    assert path_scores(series, judged[1:], 4, 2, "pnl") == [2222.0] * 2
