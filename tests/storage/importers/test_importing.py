"""Imports as a whole: once each, resumed after any interruption, refused with what is kept."""

import io
import shutil
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tickpath.core.errors import CapacityError, ConfigError, DataError
from tickpath.core.ticks import Ticks, empty_ticks, joined
from tickpath.storage.importers.importing import Imported, import_files

DAY_NS = 86_400 * 10**9


class KilledError(BaseException):
    """The process ends here."""


class MemoryPlace:
    """A store's files, in memory."""

    uri = "memory"

    def __init__(self) -> None:
        self.kept: dict[str, bytes] = {}
        self.full = False

    def files(self, folder: str = "") -> list[tuple[str, int]]:
        return [(p, len(d)) for p, d in self.kept.items() if p.startswith(folder)]

    @contextmanager
    def sink(self, path: str) -> Iterator[Any]:
        if self.full:
            raise OSError(28, "No space left on device")
        file = io.BytesIO()
        yield file
        self.kept[path] = file.getvalue()

    def source(self, path: str) -> Any:
        return io.BytesIO(self.kept[path])

    def remove(self, path: str) -> None:
        del self.kept[path]

    def publish(self, temporary: str, path: str) -> None:
        self.kept[path] = self.kept.pop(temporary)


class DayStore:
    """Keeps whole days, as the tick store does: a day is durable when the next one begins or the
    stream ends; a day that is there is left out; `stop_after` chunks the process dies."""

    def __init__(self) -> None:
        self.place = MemoryPlace()
        self.days: dict[int, Ticks] = {}
        self.stop_after = 10**9

    def write(
        self, venue: str, symbol: str, ticks: Iterable[Ticks], *, source: str = "",
        told: Callable[[int], None] | None = None,
    ) -> Any:  # fmt: skip
        hand: dict[int, list[Ticks]] = {}
        rows = 0
        for count, chunk in enumerate(ticks):
            if count >= self.stop_after:
                raise KilledError
            days = chunk["t_recv_ns"] // DAY_NS
            for day in np.unique(days).tolist():
                rows += self._publish(hand, day)
                a, b = np.searchsorted(days, [day, day + 1])
                hand.setdefault(day, []).append(chunk.rows(int(a), int(b)))
        rows += self._publish(hand, 10**9)
        return type("Written", (), {"rows": rows})()

    def _publish(self, hand: dict[int, list[Ticks]], before: int) -> int:
        rows = 0
        for day in [d for d in hand if d < before]:
            found = joined(hand.pop(day))
            if day in self.days and not equal(self.days[day], found):
                raise DataError(f"day {day} holds other rows already")
            if day not in self.days:
                self.days[day] = found
                rows += len(found)
        return rows

    @property
    def ticks(self) -> Ticks:
        return joined([self.days[d] for d in sorted(self.days)]) if self.days else empty_ticks()


def trades(folder: Path, day: int, count: int = 20, first: int | None = None) -> Path:
    """A dump of a day of August 2024, of so many trades."""
    start = 1722470400000 + (day - 1) * 86_400_000
    path = folder / f"BTCUSDT-trades-2024-08-{day:02}.csv"
    begin = day * 1000 if first is None else first
    path.write_text(
        "id,price,qty,quote_qty,time,is_buyer_maker\n"
        + "".join(
            f"{begin + k},55000.{k % 10},0.00{k % 9 + 1},1,{start + k},true\n" for k in range(count)
        )
    )
    return path


def equal(a: Ticks, b: Ticks) -> bool:
    return all(np.array_equal(a[n], b[n]) for n in a.columns)


def done(store: DayStore, paths: list[Path], job: Callable, **options: Any) -> Imported:
    return import_files(store, paths, job(), **options)


def test_files_are_imported_once_by_their_content(tmp_path: Path, job: Callable) -> None:
    store = DayStore()
    paths = [trades(tmp_path, d) for d in (2, 1, 4)]
    first = done(store, paths, job)
    assert (first.rows, first.new_rows, len(first.files)) == (60, 60, 3)
    assert first.days == ["2024-08-01", "2024-08-02", "2024-08-04"]
    assert first.missing_days == ["2024-08-03"]
    assert (np.diff(store.ticks["t_recv_ns"]) >= 0).all()
    renamed = tmp_path / "copy.csv"
    shutil.copy(paths[0], renamed)
    again = done(store, [*paths, renamed], job)
    assert (again.rows, len(again.known)) == (0, 3)
    assert any("the same content" in note for note in again.notes)
    forced = done(store, [*paths, renamed], job, again=True)
    assert (forced.rows, forced.new_rows, len(store.ticks)) == (60, 0, 60)
    assert any("the same content" in note for note in forced.notes)


