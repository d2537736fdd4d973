"""Columns of normalised market data: shapes, borrowing, cutting at events."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tickpath.core.errors import DataError
from tickpath.core.ticks import LAST, TICK_COLUMNS, Ticks, chunks, joined, ticks_of


def test_columns_of_the_right_kind_are_kept_without_copying():
    price = np.arange(1, 6, dtype=np.int64)
    ticks = Ticks({**empty_of(5), "price_ticks": price})
    assert np.shares_memory(ticks["price_ticks"], price)
    assert np.shares_memory(ticks.rows(1, 3)["price_ticks"], price)


def empty_of(rows):
    return {name: np.zeros(rows, dtype) for name, dtype in TICK_COLUMNS.items()}


def test_what_is_wrong_with_the_columns_is_named():
    columns = empty_of(3)
    with pytest.raises(DataError, match="missing columns: side"):
        Ticks({name: column for name, column in columns.items() if name != "side"})
    with pytest.raises(DataError, match="unknown columns: price"):
        Ticks({**columns, "price": np.zeros(3)})
    with pytest.raises(DataError, match="different lengths"):
        Ticks({**columns, "side": np.zeros(2, np.uint8)})
    with pytest.raises(DataError, match="unknown columns"):
        ticks_of(prize=[1])


def test_some_columns_are_enough():
    ticks = ticks_of(price_ticks=[5, 6], kind=4)
    assert len(ticks) == ticks.events() == 2
    assert ticks["kind"].tolist() == [4, 4]
    assert len(joined([ticks, ticks.rows(0, 1)])) == 3
    assert len(joined([])) == 0
    assert len(ticks_of(price_ticks=[], kind=4)) == 0


@given(st.lists(st.booleans(), max_size=60), st.integers(1, 20))
def test_pieces_are_of_whole_events_and_lose_none(lasts, rows):
    ticks = ticks_of(price_ticks=np.arange(len(lasts)), flags=np.array(lasts, np.uint8) * LAST)
    pieces = list(chunks(ticks, rows))
    assert all(piece["flags"][-1] & LAST for piece in pieces)
    whole = joined(pieces)["price_ticks"].tolist()
    assert whole == list(range(ticks.whole_rows()))
    assert all(len(p) < rows or p.rows(0, len(p) - 1).whole_rows() < rows for p in pieces)
