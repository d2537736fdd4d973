"""Matching of frames and states, and rounding that adds up, against slow twins."""

from itertools import combinations, pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tickpath.backtest.explain.amounts import GUARD, Leaf, give_units
from tickpath.backtest.explain.matching import Axis, axis_of, common_order
from tickpath.backtest.explain.states import Equality
from tickpath.backtest.explain.tables import Cause, Frames, Shown
from tickpath.core.errors import VerificationError

KEYS = st.lists(st.integers(0, 6).map(lambda k: bytes([k])), max_size=7)


def longest(a: list[bytes], b: list[bytes]) -> int:
    """Length of the longest common subsequence."""
    for size in range(min(len(a), len(b)), 0, -1):
        theirs = {tuple(x) for x in combinations(b, size)}
        if any(tuple(x) in theirs for x in combinations(a, size)):
            return size
    return 0


@given(KEYS, KEYS)
def test_matched_frames_are_equal_and_in_order(a: list[bytes], b: list[bytes]) -> None:
    pairs = common_order(a, b)
    assert all(a[i] == b[j] for i, j in pairs)
    assert all(x[0] < y[0] and x[1] < y[1] for x, y in pairwise(pairs))
    if len(set(a)) == len(a) and len(set(b)) == len(b):
        assert len(pairs) == longest(a, b)
    if a == b:
        assert len(pairs) == len(a)


def frames(keys: bytes) -> Frames:
    """One frame every second input."""
    numbers = list(range(2, 2 * len(keys) + 2, 2))
    return Frames(numbers, numbers, [bytes([k]) for k in keys])


def test_an_axis_counts_matched_frames() -> None:
    axis = axis_of(frames(b"abcd"), frames(b"axcd"))
    assert axis.numbers == ([2, 6, 8], [2, 6, 8])
    assert axis.lonely == ([4], [4])
    assert [axis.key(0, n) for n in (1, 2, 3, 4, 6)] == [(0, 1), (1, 0), (1, 1), (1, 2), (2, 0)]
    assert axis.late == []


def shown(*rows: tuple[int, int]) -> list[tuple[int, Shown]]:
    return [(n, Shown(lots, ())) for n, lots in rows]


def test_states_are_compared_at_the_end_of_a_beat() -> None:
    axis: Axis = axis_of(frames(b"abcdef"), frames(b"abcdef"))
    equality = Equality(axis, (shown((0, 0), (4, 5)), shown((0, 0), (9, 5))))
    assert [equality.last_equal(beat) for beat in range(-1, 6)] == [-1, 0, 1, 1, 1, 4, 5]


@given(st.lists(st.integers(-(10**12), 10**12), max_size=40), st.booleans())
def test_units_add_up_and_are_near(amounts: list[int], up: bool) -> None:
    exact = sum(amounts)
    total = -(-exact // GUARD) if up else exact // GUARD
    leaves = [Leaf(Cause.FEE, "USDT", "", 0, (0, 0), guard, "") for guard in amounts]
    give_units(leaves, total)
    assert sum(leaf.units for leaf in leaves) == total
    assert all(abs(leaf.units * GUARD - leaf.guard) <= 2 * GUARD for leaf in leaves)
    assert not any(leaf.units for leaf in leaves if not leaf.guard)


def test_money_that_is_missing_is_refused() -> None:
    leaf = Leaf(Cause.FEE, "USDT", "", 0, (0, 0), 5 * GUARD, "")
    with pytest.raises(VerificationError, match="differ by 7 units"):
        give_units([leaf], 7)
