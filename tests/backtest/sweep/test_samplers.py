"""Samplers: every set once, the same ones again, whatever ran them."""

import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tickpath.backtest.sweep.rows import Row
from tickpath.backtest.sweep.samplers import Grid, Optuna, Params, Random
from tickpath.backtest.sweep.space import Choice, Range, space_of
from tickpath.core.errors import ConfigError

SPACE = {"a": Choice((1, 2, 3)), "b": Choice(("x", "y"))}
WIDE = {"a": Range(-5, 5), "b": Range(0.1, 10.0, log=True), "c": Choice((1, 2, 4))}


def test_a_grid_is_the_product_in_order() -> None:
    grid = Grid(SPACE)
    sets = grid.batch([])
    assert list(sets) == [{"a": a, "b": b} for a, b in itertools.product((1, 2, 3), "xy")]
    assert grid.total == len(sets) == 6
    assert sets[1:3] == list(sets)[1:3]
    assert not grid.batch([])


def test_a_grid_of_a_million_needs_no_memory() -> None:
    grid = Grid(space_of({name: range(100) for name in "abc"}))
    assert grid.batch([])[999_999] == {"a": 99, "b": 99, "c": 99}


def test_bad_spaces_are_refused() -> None:
    with pytest.raises(ConfigError, match="a grid needs values"):
        Grid(WIDE)
    with pytest.raises(ConfigError, match="at most 1000000"):
        Grid(space_of({"a": range(1001), "b": range(1000)}))
    for values in ([], [1, 1], "text", 5, [None], [float("nan")]):
        with pytest.raises(ConfigError):
            space_of({"a": values})
    with pytest.raises(ConfigError):
        space_of({"a b": [1]})
    with pytest.raises(ConfigError, match="0 sets"):
        Random(SPACE, 0)


@settings(max_examples=30)
@given(seed=st.integers(0, 2**64), few=st.integers(1, 20), more=st.integers(0, 20))
def test_a_longer_draw_begins_with_the_shorter(seed: int, few: int, more: int) -> None:
    short = list(Random(WIDE, few, seed).batch([]))
    assert list(Random(WIDE, few + more, seed).batch([]))[:few] == short


def test_draws_are_even_and_differ_by_seed() -> None:
    sets = list(Random(WIDE, 3000, 1).batch([]))
    counts = [sum(s["c"] == v for s in sets) for v in (1, 2, 4)]
    assert all(abs(n - 1000) < 4 * (3000 * 2 / 9) ** 0.5 for n in counts)
    below = sum(float(s["b"]) < 1.0 for s in sets)
    assert abs(below - 1500) < 4 * (3000 / 4) ** 0.5  # half of the decades of 0.1 to 10
    assert sets != list(Random(WIDE, 3000, 2).batch([]))


def good(row: Row) -> float | None:
    """Best at a = 3, b = 1; sets with c = 4 have no figure."""
    a, b = float(row.params["a"]), float(row.params["b"])
    return None if row.params["c"] == 4 else -((a - 3) ** 2) - (b - 1.0) ** 2


def propose(total: int, batch_size: int, seed: int = 3) -> list[Params]:
    """All sets of an Optuna sampler that is told what `good` says; every fifth row failed."""
    sampler = Optuna(WIDE, total, good, seed=seed, batch_size=batch_size)
    sets: list[Params] = []
    rows: list[Row] = []
    while batch := sampler.batch(rows):
        rows = [Row(len(sets) + k, p) for k, p in enumerate(batch)]
        rows[::5] = [Row(r.index, r.params, error="failed") for r in rows[::5]]
        sets += batch
    return sets


def test_optuna_proposes_the_same_again_and_learns() -> None:
    sets = propose(48, 6)
    assert sets == propose(48, 6)
    assert sets != propose(48, 6, seed=4)
    assert len(sets) == 48
    early, late = (
        sum(abs(float(s["a"]) - 3) for s in part) / 16 for part in (sets[:16], sets[32:])
    )
    assert late < early


def test_optuna_steps_over_regular_values() -> None:
    sampler = Optuna(space_of({"a": [2, 4, 6], "b": [1, 2, 4], "c": [0.5, 1.5]}), 8, good)
    kinds = {n: type(d).__name__ for n, d in sampler.distributions.items()}
    assert kinds["a"] == "IntDistribution"
    assert kinds["b"] == kinds["c"] == "CategoricalDistribution"
    (first, *_) = sampler.batch([])
    assert first["a"] in (2, 4, 6)
    with pytest.raises(ConfigError, match="batch size"):
        Optuna(WIDE, 8, good, batch_size=0)