def killed_then_resumed(paths: list[Path], job: Callable, stop: int) -> tuple[DayStore, Imported]:
    """A store after an import that was killed, and the same call again."""
    store = DayStore()
    store.stop_after = stop
    with suppress(KilledError):
        done(store, paths, job)
    store.stop_after = 10**9
    return store, done(store, paths, job)


@pytest.mark.parametrize("stop", range(7))
def test_an_interrupted_import_goes_on_without_doubling(
    tmp_path: Path, job: Callable, stop: int
) -> None:
    paths = [trades(tmp_path, d) for d in (1, 2, 3)]
    whole = DayStore()
    done(whole, paths, job)
    store, rest = killed_then_resumed(paths, job, stop)
    assert equal(store.ticks, whole.ticks)
    assert len(rest.known) == (0, 0, 1, 2, 3, 3, 3)[stop]


@pytest.mark.parametrize("stop", range(12))
def test_a_day_is_of_all_its_files_or_not_stored(tmp_path: Path, job: Callable, stop: int) -> None:
    """Files of one day and of several: what is left out after a kill never tears a day apart."""
    daily = [trades(tmp_path, d) for d in (1, 2, 3)]
    wide = tmp_path / "quotes.csv"
    head = "update_id,best_bid_price,best_bid_qty,best_ask_price,best_ask_qty,transaction_time"
    times = [1722470400005 + k * 86_400_000 // 4 for k in range(12)]
    lines = [f"{k + 1},55000.0,1,55000.1,1,{t},{t}" for k, t in enumerate(times)]
    wide.write_text("\n".join([f"{head},event_time", *lines, ""]))
    paths = [*daily, wide]
    whole = DayStore()
    done(whole, paths, job)
    store, _ = killed_then_resumed(paths, job, stop)
    assert equal(store.ticks, whole.ticks)


def test_a_fault_keeps_the_days_before_it(tmp_path: Path, job: Callable) -> None:
    paths = [trades(tmp_path, d) for d in (1, 2, 3)]
    text = paths[2].read_text()
    paths[2].write_text(text.replace("55000.7", "55000.77"))
    store = DayStore()
    with pytest.raises(DataError, match=r"08-03.csv: row 9: price 55000.77 is no multiple"):
        done(store, paths, job)
    assert len(store.days) == 2
    paths[2].write_text(text)
    rest = done(store, paths, job)
    assert (len(rest.known), len(store.days), len(store.ticks)) == (2, 3, 60)


def test_overlapping_files_are_refused(tmp_path: Path, job: Callable) -> None:
    one = trades(tmp_path, 1)
    other = tmp_path / "BTCUSDT-trades-2024-08.csv"
    other.write_text(one.read_text().replace("55000.3", "55000.4"))
    with pytest.raises(DataError, match=r"overlaps .*both hold binance trades"):
        done(DayStore(), [one, other], job)


def test_kinds_of_a_day_become_one_stream(corpus: Path, job: Callable) -> None:
    store = DayStore()
    names = ("BTCUSDT-trades-2024-08-08.csv", "BTCUSDT-bookTicker-2024-08-08.csv",
             "BTCUSDT_T_DEPTH_snap.csv", "BTCUSDT_T_DEPTH_update.csv")  # fmt: skip
    found = done(store, [corpus / n for n in names], job)
    assert found.formats[names[2]] == "binance-depth depth snap"
    assert found.rows == 5 + 5 + 4 + 5
    assert (np.diff(store.ticks["t_recv_ns"]) >= 0).all()
    assert len(set(store.ticks["kind"])) == 4


def test_a_full_disk_is_said(tmp_path: Path, job: Callable) -> None:
    store = DayStore()
    store.place.full = True
    with pytest.raises(CapacityError, match=r"No space left .* the same import again is safe"):
        done(store, [trades(tmp_path, 1)], job)
    store.place.full = False
    assert done(store, [trades(tmp_path, 1)], job).new_rows == 0
    assert len(store.ticks) == 20


def test_folders_and_empty_files_are_refused(tmp_path: Path, job: Callable, corpus: Path) -> None:
    with pytest.raises(ConfigError, match="a folder: name its files"):
        done(DayStore(), [tmp_path], job)
    empty = tmp_path / "e.csv"
    empty.write_text((corpus / "BTCUSDT-trades-2024-08-08.csv").read_text().splitlines()[0] + "\n")
    with pytest.raises(DataError, match=r"e\.csv: no events"):
        done(DayStore(), [empty], job)
