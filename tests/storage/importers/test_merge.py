"""Several files as one stream in order of time."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tickpath.core.errors import DataError
from tickpath.core.records import EventKind
from tickpath.core.ticks import Ticks, joined
from tickpath.storage.importers.base import made
from tickpath.storage.importers.merge import Merge, Source

SERIES = st.lists(st.lists(st.integers(0, 4), min_size=1, max_size=25), min_size=1, max_size=4)


def source(name: str, times: list[int], kind: str, size: int) -> Source:
    """A file of trades at some times, in chunks; the trade id is the place."""
    ticks = made(
        len(times),
        t_recv_ns=times, kind=int(EventKind.TRADE), last_id=np.arange(len(times)),
        order_id=np.full(len(times), ord(name[0])), price_ticks=1, quantity_lots=1,
    )  # fmt: skip

    def open_file() -> Iterator[Ticks]:
        for start in range(0, len(times), size):
            yield ticks.rows(start, min(start + size, len(times)))

    return Source(Path(name), kind, open_file)


@given(SERIES, st.integers(1, 9))
@settings(max_examples=100)
def test_the_stream_is_the_files_sorted(steps: list[list[int]], size: int) -> None:
    series = [np.cumsum([100 * (k == 2), *s]).tolist()[1:] for k, s in enumerate(steps)]
    names = "abcd"
    merge = Merge([source(names[k], s, names[k], size) for k, s in enumerate(series)])
    chunks = list(merge)
    found = joined(chunks)
    expected = sorted((t, ord(names[k]), i) for k, s in enumerate(series) for i, t in enumerate(s))
    rows = zip(*(found[n].tolist() for n in ("t_recv_ns", "order_id", "last_id")), strict=True)
    assert list(rows) == expected
    assert merge.ended == {Path(names[k]): s[-1] for k, s in enumerate(series)}


def test_a_file_is_open_only_while_it_is_needed() -> None:
    order: list[str] = []
    sources = []
    for k, name in enumerate("abc"):
        one = source(name, [10 * k, 10 * k + 5], "trades", 1)
        plain = one.open

        def noted(name: str = name, plain: object = plain) -> Iterator[Ticks]:
            order.append(name)
            yield from plain()  # type: ignore[operator]
            order.append(f"{name} ends")

        one.open = noted
        sources.append(one)
    assert len(joined(list(Merge(sources)))) == 6
    begun = order[3:]
    assert begun == ["a", "a ends", "b", "b ends", "c", "c ends"]


def test_two_files_of_one_kind_must_not_overlap() -> None:
    first, second = (source(n, t, "trades", 2) for n, t in (("a", [1, 5, 9]), ("b", [8, 12])))
    with pytest.raises(DataError, match="b: overlaps a: both hold trades"):
        list(Merge([first, second]))
    other = source("b", [8, 12], "quotes", 2)
    assert len(joined(list(Merge([source("a", [1, 5, 9], "trades", 2), other])))) == 5


def test_a_file_without_events_is_told() -> None:
    merge = Merge([source("a", [1], "trades", 1), source("b", [], "trades", 1)])
    assert len(joined(list(merge))) == 1
    assert merge.empty == [Path("b")]
