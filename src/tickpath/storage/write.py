"""Writing: a stream of `Ticks` of one symbol becomes parts, a day after the other.

A day's parts are written below `_tmp/` and published together when the day is whole, so that what
fails leaves whole days and nothing else; writing the same stream again goes on from there, because
a part whose rows are in the store already is left out, and one that begins with them and goes on
(a journal that has grown) takes their place. Rows of other content at times that the store holds
are refused: nothing is ever there twice, and nothing is merged by guess. A part never
spans midnight (UTC) and holds at most `PART_ROWS`.

Memory: two row groups and two chunks, whatever the size of the stream. A chunk's arrays are not
copied: they must not change before the write returns.
"""

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Self

import numpy as np

from tickpath.core.errors import CapacityError, DataError
from tickpath.core.ticks import Ticks
from tickpath.storage.check import RowCheck
from tickpath.storage.columns import GROUP_ROWS, schema, table_of, writer_options
from tickpath.storage.extras import need
from tickpath.storage.layout import (
    NS_PER_DAY,
    Part,
    Partition,
    date_of,
    parse,
    visible,
)
from tickpath.storage.metadata import InstrumentMeta
from tickpath.storage.place import Place, temporary_name
from tickpath.storage.read import Found, compare_rows, stored_meta

PART_ROWS = 1 << 24
"""Most rows of a part."""


@dataclass(kw_only=True, slots=True)
class Written:
    """What a write did: new rows and parts, rows that the store had already, and the days."""

    rows: int = 0
    parts: int = 0
    bytes: int = 0
    known_rows: int = 0
    days: list[str] = field(default_factory=list)

    def add(self, other: "Written") -> None:
        """Count another write too."""
        self.rows += other.rows
        self.parts += other.parts
        self.bytes += other.bytes
        self.known_rows += other.known_rows
        self.days += [day for day in other.days if day not in self.days]


class PartFile:
    """One file below `_tmp/` that rows are added to. A thread encodes while the caller makes the
    next rows; at most one write waits, so that a slow disk holds the caller."""

    def __init__(self, place: Place, meta: InstrumentMeta) -> None:
        self.place, self.meta = place, meta
        self.path = temporary_name()
        self.rows = 0
        self.bytes = 0
        self.first_ns = self.last_ns = 0
        self._held: list[Any] = []
        self._held_rows = 0
        self._file = place.sink(self.path)
        self._writer = need("pyarrow.parquet").ParquetWriter(
            self._file, schema(), **writer_options()
        )
        self._writer.add_key_value_metadata(meta.file_metadata())
        self._thread = ThreadPoolExecutor(1)
        self._busy: Future[None] | None = None

    def add(self, table: Any, first_ns: int, last_ns: int) -> None:
        """Rows in order, whose memory nobody changes before `finish`; whole row groups go to the
        file. Raises OSError, also of a write before."""
        self.first_ns = first_ns if self.rows == 0 else self.first_ns
        self.last_ns = last_ns
        self.rows += table.num_rows
        self._held.append(table)
        self._held_rows += table.num_rows
        if self._held_rows >= GROUP_ROWS:
            self._write(self._held_rows - self._held_rows % GROUP_ROWS)

    def finish(self) -> None:
        """The rest, and the end of the file."""
        if self._held_rows:
            self._write(self._held_rows)
        self._wait()
        self._thread.shutdown()
        self._writer.close()
        self.bytes = int(self._file.tell())
        self._file.close()

    def drop(self) -> None:
        """Leave nothing behind."""
        self._thread.shutdown()
        with suppress(Exception):
            self._writer.close()
        with suppress(Exception):
            self._file.close()
        self.place.remove(self.path)

    def _write(self, rows: int) -> None:
        held = self._held[0] if len(self._held) == 1 else need("pyarrow").concat_tables(self._held)
        self._wait()
        self._busy = self._thread.submit(self._encode, held.slice(0, rows))
        self._held_rows -= rows
        self._held = [held.slice(rows)] if self._held_rows else []

    def _encode(self, table: Any) -> None:
        self._writer.write_table(table, row_group_size=GROUP_ROWS)

    def _wait(self) -> None:
        busy, self._busy = self._busy, None
        if busy is not None:
            busy.result()


