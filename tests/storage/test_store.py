"""Writing and reading back: order, days, ranges, copies, what is refused and what then stays."""

from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from pathlib import Path
from threading import Barrier

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

pytest.importorskip("pyarrow", reason="extra `store` is not installed")

import pyarrow as pa
from store_rows import (
    DAY,
    META,
    START_NS,
    SYMBOL,
    VENUE,
    changed,
    days,
    depths,
    files,
    put,
    same,
    store_at,
    trades,
)

from tickpath.core.errors import CapacityError, ConfigError, DataError, MetadataError
from tickpath.core.records import EventKind
from tickpath.core.ticks import TICK_COLUMNS, OrderRow, Ticks, chunks, joined, ticks_of
from tickpath.storage import InstrumentMeta, columns, open_store, write
from tickpath.storage.columns import numpy_of, table_of, ticks_of_table
from tickpath.storage.layout import NS_PER_DAY


def test_what_was_written_comes_back(tmp_path: Path) -> None:
    store, rows = store_at(tmp_path), joined([depths(100), trades(50, START_NS + NS_PER_DAY)])
    done = put(store, rows)
    assert (done.rows, done.parts, done.days) == (350, 2, [DAY, "2024-08-09"])
    table = store.read(VENUE, SYMBOL)
    assert table.schema.equals(columns.schema())
    assert same(ticks_of_table(table), rows)
    assert store.read(VENUE, SYMBOL, columns=["side", "t_recv_ns"]).column_names == [
        "side",
        "t_recv_ns",
    ]
    assert [(p.rows, p.parts) for p in store.partitions()] == [(300, 1), (50, 1)]
    assert store.meta(VENUE, SYMBOL) == META


@settings(max_examples=15)
@given(
    st.lists(st.integers(1, 40), min_size=1, max_size=6),
    st.integers(1, 30),
    st.integers(-5, 260),
    st.integers(0, 260),
)
def test_ranges_and_chunks_are_those_of_the_rows(
    tmp_path_factory: pytest.TempPathFactory, sizes: list[int], rows: int, low: int, length: int
) -> None:
    """However the rows came in, a range holds exactly its rows and chunks hold whole events."""
    whole = depths(sum(sizes))
    store = store_at(tmp_path_factory.mktemp("s"))
    pieces, start = [], 0
    for size in sizes:
        pieces.append(whole.rows(3 * start, 3 * (start + size)))
        start += size
    put(store, pieces)
    first, stop = START_NS + low * 1000, START_NS + (low + length) * 1000
    t = whole["t_recv_ns"]
    inside = (t >= first) & (t < stop)
    table = store.read(VENUE, SYMBOL, first, stop)
    assert table.num_rows == inside.sum()
    assert np.array_equal(numpy_of(table.column("last_id")), whole["last_id"][inside])
    found = list(store.events(VENUE, SYMBOL, first, stop, rows=rows))
    assert same(joined(found), ticks_of_table(table))
    assert all(c.whole_rows() == len(c) and len(c) < rows + 3 for c in found)


