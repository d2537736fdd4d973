"""Other file systems than a folder: the same store, whole files or none."""

from pathlib import Path

import pytest

pytest.importorskip("pyarrow", reason="extra `store` is not installed")

from pyarrow import fs
from store_rows import META, START_NS, SYMBOL, VENUE, days, put, same, trades

from tickpath.core.errors import CapacityError, ConfigError
from tickpath.core.ticks import chunks
from tickpath.storage import Store, open_store
from tickpath.storage.columns import ticks_of_table
from tickpath.storage.place import RemotePlace


def remote(kind: str, path: Path) -> Store:
    if kind == "mock":
        return open_store("mock://bucket/ticks")
    if kind == "subtree":
        made = fs.SubTreeFileSystem(str(path), fs.LocalFileSystem())
        return open_store("deep/ticks", filesystem=made)
    return open_store(f"file://{path}/ticks")


@pytest.mark.parametrize("kind", ["mock", "subtree", "file"])
def test_a_store_elsewhere_does_the_same(tmp_path: Path, kind: str) -> None:
    store, rows = remote(kind, tmp_path), days(3)
    if kind == "mock":
        inner = store.place.filesystem  # type: ignore[attr-defined]
        store = Store(RemotePlace(inner, "bucket/ticks", "mock://bucket/ticks"))
    assert put(store, chunks(rows, 30)).parts == 3
    assert put(store, rows).known_rows == 300
    assert put(store, trades(7, START_NS + 10**9)).rows == 7
    assert same(ticks_of_table(store.read(VENUE, SYMBOL, START_NS + 10**10)), rows.rows(100, 300))
    assert store.sql("SELECT date, symbol, count(*) AS n FROM ticks GROUP BY ALL ORDER BY 1")[
        "n"
    ].to_pylist() == [107, 100, 100]
    assert store.meta(VENUE, SYMBOL) == META
    assert store.compact().parts_after == 3
    assert store.verify().faults == []
    assert len(store.retain(days=0, now_ns=START_NS + 2 * 86_400 * 10**9)) == 2
    assert [p.partition.date for p in store.partitions()] == ["2024-08-10"]


def test_an_upload_that_fails_leaves_no_part(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = remote("subtree", tmp_path)

    def broken(temporary: str, path: str) -> None:
        raise OSError("connection reset")

    monkeypatch.setattr(store.place, "publish", broken)
    with pytest.raises(CapacityError, match="connection reset"):
        put(store, trades(10))
    assert store.partitions() == []
    assert store.place.files() == []


def test_uris_that_lead_nowhere_are_refused() -> None:
    with pytest.raises(ConfigError, match="nosuch://bucket"):
        open_store("nosuch://bucket/ticks")
