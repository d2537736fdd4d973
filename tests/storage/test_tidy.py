"""Compaction, retention, verification: the same rows whatever is merged or killed in between."""

import os
import shutil
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

pytest.importorskip("pyarrow", reason="extra `store` is not installed")

from store_rows import (
    DAY,
    START_NS,
    SYMBOL,
    VENUE,
    changed,
    days,
    files,
    put,
    same,
    store_at,
    trades,
)

from tickpath.core.errors import CapacityError, ConfigError, DataError
from tickpath.core.ticks import Ticks
from tickpath.storage import Store
from tickpath.storage.columns import ticks_of_table
from tickpath.storage.layout import NS_PER_DAY, Part, Partition, parse, visible
from tickpath.storage.tidy import merge_groups


def pieces(store: Store, count: int, rows: int = 50) -> Ticks:
    """So many parts of one day; returns all rows."""
    whole = trades(count * rows)
    for k in range(count):
        put(store, whole.rows(k * rows, (k + 1) * rows))
    return whole


def held(store: Store) -> Ticks:
    return ticks_of_table(store.read(VENUE, SYMBOL))


def test_small_parts_become_one(tmp_path: Path) -> None:
    store = store_at(tmp_path)
    rows = pieces(store, 5)
    done = store.compact()
    assert (done.parts_before, done.parts_after, done.rows) == (5, 1, 250)
    assert same(held(store), rows)
    assert store.compact().rows == 0
    assert put(store, rows).known_rows == 250
    assert put(store, trades(9, START_NS + 10**9)).rows == 9
    assert store.compact().parts_after == 1
    assert held(store)["last_id"].size == 259


def test_parts_grow_to_a_size_and_no_further(tmp_path: Path) -> None:
    store = store_at(tmp_path)
    rows = pieces(store, 7)
    assert store.compact(rows_max=120).parts_after == 4
    assert same(held(store), rows)


def test_a_kill_at_any_step_of_a_merge_doubles_nothing(tmp_path: Path) -> None:
    """Whatever of the old parts is left beside the new one, the rows are the same."""
    store = store_at(tmp_path)
    rows = pieces(store, 4)
    (old := tmp_path / "old").mkdir()
    shutil.copytree(tmp_path / "store", old, dirs_exist_ok=True)
    store.compact()
    names = [n for n in files(tmp_path) if n.startswith("venue=")]
    for path in sorted(old.rglob("part-*.parquet")):
        shutil.copy(path, (tmp_path / "store" / names[0]).parent)
        assert same(held(store), rows)
        assert store.sql("SELECT count(*) n FROM ticks").to_pylist() == [{"n": 200}]
        assert put(store, rows).known_rows == 200
    found = store.verify()
    assert (found.faults, found.rows, len(found.notes)) == ([], 200, 4)
    assert store.compact().parts_after == 1
    assert files(tmp_path) == names


def test_what_a_killed_writer_left_is_seen_by_nobody_and_removed(tmp_path: Path) -> None:
    store = store_at(tmp_path)
    pieces(store, 1)
    left = tmp_path / "store/_tmp/1-a.parquet"
    left.write_bytes(b"PAR1 and no end")
    assert held(store)["last_id"].size == 50
    assert store.compact().left_removed == 0
    os.utime(left, (1, 1))
    assert "left by a writer" in store.verify().notes[0]
    assert store.compact().left_removed == 1
    assert not left.exists()


def test_a_full_disk_and_damage_leave_a_day_as_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = store_at(tmp_path)
    rows = pieces(store, 3)

    def full(path: str) -> object:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(store.place, "sink", full)
    with pytest.raises(CapacityError, match=r"No space left .* was merged: nothing of it"):
        store.compact()
    monkeypatch.undo()
    assert same(held(store), rows)
    before = files(tmp_path)
    path = tmp_path / "store" / next(n for n in before if n.startswith("venue="))
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(DataError, match="damaged or truncated"):
        store.compact()
    assert files(tmp_path) == before


