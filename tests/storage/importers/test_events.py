"""Rows to events: groups over blocks, clocks, ids, quotes with an empty side."""

from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tickpath.core.errors import DataError
from tickpath.core.ticks import LAST, NO_SIDE
from tickpath.storage.importers import events
from tickpath.storage.importers.base import Job

FILE = Path("f.csv")


def longs(*values: int) -> np.ndarray:
    return np.array(values, np.int64)


@given(st.lists(st.integers(0, 3), min_size=1, max_size=40), st.lists(st.integers(1, 6)))
@settings(max_examples=80)
def test_groups_do_not_depend_on_blocks(keys: list[int], sizes: list[int]) -> None:
    columns = {"key": np.array(keys, np.int64), "row": np.arange(1, len(keys) + 1)}

    def pieces() -> object:
        start = 0
        for size in [*sizes, len(keys)]:
            if start < len(keys):
                yield {n: c[start : start + size] for n, c in columns.items()}
                start += size

    found = list(events.grouped(FILE, pieces(), lambda c: events.changed(c["key"])))
    rows = np.concatenate([c["row"] for c, _ in found])
    ends = np.concatenate([e for _, e in found])
    assert rows.tolist() == list(range(1, len(keys) + 1))
    assert ends.tolist() == [*(a != b for a, b in pairwise(keys)), True]
    assert all(e[-1] for _, e in found)


def test_an_event_without_an_end_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(events, "EVENT_ROWS_MAX", 10)
    columns = {"key": np.zeros(8, np.int64), "row": np.arange(8)}
    source = iter([columns, columns])
    with pytest.raises(DataError, match="an event of more than 10 rows"):
        list(events.grouped(FILE, source, lambda c: events.changed(c["key"])))


def test_receive_times_never_fall() -> None:
    clock = events.Clock(FILE, 10)
    assert clock(longs(100, 95, 120), longs(1, 2, 3)).tolist() == [100, 100, 120]
    assert clock(longs(115, 130), longs(4, 5)).tolist() == [120, 130]
    with pytest.raises(DataError, match=r"row 7: time falls by 1\.1e-08 s"):
        clock(longs(131, 120), longs(6, 7))


@pytest.mark.parametrize(
    ("value", "ns"),
    [
        (1723075200011, 1723075200011 * 10**6),
        (1735689600010866, 1735689600010866 * 1000),
        (1735689600010866123, 1735689600010866123),
        (1723075200, None),
        (0, None),
        (9_999_999_999_999, None),
    ],
)
def test_the_unit_of_a_time_is_told_by_its_size(value: int, ns: int | None) -> None:
    if ns is None:
        with pytest.raises(DataError, match=r"row 3: t is .*no time since 1970"):
            events.times_ns(FILE, longs(value), longs(3), "t")
    else:
        assert events.times_ns(FILE, longs(value), longs(3), "t").tolist() == [ns]


def test_ids_must_rise_or_are_left_out(job: object) -> None:
    strict: Job = job()  # type: ignore[operator]
    rising = events.Rising(FILE, strict, "id")
    assert rising(longs(1, 2, 5), longs(1, 2, 3)).all()
    with pytest.raises(DataError, match="row 4: id 5 is not above 5: duplicated or unsorted"):
        rising(longs(5, 6), longs(4, 5))
    lenient: Job = job(skip_duplicates=True)  # type: ignore[operator]
    rising = events.Rising(FILE, lenient, "id")
    assert rising(longs(1, 3, 2, 3, 4), longs(1, 2, 3, 4, 5)).tolist() == [
        True, True, False, False, True,
    ]  # fmt: skip
    assert lenient.passed["duplicated rows"] == 2


def test_a_quote_without_a_side_has_one_row() -> None:
    t, ids = longs(1, 2, 3, 4), longs(0, 0, 0, 0)
    bid, ask = (longs(10, 0, 12, 0), longs(1, 0, 2, 0)), (longs(11, 13, 0, 0), longs(3, 4, 0, 0))
    ticks, index = events.quoted(t, t, ids, bid, ask)
    assert ticks["side"].tolist() == [0, 1, 1, 0, NO_SIDE]
    assert ticks["price_ticks"].tolist() == [10, 11, 13, 12, 0]
    assert (ticks["flags"] & LAST).tolist() == [0, 1, 1, 1, 1]
    assert index.tolist() == [0, 0, 1, 2, 3]


def test_a_picture_without_levels_is_an_event() -> None:
    price, quantity = np.array([[5, 4, 6, 0], [0, 0, 0, 0]]), np.array([[1, 0, 2, 0], [0, 0, 0, 0]])
    ticks, index = events.pictured(longs(1, 2), longs(1, 2), price, quantity)
    assert ticks["side"].tolist() == [0, 1, NO_SIDE]
    assert ticks["price_ticks"].tolist() == [5, 6, 0]
    assert (ticks["flags"] & LAST).tolist() == [0, 1, 1]
    assert index.tolist() == [0, 0, 1]
