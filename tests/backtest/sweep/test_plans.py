"""What the options of a validation say."""

import pytest

from tickpath.backtest.sweep.plans import duration_ns, parse_cross_validation, parse_walk_forward
from tickpath.backtest.sweep.window import Window
from tickpath.core.errors import ConfigError

S = 10**9


@pytest.mark.parametrize(
    ("text", "ns"),
    [("500ms", S // 2), ("60s", 60 * S), ("1.5h", 5400 * S), ("30m", 1800 * S), ("1d", 86400 * S)],
)
def test_times(text: str, ns: int) -> None:
    assert duration_ns(text, "here") == ns


@pytest.mark.parametrize("text", ["", "5", "s", "-1s", "1e99d", "nans", "1 x"])
def test_bad_times_are_named(text: str) -> None:
    with pytest.raises(ConfigError, match=r"here: .* is no time"):
        duration_ns(text, "here")


def test_walk_forward_runs_each_span_once() -> None:
    plan = parse_walk_forward("train=20s,test=10s,gap=5s", 0, 60 * S)
    assert len(plan.splits) == 3
    assert len(plan.windows) == 6
    shared = parse_walk_forward("train=10s,test=10s", 0, 40 * S)
    assert shared.windows == tuple(Window(k * 10 * S, (k + 1) * 10 * S) for k in range(4))
    anchored = parse_walk_forward("train=10s,test=10s,step=20s,anchored", 0, 60 * S)
    assert [s.train[0] for s in anchored.splits] == [(0, k * S) for k in (10, 30, 50)]


def test_cross_validation_runs_each_group_once() -> None:
    plan = parse_cross_validation("purged,folds=4,embargo=1s", 0, 40 * S)
    assert (plan.kind, len(plan.splits), len(plan.windows), plan.test_groups) == ("cv", 4, 4, 1)
    assert plan.splits[0].train[0][0] == 11 * S
    both = parse_cross_validation("combinatorial,groups=5,test=2,purge=1s", 0, 40 * S)
    assert (len(both.splits), len(both.windows), both.test_groups) == (10, 5, 2)
    assert len(parse_cross_validation("purged", 0, 40 * S).splits) == 5


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("train=1s", "test is missing"), ("train=1s,test=x", "is no time"),
        ("train=1s,test=1s,fold=2", "'fold=2' is not understood"), ("train,test=1s", "'train'"),
        ("train=1s,train=1s", "'train=1s'"), ("train=1h,test=1h", "data last 60 s"),
        ("train=1s,test=1s,anchored=1", "anchored"),
    ],
)  # fmt: skip
def test_walk_forward_mistakes(text: str, words: str) -> None:
    with pytest.raises(ConfigError, match=words):
        parse_walk_forward(text, 0, 60 * S)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("kfold", "begin with purged"), ("purged,folds=x", "no whole number"),
        ("purged,folds=1", "write 2 to"), ("purged,test=2", "not understood"),
        ("combinatorial,groups=3,test=3", "write 1 to 2"), ("purged,purge=50s", "leave nothing"),
    ],
)  # fmt: skip
def test_cross_validation_mistakes(text: str, words: str) -> None:
    with pytest.raises(ConfigError, match=words):
        parse_cross_validation(text, 0, 60 * S)