@settings(max_examples=50)
@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 4), st.integers(1, 60)), max_size=12))
def test_groups_are_neighbours_and_never_cut_a_shared_time(
    spans: list[tuple[int, int, int]],
) -> None:
    partition, at, parts = Partition(VENUE, SYMBOL, DAY), 0, []
    for k, (gap, length, rows) in enumerate(spans):
        parts.append(Part(partition, at + gap, at + gap + length, k, rows, 0))
        at += gap + length
    parts, _ = visible(parts)
    groups = merge_groups(parts, 100)
    flat = [p for g in groups for p in g]
    assert flat == [p for p in parts if p in flat]
    ends = {id(g[-1]) for g in groups}
    for left, right in pairwise(parts):
        if left.last_ns == right.first_ns and (left in flat or right in flat):
            assert id(left) not in ends
    for part in parts:
        assert parse(part.path, 7) == Part(**{
            f: getattr(part, f) for f in ("partition", "first_ns", "last_ns", "number", "rows",
                                          "generation")}, size=7)  # fmt: skip


@given(*[st.tuples(st.integers(0, 6), st.integers(0, 6)).map(sorted) for _ in range(2)])
def test_parts_that_do_not_overlap_never_hide_one_another(old: list[int], new: list[int]) -> None:
    partition = Partition(VENUE, SYMBOL, DAY)
    part, merged = Part(partition, *old, 1, 1, 0), Part(partition, *new, 2, 1, 1)
    if not part.overlaps(*new):
        assert not merged.hides(part)
        assert not merged.overlaps(*old)
        assert old[1] <= new[0] or new[1] <= old[0]
    elif old[0] != old[1] and new[0] != new[1]:
        assert max(old[0], new[0]) < min(old[1], new[1])


def test_retention_by_age_and_size(tmp_path: Path) -> None:
    store = store_at(tmp_path)
    put(store, days(5))
    put(store, days(2), symbol="ETHUSDT")
    now = START_NS + 5 * NS_PER_DAY + 7
    dry = store.retain(days=3, dry_run=True, now_ns=now)
    assert [str(x.partition) for x in dry] == [
        "binance-spot BTCUSDT 2024-08-08",
        "binance-spot BTCUSDT 2024-08-09",
        "binance-spot ETHUSDT 2024-08-08",
        "binance-spot ETHUSDT 2024-08-09",
    ]
    assert len(store.partitions()) == 7
    assert store.retain(days=3, now_ns=now) == dry
    sizes = [p.bytes for p in store.partitions()]
    assert [p.partition.date for p in store.partitions()] == [
        "2024-08-10", "2024-08-11", "2024-08-12",
    ]  # fmt: skip
    gone = store.retain(bytes_max=sizes[1] + sizes[2], now_ns=now)
    assert [x.partition.date for x in gone] == ["2024-08-10"]
    assert store.retain(days=30, bytes_max=2**40, now_ns=now) == []
    with pytest.raises(ConfigError, match="days is -1"):
        store.retain(days=-1)
    assert store.remove(VENUE, SYMBOL, "2024-08-11") == 1
    assert not list((tmp_path / "store").rglob("date=2024-08-11"))


def test_verify_names_what_is_wrong(tmp_path: Path) -> None:
    store = store_at(tmp_path)
    pieces(store, 3)
    assert store.verify().faults == []
    folder = tmp_path / "store" / Partition(VENUE, SYMBOL, DAY).folder
    names = sorted(p.name for p in folder.iterdir())
    (folder / "notes.txt").write_text("mine")
    lying = names[0].replace("-50-g0", "-51-g0")
    (folder / names[0]).rename(folder / lying)
    other = store_at(tmp_path / "b")
    put(other, changed(trades(50, START_NS + 60_000), side=np.zeros(50, "u1")))
    (part,) = (tmp_path / "b").rglob("part-*")
    shutil.copy(part, folder)
    faults = store.verify().faults
    assert [f for f in faults if "notes.txt: no part of this store" in f]
    assert [f for f in faults if lying in f and "its name says 51" in f]
    assert [f for f in faults if part.name in f and "overlap" in f]
    assert len(faults) >= 3
