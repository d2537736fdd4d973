"""Splits: what chooses never sees what judges, and every time judges as often as it should."""

import math
from collections import Counter
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tickpath.backtest.studies.splits import (
    Span,
    combinatorial,
    equal_groups,
    paths,
    purged_folds,
    walk_forward,
)
from tickpath.core.errors import ConfigError


def overlap(a: Span, b: Span) -> bool:
    return a[0] < b[1] and b[0] < a[1]


def test_walk_forward_by_hand() -> None:
    found = walk_forward(0, 100, train_ns=40, test_ns=20, gap_ns=5)
    assert [(s.train, s.test) for s in found] == [
        (((0, 40),), ((45, 65),)),
        (((20, 60),), ((65, 85),)),
    ]
    anchored = walk_forward(0, 100, train_ns=40, test_ns=20, step_ns=30, anchored=True)
    assert [s.train for s in anchored] == [((0, 40),), ((0, 70),)]


@settings(max_examples=40)
@given(
    begin=st.integers(0, 10**18), train=st.integers(1, 500), test=st.integers(1, 200),
    gap=st.integers(0, 50), span=st.integers(800, 3000), anchored=st.booleans(),
)  # fmt: skip
def test_walk_forward_looks_only_back(
    begin: int, train: int, test: int, gap: int, span: int, anchored: bool
) -> None:
    found = walk_forward(
        begin, begin + span, train_ns=train, test_ns=test, gap_ns=gap, anchored=anchored
    )
    for split in found:
        (first, last), (judged, end) = split.train[0], split.test[0]
        assert begin <= first < last == judged - gap
        assert end - judged == test
        assert end <= begin + span
        assert (first == begin) if anchored else (last - first == train)
    tests = [s.test[0] for s in found]
    assert all(a[1] == b[0] for a, b in pairwise(tests))
    assert tests[-1][1] + test > begin + span


@settings(max_examples=40)
@given(
    begin=st.integers(-(10**18), 10**18), span=st.integers(1000, 10**15),
    groups=st.integers(3, 8), chosen=st.integers(1, 3), purge=st.integers(0, 10),
    embargo=st.integers(0, 10),
)  # fmt: skip
def test_purged_splits(
    begin: int, span: int, groups: int, chosen: int, purge: int, embargo: int
) -> None:
    chosen = min(chosen, groups - 1)
    end = begin + span
    found = combinatorial(
        begin, end, groups=groups, test_groups=chosen, purge_ns=purge, embargo_ns=embargo
    )
    assert len(found) == math.comb(groups, chosen)
    counts = Counter(g for s in found for g in s.groups)
    assert set(counts.values()) == {math.comb(groups - 1, chosen - 1)}
    for split in found:
        guarded = [(a - purge, b + purge + embargo) for a, b in split.test]
        assert not any(overlap(t, g) for t in split.train for g in guarded)
        lost = span - sum(b - a for a, b in (*split.train, *split.test))
        assert 0 <= lost <= chosen * (2 * purge + embargo)


def test_purge_and_embargo_by_hand() -> None:
    found = purged_folds(0, 100, folds=5, purge_ns=2, embargo_ns=3)
    assert found[0].train == ((25, 40), (40, 60), (60, 80), (80, 100))
    assert found[2].train == ((0, 20), (20, 38), (65, 80), (80, 100))
    assert found[4].test == ((80, 100),)
    assert found[4].train[-1] == (60, 78)


@given(groups=st.integers(2, 8), chosen=st.integers(1, 4))
def test_paths_use_every_judgement_once(groups: int, chosen: int) -> None:
    chosen = min(chosen, groups - 1)
    splits = combinatorial(0, 10**6, groups=groups, test_groups=chosen)
    found = paths(groups, chosen)
    assert len(found) == len(splits) * chosen // groups
    used = [(split, g) for path in found for g, split in enumerate(path)]
    assert len(set(used)) == len(used) == len(splits) * chosen
    assert all(g in splits[split].groups for split, g in used)


def test_equal_groups_cover_the_span() -> None:
    found = equal_groups(7, 107, 3)
    assert found == [(7, 40), (40, 73), (73, 107)]


@pytest.mark.parametrize(
    "make",
    [
        lambda: walk_forward(0, 10, train_ns=8, test_ns=3),
        lambda: walk_forward(0, 10, train_ns=0, test_ns=3),
        lambda: walk_forward(0, 10**9, train_ns=8, test_ns=3, step_ns=1),
        lambda: purged_folds(0, 100, folds=1),
        lambda: purged_folds(0, 100, folds=2, purge_ns=60),
        lambda: purged_folds(0, 100, folds=2, embargo_ns=-1),
        lambda: combinatorial(0, 10**6, groups=40, test_groups=20),
        lambda: combinatorial(0, 100, groups=4, test_groups=4),
    ],
)
def test_what_does_not_fit_is_refused(make: object) -> None:
    with pytest.raises(ConfigError):
        make()  # type: ignore[operator]