def test_events_go_on_over_parts_and_groups(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(write, "PART_ROWS", 10)
    monkeypatch.setattr(write, "GROUP_ROWS", 4)
    store, rows = store_at(tmp_path), depths(40)
    assert put(store, chunks(rows, 7)).parts == 12
    found = list(store.events(VENUE, SYMBOL))
    assert all(c.whole_rows() == len(c) for c in found)
    assert same(joined(found), rows)
    assert same(ticks_of_table(store.read(VENUE, SYMBOL)), rows)


def test_the_same_rows_again_change_nothing(tmp_path: Path) -> None:
    store, rows = store_at(tmp_path), days(3)
    put(store, rows)
    before = files(tmp_path)
    again = put(store, chunks(rows, 33))
    assert (again.rows, again.known_rows, again.parts) == (0, 300, 0)
    assert files(tmp_path) == before


def test_other_rows_at_the_same_times_are_refused(tmp_path: Path) -> None:
    store, rows = store_at(tmp_path), days(2)
    put(store, rows.rows(0, 100))
    other = changed(rows, price_ticks=rows["price_ticks"] + 1)
    longer = joined([rows.rows(1, 100), trades(5, START_NS + 100, 1)])
    before = store.read(VENUE, SYMBOL)
    for bad in (other, other.rows(50, 60), other.rows(0, 1), other.rows(99, 100), longer):
        with pytest.raises(DataError, match=rf"a\.csv: .*{DAY} holds other rows"):
            put(store, bad, source="a.csv")
        assert store.read(VENUE, SYMBOL).equals(before)
    assert put(store, rows.rows(40, 60)).known_rows == 20
    after = trades(10, START_NS + 99, 1)
    assert put(store, changed(after, last_id=after["last_id"] + 1000)).rows == 10
    assert all("_tmp" not in name for name in files(tmp_path))


def test_a_stream_that_has_grown_is_stored_once(tmp_path: Path) -> None:
    """As a journal is written again and again while it grows."""
    store, rows = store_at(tmp_path), joined([trades(300), trades(40, START_NS + NS_PER_DAY)])
    put(store, rows.rows(0, 90))
    grown = put(store, chunks(rows.rows(0, 250), 40))
    assert (grown.rows, grown.known_rows, grown.parts) == (160, 90, 1)
    put(store, rows.rows(250, 280))
    grown = put(store, rows)
    assert (grown.rows, grown.known_rows, grown.parts) == (60, 280, 2)
    assert same(ticks_of_table(store.read(VENUE, SYMBOL)), rows)
    assert [p.parts for p in store.partitions()] == [1, 1]
    assert len(files(tmp_path)) == 2
    assert store.verify().faults == []


def test_a_file_that_failed_goes_on_where_it_was(tmp_path: Path) -> None:
    store, rows = store_at(tmp_path), days(4)
    broken = changed(rows, t_recv_ns=np.where(np.arange(400) == 250, 1, rows["t_recv_ns"]))
    with pytest.raises(DataError, match=r"day\.csv: row 250: t_recv_ns 1 is before .* 2024-08-09"):
        put(store, chunks(broken, 10), source="day.csv")
    assert [p.partition.date for p in store.partitions()] == [DAY, "2024-08-09"]
    done = put(store, chunks(rows, 10), source="day.csv")
    assert (done.rows, done.known_rows) == (200, 200)
    assert same(ticks_of_table(store.read(VENUE, SYMBOL)), rows)
    assert all("_tmp" not in name for name in files(tmp_path))


ROWS = trades(10)
BAD = {
    "t_recv_ns .* is before": {"t_recv_ns": ROWS["t_recv_ns"][::-1]},
    "kind 99 is unknown": {"kind": np.where(np.arange(10) == 4, 99, 4)},
    "side 3 is none": {"side": np.where(np.arange(10) == 4, 3, 0)},
    "price_ticks 0 is below": {"price_ticks": np.where(np.arange(10) == 4, 0, 5)},
    "quantity_lots 0 is below": {"quantity_lots": np.where(np.arange(10) == 4, 0, 5)},
    "trade with last_id 4 is there twice": {"last_id": [1, 2, 3, 4, 4, 6, 7, 8, 9, 10]},
    "no row with the flag LAST": {"flags": np.where(np.arange(10) == 9, 0, 1)},
}


@pytest.mark.parametrize("text", BAD)
def test_rows_that_cannot_be_are_refused_with_their_place(tmp_path: Path, text: str) -> None:
    store = store_at(tmp_path)
    row = {"t_recv": 1, "no row": 9}.get(text[:6], 4)
    with pytest.raises(DataError, match=rf"x\.gz: row {row}: .*{text}.*nothing of it was stored"):
        put(store, changed(ROWS, **BAD[text]), source="x.gz")
    assert files(tmp_path) == []


def test_an_event_that_is_there_twice_is_seen_over_chunks(tmp_path: Path) -> None:
    rows = depths(4)
    twice = [rows.rows(0, 6), changed(rows.rows(3, 6), t_recv_ns=rows["t_recv_ns"][6:9])]
    with pytest.raises(DataError, match="row 8: the depth with last_id 20 is there twice"):
        put(store_at(tmp_path), twice)
    clear = ticks_of(t_recv_ns=rows["t_recv_ns"][5:6], kind=int(OrderRow.CLEAR), side=2)
    anew = [rows.rows(0, 6), clear, changed(rows.rows(3, 6), t_recv_ns=rows["t_recv_ns"][6:9])]
    assert put(store_at(tmp_path / "anew"), anew).rows == 10
    no_ids = changed(rows, first_id=rows["first_id"] * 0, last_id=rows["last_id"] * 0)
    assert put(store_at(tmp_path), no_ids).rows == 12


def test_other_sizes_are_never_mixed(tmp_path: Path) -> None:
    store = store_at(tmp_path)
    put(store, days(1))
    finer = InstrumentMeta(tick_size=Decimal("0.001"), lot_size=META.lot_size)
    with pytest.raises(DataError, match=r"tick_size 0\.001 and 0\.01"):
        store.write(VENUE, SYMBOL, trades(5, START_NS + 10**9), instrument=finer)
    store.write(VENUE, SYMBOL, trades(5, START_NS + NS_PER_DAY), instrument=finer)
    with pytest.raises(DataError, match=f"sizes of {DAY} and 2024-08-09 differ"):
        store.read(VENUE, SYMBOL)
    assert store.read(VENUE, SYMBOL, stop_ns=START_NS + NS_PER_DAY).num_rows == 100


def test_the_instruments_file_says_the_sizes(tmp_path: Path) -> None:
    store = store_at(tmp_path)
    store.write(VENUE, SYMBOL, trades(3))
    assert store.meta(VENUE, SYMBOL).tick_size == Decimal("0.01")
    with pytest.raises(MetadataError):
        store.write(VENUE, "NOSUCHUSDT", trades(3))
    with pytest.raises(ConfigError, match="give the instrument itself"):
        store.write("somewhere", SYMBOL, trades(3))


def test_missing_days_are_named_when_asked(tmp_path: Path) -> None:
    store, rows = store_at(tmp_path), days(4)
    put(store, joined([rows.rows(0, 100), rows.rows(300, 400)]))
    assert store.read(VENUE, SYMBOL).num_rows == 200
    with pytest.raises(DataError, match="no rows of 2024-08-09, 2024-08-10:"):
        store.read(VENUE, SYMBOL, strict=True)
    with pytest.raises(DataError, match="no rows of 2024-08-07:"):
        store.read(VENUE, SYMBOL, START_NS - 1, START_NS + 50, strict=True)
    with pytest.raises(DataError, match="no rows of binance-spot ETHUSDT"):
        store.read(VENUE, "ETHUSDT")


def test_no_copy_on_the_way_in_and_out(tmp_path: Path) -> None:
    polars, pandas = pytest.importorskip("polars"), pytest.importorskip("pandas")
    store, rows = store_at(tmp_path), trades(1000)
    given = rows["price_ticks"]
    address = table_of(rows).column("price_ticks").chunk(0).buffers()[1].address
    assert address == given.__array_interface__["data"][0]
    put(store, rows)
    table = store.read(VENUE, SYMBOL)
    chunk = table.column("price_ticks").chunk(0)
    assert numpy_of(table.column("price_ticks")).__array_interface__["data"][0] == (
        chunk.buffers()[1].address
    )
    ticks = ticks_of_table(table)
    assert ticks["price_ticks"].__array_interface__["data"][0] == chunk.buffers()[1].address
    frame = polars.from_arrow(table, rechunk=False)
    view = frame["price_ticks"].to_numpy(allow_copy=False)
    assert view.__array_interface__["data"][0] == chunk.buffers()[1].address
    held = table.to_pandas(types_mapper=pandas.ArrowDtype)["price_ticks"].array
    assert pa.chunked_array(held.__arrow_array__()).chunk(0).buffers()[1].address == (
        chunk.buffers()[1].address
    )
    assert store.polars(VENUE, SYMBOL, columns=["side"]).shape == (1000, 1)
    assert list(store.pandas(VENUE, SYMBOL, columns=["side"])["side"]) == list(rows["side"])


class Full:
    """A file on a disk that has room for so many bytes."""

    def __init__(self, file: object, room: int) -> None:
        self._file, self._room, self.closed = file, room, False

    def write(self, data: bytes) -> int:
        self._room -= len(data)
        if self._room < 0:
            raise OSError(28, "No space left on device")
        return self._file.write(data)  # type: ignore[attr-defined, no-any-return]

    def __getattr__(self, name: str) -> object:
        return getattr(self._file, name)


def test_a_full_disk_keeps_the_days_before(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store, rows = store_at(tmp_path), days(3, 2000)
    real, made = store.place.sink, []

    def sink(path: str) -> object:
        made.append(path)
        return real(path) if len(made) < 3 else pa.PythonFile(Full(real(path), 100), mode="w")

    monkeypatch.setattr(store.place, "sink", sink)
    with pytest.raises(CapacityError, match=r"No space left.*2024-08-08 to 2024-08-09, 4000 rows"):
        put(store, rows)
    monkeypatch.undo()
    assert all("_tmp" not in name for name in files(tmp_path))
    assert put(store, rows).known_rows == 4000
    assert same(ticks_of_table(store.read(VENUE, SYMBOL)), rows)


def test_damaged_files_are_named(tmp_path: Path) -> None:
    store = store_at(tmp_path)
    put(store, trades(5000))
    (path,) = (tmp_path / "store").rglob("part-*.parquet")
    whole = path.read_bytes()
    path.write_bytes(whole[:-100])
    with pytest.raises(DataError, match=rf"{path.name}: damaged or truncated"):
        store.read(VENUE, SYMBOL)
    path.write_bytes(b"")
    with pytest.raises(DataError, match="damaged or truncated"):
        store.read(VENUE, SYMBOL)
    flipped = bytearray(whole)
    flipped[2000] ^= 0xFF
    path.write_bytes(bytes(flipped))
    assert any("damaged" in fault for fault in store.verify().faults)
    pq = pytest.importorskip("pyarrow.parquet")
    table = table_of(trades(5000)).set_column(0, "t_recv_ns", [pa.array(range(5000), pa.int32())])
    pq.write_table(table.drop_columns(["side"]), path)
    with pytest.raises(DataError, match=r"t_recv_ns is int32, not int64; side is missing"):
        store.read(VENUE, SYMBOL)
    pq.write_table(table_of(trades(5000)), path)
    with pytest.raises(DataError, match="no part of a tick store"):
        store.read(VENUE, SYMBOL)


def test_nothing_and_mistakes(tmp_path: Path) -> None:
    store = store_at(tmp_path)
    assert put(store, []).rows == put(store, ticks_of()).rows == 0
    assert store.partitions() == []
    put(store, trades(3))
    with pytest.raises(ConfigError, match="columns price: choose of"):
        store.read(VENUE, SYMBOL, columns=["price"])
    with pytest.raises(ConfigError, match="after its end"):
        store.read(VENUE, SYMBOL, 5, 4)
    with pytest.raises(ConfigError, match="symbol 'a b'"):
        put(store, trades(3), symbol="a b")
    assert store.read(VENUE, SYMBOL, 5, 5).num_rows == 0
    (tmp_path / "file").write_text("")
    with pytest.raises(ConfigError, match="is a file"):
        open_store(tmp_path / "file")


def test_symbols_with_a_slash_have_a_folder_of_one_name(tmp_path: Path) -> None:
    store = store_at(tmp_path)
    put(store, trades(3), symbol="BTC/USD")
    assert files(tmp_path)[0].startswith(
        "venue=binance-spot/symbol=BTC%2FUSD/date=2024-08-08/part-"
    )
    assert store.read(VENUE, "BTC/USD").num_rows == 3
    assert [p.partition.symbol for p in store.partitions()] == ["BTC/USD"]


def test_columns_that_say_nothing_cost_nothing(tmp_path: Path) -> None:
    store, count = store_at(tmp_path), 100_000
    done = put(store, ticks_of(t_recv_ns=START_NS + np.arange(count), kind=int(EventKind.TRADE),
                               price_ticks=[5], quantity_lots=[1]))  # fmt: skip
    (part,) = store.partitions()
    assert done.bytes == part.bytes
    assert part.bytes / count < 0.1
    assert isinstance(next(store.events(VENUE, SYMBOL)), Ticks)
    assert set(TICK_COLUMNS) == set(store.read(VENUE, SYMBOL).column_names)


def test_other_programs_read_the_files(tmp_path: Path) -> None:
    """Hive partitions as polars and DuckDB know them, with nothing of ours."""
    duckdb, polars = pytest.importorskip("duckdb"), pytest.importorskip("polars")
    store = store_at(tmp_path)
    put(store, days(2))
    put(store, trades(5), symbol="BTC/USD")
    put(store, trades(5), symbol="1INCHUSDT")
    pattern = str(tmp_path / "store/venue=*/symbol=*/date=*/part-*.parquet")
    frame = polars.scan_parquet(pattern, hive_partitioning=True).collect()
    assert (frame.height, sorted(set(frame["venue"]))) == (210, [VENUE])
    found = duckdb.sql(
        f"SELECT symbol, count(*) FROM read_parquet('{pattern}', hive_partitioning = true) "
        "GROUP BY ALL ORDER BY ALL"
    ).fetchall()
    assert found == [("1INCHUSDT", 5), ("BTC/USD", 5), (SYMBOL, 200)]


def test_two_writers_of_the_same_rows_store_them_once(tmp_path: Path) -> None:
    rows, start = days(3, 500), Barrier(3)

    def work(_: int) -> int:
        store = store_at(tmp_path)
        start.wait()
        return int(put(store, chunks(rows, 100)).rows)

    with ThreadPoolExecutor(3) as pool:
        stored = list(pool.map(work, range(3)))
    assert sum(stored) == len(rows)
    assert same(ticks_of_table(store_at(tmp_path).read(VENUE, SYMBOL)), rows)