class DayWriter:
    """The parts of one day, published together."""

    def __init__(
        self, place: Place, partition: Partition, meta: InstrumentMeta, source: str
    ) -> None:
        self.place, self.partition, self.meta = place, partition, meta
        self.source = source
        self.files: list[PartFile] = []

    def add(self, ticks: Ticks) -> None:
        """Rows of the day."""
        table, t = table_of(ticks), ticks["t_recv_ns"]
        start = 0
        while start < len(ticks):
            if not self.files or self.files[-1].rows >= PART_ROWS:
                if self.files:
                    self.files[-1].finish()
                self.files.append(PartFile(self.place, self.meta))
            stop = min(len(ticks), start + PART_ROWS - self.files[-1].rows)
            self.files[-1].add(table.slice(start, stop - start), int(t[start]), int(t[stop - 1]))
            start = stop

    def publish(self) -> Written:
        """Compare with what is there, then move every part to its name."""
        done = Written(days=[self.partition.date])
        self.files[-1].finish()
        with self.place.lock(self.partition.folder):
            there, _ = visible(parts_of(self.place, self.partition))
            self._same_sizes(there)
            number = max((p.number for p in there), default=0)
            plans = [(file, self._replaced(file, there, done)) for file in self.files]
            for file, replaced in plans:
                if replaced is None:
                    continue
                number += 1
                generation = max((p.generation + 1 for p in replaced), default=0)
                part = Part(
                    self.partition, file.first_ns, file.last_ns, number, file.rows, generation
                )
                self.place.publish(file.path, part.path)
                for old in replaced:
                    self.place.remove(old.path)
                done.rows += file.rows - sum(p.rows for p in replaced)
                done.parts += 1
                done.bytes += file.bytes
        return done

    def drop(self) -> None:
        """Leave nothing of the day behind."""
        for file in self.files:
            file.drop()

    def _replaced(self, file: PartFile, there: list[Part], done: Written) -> list[Part] | None:
        """The parts whose rows a file begins with, which it takes the place of; None where all of
        its rows are stored already. Raises DataError where others are."""
        touched = [p for p in there if p.overlaps(file.first_ns, file.last_ns)]
        if not touched:
            return []
        found, equal = compare_rows(self.place, touched, file.path, file.first_ns, file.last_ns)
        if found is Found.SAME:
            done.known_rows += file.rows
            self.place.remove(file.path)
            return None
        inside = touched[0].first_ns >= file.first_ns
        if found is Found.LONGER and inside and equal == sum(p.rows for p in touched):
            done.known_rows += equal
            return touched
        where = f"{self.source}: " if self.source else ""
        raise DataError(
            f"{where}{self.partition} holds other rows from {touched[0].first_ns} to "
            f"{touched[-1].last_ns} already ({touched[0].path}): the new ones, from "
            f"{file.first_ns} to {file.last_ns}, are refused; remove the day first "
            f"(`tickpath store retain --remove {self.partition.date}`) to write it anew"
        )

    def _same_sizes(self, there: list[Part]) -> None:
        if not there:
            return
        differ = self.meta.differences(stored_meta(self.place, there[0]))
        if differ:
            raise DataError(
                f"{self.partition}: the store has other sizes of the instrument: {differ} "
                f"({there[0].path}): counts of different sizes are never mixed; correct the "
                "instruments file, or remove the day first"
            )


def parts_of(place: Place, partition: Partition) -> list[Part]:
    """Every part of a partition, hidden ones too."""
    found = (parse(path, size) for path, size in place.files(partition.folder))
    return [part for part in found if part is not None]


def by_day(ticks: Ticks) -> Iterator[tuple[str, Ticks]]:
    """Pieces of one day (UTC) each, without copying. The rows are in order."""
    t = ticks["t_recv_ns"]
    start = 0
    while start < len(ticks):
        day = int(t[start]) // NS_PER_DAY
        stop = int(np.searchsorted(t, (day + 1) * NS_PER_DAY, side="left"))
        yield date_of(int(t[start])), ticks.rows(start, stop)
        start = stop


class StreamWriter:
    """Writes one symbol chunk by chunk; see the module. Use `with`: its end publishes the last day,
    an exception leaves the days that were whole before.

    `add` and the end raise DataError naming source and row, CapacityError when the disk is full.
    `written` is what was published so far.
    """

    def __init__(
        self, place: Place, venue: str, symbol: str, meta: InstrumentMeta, source: str = ""
    ) -> None:
        self.place, self.venue, self.symbol, self.meta = place, venue, symbol, meta
        self.written = Written()
        self._check = RowCheck(source)
        self._day: DayWriter | None = None

    @property
    def rows(self) -> int:
        """Rows taken so far."""
        return self._check.rows

    def add(self, ticks: Ticks) -> None:
        """The next rows. Their memory must not change before the end."""
        with self._told():
            self._check.take(ticks)
            for date, piece in by_day(ticks):
                if self._day is not None and self._day.partition.date != date:
                    self._publish()
                if self._day is None:
                    partition = Partition(self.venue, self.symbol, date)
                    self._day = DayWriter(self.place, partition, self.meta, self._check.source)
                self._day.add(piece)

    def finish(self) -> Written:
        """The end: the last day is published."""
        with self._told():
            self._check.finish()
            self._publish()
        return self.written

    def drop(self) -> None:
        """Leave nothing of the day in hand."""
        if self._day is not None:
            self._day.drop()
            self._day = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        try:
            if error is None:
                self.finish()
        finally:
            self.drop()

    def _publish(self) -> None:
        if self._day is not None:
            self.written.add(self._day.publish())
            self._day = None

    @contextmanager
    def _told(self) -> Iterator[None]:
        """Say in every error what is kept."""
        try:
            yield
        except OSError as error:
            raise CapacityError(
                f"{self.place.uri}: {error.strerror or error} while {self.venue} {self.symbol} was "
                f"written; {self.kept()}; make room and write the same again"
            ) from error
        except DataError as error:
            raise DataError(f"{error}; {self.kept()}") from error

    def kept(self) -> str:
        """What a failed write leaves."""
        done = self.written
        if not done.days:
            return "nothing of it was stored"
        known = f" ({done.known_rows} were there)" if done.known_rows else ""
        return f"stored are the days {done.days[0]} to {done.days[-1]}, {done.rows} rows{known}"


def write_stream(
    writer: StreamWriter, stream: Iterable[Ticks], told: Callable[[int], None] | None = None
) -> Written:
    """Write a whole stream. `told` hears of the rows so far. An error of the stream itself says
    what was kept, too."""
    with writer:
        chunks = iter(stream)
        while True:
            try:
                chunk = next(chunks, None)
            except DataError as error:
                raise type(error)(f"{error}; {writer.kept()}") from error
            if chunk is None:
                break
            writer.add(chunk)
            if told is not None:
                told(writer.rows)
    return writer.written
