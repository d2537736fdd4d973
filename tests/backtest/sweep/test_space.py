"""Spaces: what the command line says is what is tried, exactly."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tickpath.backtest.sweep.space import Choice, Range, parse_grid, parse_range, parse_space
from tickpath.core.errors import ConfigError


@pytest.mark.parametrize(
    ("item", "name", "values"),
    [
        ("a=1,2,4", "a", (1, 2, 4)),
        ("a=1:9:2", "a", (1, 3, 5, 7, 9)),
        ("a=1:8:3", "a", (1, 4, 7)),
        ("a=0.1:0.3:0.1", "a", (0.1, 0.2, 0.3)),
        ("b_2=-3:3:3", "b_2", (-3, 0, 3)),
        ("a=1.5", "a", (1.5,)),
        ("a=5:5:1", "a", (5,)),
    ],
)
def test_a_grid_is_read(item: str, name: str, values: tuple[float, ...]) -> None:
    found = parse_grid(item)
    assert found == (name, Choice(values))
    assert [type(v) for v in found[1].values] == [type(v) for v in values]


def test_a_range_is_read() -> None:
    assert parse_range("a=1:9") == ("a", Range(1, 9))
    assert parse_range("a=0.5:9:log") == ("a", Range(0.5, 9.0, log=True))
    assert parse_range("a=1:9")[1].whole
    assert not parse_range("a=1:9.0")[1].whole


@pytest.mark.parametrize(
    ("grids", "ranges", "words"),
    [
        ([], [], "nothing to vary"), (["a"], [], "--grid a"), (["=1"], [], "--grid =1"),
        (["a=1,x"], [], "'x' is no number"), (["a=1:2"], [], "FROM:TO:STEP"),
        (["a=1:9:0"], [], "above 0"), (["a=9:1:1"], [], "FROM not above TO"),
        (["a=1:x:1"], [], "FROM:TO:STEP"), (["a=0:1e9:1e-3"], [], "larger step"),
        (["a=1,1"], [], "twice"), (["a=1", "a=2"], [], "given twice"), (["a=nan"], [], "no number"),
        (["a=0:inf:1"], [], "above 0"), ([], ["a=1"], "LOW:HIGH"), ([], ["a=2:1"], "lower end"),
        ([], ["a=0:1:log"], "above 0"), ([], ["a=1:2:lin"], "LOW:HIGH"),
    ],
)  # fmt: skip
def test_mistakes_are_named(grids: list[str], ranges: list[str], words: str) -> None:
    with pytest.raises(ConfigError, match=words.replace("(", r"\(")):
        parse_space(grids, ranges)


@given(
    low=st.integers(1, 1000), span=st.integers(1, 1000), log=st.booleans(), whole=st.booleans(),
    share=st.floats(0, 1, exclude_max=True),
)  # fmt: skip
def test_a_range_stays_inside_its_ends(
    low: int, span: int, log: bool, whole: bool, share: float
) -> None:
    ends = (low, low + span) if whole else (low / 7, (low + span) / 7)
    found = Range(*ends, log=log).at(share)
    assert ends[0] <= found <= ends[1]
    assert isinstance(found, int) == whole


def test_both_ends_of_a_whole_range_are_reached() -> None:
    for log in (False, True):
        values = {Range(2, 5, log=log).at(k / 1000) for k in range(1000)}
        assert values == {2, 3, 4, 5}
