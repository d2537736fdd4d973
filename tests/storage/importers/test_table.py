"""CSV lines to integers: the fast reading, the slow one, and rows by their number."""

from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tickpath.core.errors import DataError, GridError
from tickpath.storage.importers import table
from tickpath.storage.importers.exact import ABSENT, OFF_GRID, NotExactError
from tickpath.storage.importers.sources import Block
from tickpath.storage.importers.table import Layout, columns_of, counts, identity, integer, word

FIELDS = [
    integer("id"),
    counts("price", Decimal("0.25"), 1),
    counts("size", Decimal("0.001"), optional=True),
    word("side", {"buy": 0, "sell": 1}),
]
LAYOUT = Layout(["id", "price", "size", "side"], FIELDS, False)
FILE = Path("f.csv")

LINE = st.builds(
    "{},{},{},{}".format,
    st.integers(0, 10**12),
    st.integers(1, 10**6).map(lambda n: str(Decimal(n) * Decimal("0.25"))),
    st.one_of(st.just(""), st.integers(0, 10**6).map(lambda n: str(Decimal(n) / 1000))),
    st.sampled_from(["buy", "sell"]),
)
BAD = st.sampled_from(
    ["", "x,1,1,buy", "1,0.3,1,buy", "1,1,1,hold", "1,1,1", "1,-1,1,buy", "1,1,-1,buy"]
)


def as_block(lines: list[str]) -> Block:
    return Block(2, "\n".join(lines).encode())


@given(st.lists(LINE, min_size=1, max_size=20))
@settings(max_examples=60)
def test_both_readings_agree(lines: list[str]) -> None:
    block = as_block(lines)
    fast = table._read_fast(block, LAYOUT)
    slow, fault = table._read_slow(FILE, block, LAYOUT)
    assert fault is None
    assert {k: v.tolist() for k, v in fast.items()} == {k: v.tolist() for k, v in slow.items()}


@given(st.lists(st.one_of(LINE, BAD), min_size=1, max_size=20))
@settings(max_examples=60)
def test_the_fast_reading_refuses_what_the_slow_one_names(lines: list[str]) -> None:
    block = as_block(lines)
    found, fault = table.read_block(FILE, block, LAYOUT)
    slow, named = table._read_slow(FILE, block, LAYOUT)
    assert str(fault) == str(named)
    assert found["row"].tolist() == slow["row"].tolist()
    if fault is not None:
        with pytest.raises(NotExactError):
            table._read_fast(block, LAYOUT)


def test_a_fault_names_the_row_after_the_rows_before_it(tmp_path: Path) -> None:
    path = tmp_path / "f.csv"
    path.write_text("id,price,size,side\n1,1,1,buy\n\n2,1.25,,sell\n3,1.3,1,buy\n4,1,1,buy\n")
    source = columns_of(path, Layout(LAYOUT.names, FIELDS, True))
    found = next(source)
    assert (found["id"].tolist(), found["row"].tolist()) == ([1, 2], [2, 4])
    assert (found["price"].tolist(), found["size"].tolist()) == ([4, 5], [1000, ABSENT])
    with pytest.raises(GridError, match=r"f\.csv: row 5: price 1\.3 is no multiple .* 0\.25"):
        next(source)


@pytest.mark.usefixtures("small_blocks")
def test_rows_keep_their_number_over_blocks(tmp_path: Path) -> None:
    path = tmp_path / "f.csv"
    path.write_text("".join(f"{k},{k}.25,1,buy\n" for k in range(1, 200)))
    found = list(columns_of(path, LAYOUT))
    assert len(found) > 5
    assert [r for c in found for r in c["row"]] == list(range(1, 200))
    assert [p for c in found for p in c["price"]] == [4 * k + 1 for k in range(1, 200)]


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("1,1,1,bye", r"side is 'bye' \(did you mean buy\?\): must be buy, sell"),
        ("1.0,1,1,buy", "id is '1.0': must be an integer"),
        ("99999999999999999999,1,1,buy", "out of range"),
        ("1,1,1,buy,1", "5 fields where 4 are expected"),
        ('1,1,1,"buy', "no CSV text"),
        ("1,0,1,buy", "must be 1 or more"),
        ("1,1e30,1,buy", "out of range"),
    ],
)
def test_what_is_wrong_is_said(tmp_path: Path, line: str, said: str) -> None:
    path = tmp_path / "f.csv"
    path.write_text(f"1,1,1,buy\n{line}\n")
    with pytest.raises((DataError, GridError), match=f"row 2: .*{said}"):
        list(columns_of(path, LAYOUT))


def test_loose_fields_mark_what_is_off_the_grid() -> None:
    layout = Layout(["p"], [counts("p", Decimal("0.1"), 1, loose=True)], False)
    found, fault = table.read_block(FILE, Block(1, b"1.1\n1.15\n1.2\n"), layout)
    assert fault is None
    assert found["p"].tolist() == [11, OFF_GRID, 12]


def test_ids_count_only_where_they_are_numbers() -> None:
    layout = Layout(["i"], [identity("i")], False)
    block = Block(1, b"12\nab-1\n1234567890123456789\n007\n")
    assert table._read_fast(block, layout)["i"].tolist() == [12, 0, 0, 7]
    assert table._read_slow(FILE, block, layout)[0]["i"].tolist() == [12, 0, 0, 7]
