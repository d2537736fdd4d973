"""The thread that brings frames to the disk, and rows to the store behind them.

    writer = RawWriter(series, options, acks)
    writer.start()  ...  writer.add(k, t_ns, frame)  ...  writer.close()

Frames wait in a bounded queue; when it is full, `add` waits, so that the sockets do and nothing is
lost in between. A sync is a write and an fsync of every series with new frames; then, and only
then, they are acknowledged. Rows are published to the store after the frames they come from.
An error of the disk ends the writing: `error` says it, what was acknowledged stays. An error of the
store (`store_error`) ends the rows only: the frames go on, and the next start catches up.
"""

import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial

from tickpath.core.config import Instrument
from tickpath.core.errors import TickpathError
from tickpath.core.ticks import Ticks
from tickpath.storage.recorder.files import Ack, RawSeries
from tickpath.storage.store import Store
from tickpath.storage.write import StreamWriter

PENDING_BYTES_MAX = 64 << 20
NS_PER_S = 10**9


@dataclass(frozen=True, kw_only=True, slots=True)
class WriterOptions:
    """When frames are synced, files begin anew and rows are published."""

    zipped: bool = True
    sync_ns: int = NS_PER_S // 5
    rotate_bytes: int = 64 << 20
    rotate_ns: int = 3600 * NS_PER_S
    store_ns: int = 60 * NS_PER_S


@dataclass(frozen=True, slots=True)
class Book:
    """Where rows of an instrument go."""

    venue: str
    instrument: Instrument


class RawWriter:
    """See the module. `add`, `restart` and `rows` are called by one thread."""

    def __init__(
        self,
        series: Sequence[RawSeries],
        options: WriterOptions,
        acks: Callable[[Ack], None],
        store: Store | None = None,
        books: Sequence[Book] = (),
        pending_bytes_max: int = PENDING_BYTES_MAX,
    ) -> None:
        self.series = list(series)
        self.options = options
        self.error: Exception | None = None
        self.store_error: Exception | None = None
        self.rotated = 0
        self.syncs = 0
        self.rows_stored = 0
        self._acks = acks
        self._store, self._books = store, list(books)
        self._writers: dict[int, StreamWriter] = {}
        self._queue: deque[tuple[int, int, bytes | Ticks | None]] = deque()
        self._pending = 0
        self._pending_max = pending_bytes_max
        self._change = threading.Condition()
        self._closing = False
        self._thread = threading.Thread(target=self._run, name="raw-writer", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def add(self, series: int, t_ns: int, frame: bytes) -> None:
        """One frame of a series; waits while too much waits already."""
        with self._change:
            while self._pending > self._pending_max and self.error is None:
                self._change.notify_all()
                self._change.wait(0.1)
            self._queue.append((series, t_ns, frame))
            self._pending += len(frame)

    def restart(self, series: int) -> None:
        """The connection of a series begins anew."""
        with self._change:
            self._queue.append((series, 0, None))

    def rows(self, instrument: int, ticks: Ticks) -> None:
        """Rows of an instrument, behind the frames that they come from."""
        with self._change:
            self._queue.append((instrument, 0, ticks))

    def close(self) -> None:
        """Everything to the disk and the store; the thread ends."""
        with self._change:
            self._closing = True
            self._change.notify_all()
        self._thread.join()

    # -- the thread -------------------------------------------------------------------------------

    def _run(self) -> None:
        try:
            self._loop()
        except (OSError, TickpathError) as error:
            for series in self.series:
                series.abandon()
            for writer in self._writers.values():
                writer.drop()
            with self._change:
                self.error = error
                self._change.notify_all()

    def _loop(self) -> None:
        published_ns = time.monotonic_ns()
        while True:
            with self._change:
                if not self._closing:
                    self._change.wait(self.options.sync_ns / NS_PER_S)
                closing = self._closing
            now_ns = time.monotonic_ns()
            self._sync(now_ns)
            due = now_ns - published_ns >= self.options.store_ns
            if due or closing:
                self._publish()
                published_ns = now_ns
            for series in self.series:
                old = now_ns - series.opened_ns >= self.options.rotate_ns
                if (closing or old or series.size >= self.options.rotate_bytes) and (
                    series.rotate() is not None
                ):
                    self.rotated += 1
            if closing:
                return

    def _sync(self, now_ns: int) -> None:
        """What waits, to the disk; then it is acknowledged and its rows go on."""
        with self._change:
            waiting, self._queue = self._queue, deque()
            self._pending = 0
            self._change.notify_all()
        rows: list[tuple[int, Ticks]] = []
        for index, t_ns, what in waiting:
            if isinstance(what, Ticks):
                rows.append((index, what))
            elif what is None:
                self.series[index].restart()
            else:
                self.series[index].add(t_ns, what)
        for series in self.series:
            if series.dirty:
                self._acks(series.sync(now_ns))
                self.syncs += 1
        for index, ticks in rows:
            if self.store_error is None:
                self._guarded(partial(self._add_rows, index, ticks))

    def _row_writer(self, index: int) -> StreamWriter:
        assert self._store is not None
        if index not in self._writers:
            book = self._books[index]
            self._writers[index] = self._store.writer(
                book.venue, book.instrument.symbol, instrument=book.instrument, source="recorder"
            )
        return self._writers[index]

    def _add_rows(self, index: int, ticks: Ticks) -> None:
        self._row_writer(index).add(ticks)

    def _publish(self) -> None:
        """What was given to the store so far can be read."""
        for index in list(self._writers):
            self._guarded(partial(self._finish, index))

    def _finish(self, index: int) -> None:
        self.rows_stored += self._writers[index].finish().rows
        del self._writers[index]

    def _guarded(self, work: Callable[[], None]) -> None:
        """Work of the store, whose error ends the rows and nothing else."""
        try:
            work()
        except (OSError, TickpathError) as error:
            self.store_error = error
            for writer in self._writers.values():
                with suppress(OSError):
                    writer.drop()
            self._writers.clear()
