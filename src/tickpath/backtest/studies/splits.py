"""Cuts of a span of time into parts to choose on and parts to judge on.

Walk-forward: choose on a stretch, judge on the one behind it, move on. Purged cross-validation and
its combinatorial form: M. Lopez de Prado, "Advances in Financial Machine Learning" (2018), chapters
7 and 12. There the parts to choose on lie on both sides of those to judge on, so samples that reach
into a judged part are purged, and those just behind it, which may still carry its news, are
embargoed.

All times are int64 ns; a span is [begin, end).
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations, pairwise
from typing import Final

from tickpath.core.errors import ConfigError

SPLITS_MAX: Final = 10_000
GROUPS_MAX: Final = 1000
Span = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Split:
    """`train` to choose on, `test` to judge on: spans in order. `groups`: numbers of the test
    groups in a cross-validation."""

    train: tuple[Span, ...]
    test: tuple[Span, ...]
    groups: tuple[int, ...] = ()


def walk_forward(
    begin_ns: int,
    end_ns: int,
    *,
    train_ns: int,
    test_ns: int,
    step_ns: int | None = None,
    gap_ns: int = 0,
    anchored: bool = False,
) -> list[Split]:
    """Splits whose test spans follow each other by `step_ns` (`test_ns` unless given) as long as a
    whole one fits. `gap_ns` lies between train and test. `anchored`: every train span begins at the
    beginning. Raises ConfigError when not one fits."""
    step = test_ns if step_ns is None else step_ns
    if min(train_ns, test_ns, step) <= 0 or gap_ns < 0:
        raise ConfigError("walk-forward: train, test and step must be above 0, the gap 0 or more")
    found: list[Split] = []
    test = begin_ns + train_ns + gap_ns
    while test + test_ns <= end_ns:
        if len(found) == SPLITS_MAX:
            raise ConfigError(f"walk-forward: more than {SPLITS_MAX} splits: take a longer step")
        first = begin_ns if anchored else test - gap_ns - train_ns
        found.append(Split(((first, test - gap_ns),), ((test, test + test_ns),)))
        test += step
    if not found:
        span = (end_ns - begin_ns) / 1e9
        need = (train_ns + gap_ns + test_ns) / 1e9
        raise ConfigError(
            f"walk-forward: train, gap and test take {need:g} s and the data last {span:g} s: take "
            "shorter ones"
        )
    return found


def equal_groups(begin_ns: int, end_ns: int, groups: int) -> list[Span]:
    """`groups` spans one behind the other, equal to within 1 ns."""
    span = end_ns - begin_ns
    edges = [begin_ns + span * k // groups for k in range(groups + 1)]
    return list(pairwise(edges))


def without(span: Span, cut: Span) -> list[Span]:
    """What is left of a span when another is cut out."""
    left = (span[0], min(span[1], cut[0]))
    right = (max(span[0], cut[1]), span[1])
    return [s for s in (left, right) if s[0] < s[1]]


def purge(
    train: Sequence[Span], test: Sequence[Span], purge_ns: int, embargo_ns: int
) -> list[Span]:
    """Train spans without what reaches into a test span: `purge_ns` before it, `purge_ns` and
    `embargo_ns` behind it."""
    kept = list(train)
    for first, last in test:
        cut = (first - purge_ns, last + purge_ns + embargo_ns)
        kept = [part for span in kept for part in without(span, cut)]
    return kept


def purged_folds(
    begin_ns: int, end_ns: int, *, folds: int, purge_ns: int = 0, embargo_ns: int = 0
) -> list[Split]:
    """Each of `folds` equal groups judges once; the others, purged, choose."""
    return combinatorial(
        begin_ns, end_ns, groups=folds, test_groups=1, purge_ns=purge_ns, embargo_ns=embargo_ns
    )


def combinatorial(
    begin_ns: int,
    end_ns: int,
    *,
    groups: int,
    test_groups: int,
    purge_ns: int = 0,
    embargo_ns: int = 0,
) -> list[Split]:
    """Every choice of `test_groups` of `groups` equal groups judges once. Raises ConfigError when a
    split would have nothing to choose on."""
    if purge_ns < 0 or embargo_ns < 0:
        raise ConfigError("cross-validation: purge and embargo are 0 or more")
    if not 2 <= groups <= min(GROUPS_MAX, end_ns - begin_ns):
        raise ConfigError(f"cross-validation over {groups} groups: write 2 to {GROUPS_MAX}")
    if not 1 <= test_groups < groups:
        raise ConfigError(f"{test_groups} test groups of {groups}: write 1 to {groups - 1}")
    if math.comb(groups, test_groups) > SPLITS_MAX:
        raise ConfigError(
            f"{math.comb(groups, test_groups)} splits, at most {SPLITS_MAX}: take fewer groups"
        )
    spans = equal_groups(begin_ns, end_ns, groups)
    found = []
    for chosen in combinations(range(groups), test_groups):
        test = [spans[k] for k in chosen]
        rest = [span for k, span in enumerate(spans) if k not in chosen]
        train = purge(rest, test, purge_ns, embargo_ns)
        if not train:
            raise ConfigError(
                f"cross-validation: purge and embargo leave nothing to choose on beside groups "
                f"{list(chosen)}: take shorter ones or fewer groups"
            )
        found.append(Split(tuple(train), tuple(test), chosen))
    return found


def paths(groups: int, test_groups: int) -> list[list[int]]:
    """Backtest paths of a combinatorial cross-validation: `paths[p][g]` is the split that judges
    group g in path p. There are test_groups / groups of as many as splits (2018, section 12.4)."""
    seen: list[list[int]] = [[] for _ in range(groups)]
    for split, chosen in enumerate(combinations(range(groups), test_groups)):
        for group in chosen:
            seen[group].append(split)
    return [list(path) for path in zip(*seen, strict=True)]
