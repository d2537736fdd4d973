"""One recording run from start to end: repair, catch-up, sessions, status, an orderly stop.

    code = asyncio.run(RecordRun(path, options, tell=print).run())

The market sessions are those of `tickpath run`; nothing is traded and no keys are asked for. The
folder belongs to one process at a time. What a killed run left there is repaired first and, with a
store, its rows are brought there.
"""

import asyncio
import json
import os
import signal
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, TextIO, cast

from tickpath.core.errors import ConfigError, DataError, SafetyStopError
from tickpath.ops.live.host import Host
from tickpath.ops.live.parts import load_parts
from tickpath.ops.live.runner import lock
from tickpath.ops.live.session import LiveSession, Mode
from tickpath.storage.recorder.catch_up import catch_up, mark
from tickpath.storage.recorder.files import (
    Ack,
    RawSeries,
    repair_all,
    run_name,
    series_folder,
)
from tickpath.storage.recorder.host import RecorderHost, series_of
from tickpath.storage.recorder.writer import Book, RawWriter, WriterOptions
from tickpath.storage.store import open_store
from tickpath.venues.keys import Keys
from tickpath.venues.transport.base import wall_ns

LOOK_S = 0.05


@dataclass(frozen=True, kw_only=True, slots=True)
class RecordOptions:
    """`store`: where rows go beside the raw frames, None for frames only. `seconds`: stop by itself
    after so long, 0: never. `acks`: gets a JSON line for each series at each sync."""

    out: Path
    store: str | None = None
    writer: WriterOptions = field(default_factory=WriterOptions)
    seconds: float = 0
    status_s: float = 10
    instruments: Path | None = None
    acks: TextIO | None = None


class RecordRun:
    """See the module. Raises ConfigError before anything is opened."""

    def __init__(self, path: Path, options: RecordOptions, *, tell: Callable[[str], None]) -> None:
        self.options = options
        self.config, spec, _ = load_parts(path, options.instruments)
        self.spec = replace(spec, venues=tuple(replace(v, keys="") for v in spec.venues))
        self.series = series_of(self.config)
        self.store = None if options.store is None else open_store(options.store)
        self.tell = tell
        options.out.mkdir(parents=True, exist_ok=True)
        self._lock = lock(options.out)
        self._stop = asyncio.Event()
        self.acknowledged: dict[str, int] = {}
        self.repaired = repair_all(options.out)
        for found in self.repaired:
            tell(f"repaired {found}")
        if self.store is not None:
            for name, rows in catch_up(self.store, options.out, self.config, self.series).items():
                tell(f"{name}: {rows} rows of an earlier run brought to the store")
        self.run_id = run_name(wall_ns())
        self.raw = [
            RawSeries(
                series_folder(options.out, s.venue, s.symbols),
                s.name,
                self.run_id,
                zipped=options.writer.zipped,
            )
            for s in self.series
        ]
        books = [Book(self.config.venues[i.venue], i) for i in self.config.instruments]
        self.writer = RawWriter(self.raw, options.writer, self._acknowledge, self.store, books)
        self.host = RecorderHost(
            self.config, self.series, self.writer, tell, stores=self.store is not None
        )

    def _acknowledge(self, ack: Ack) -> None:
        """Frames are on the disk. On the writer's thread."""
        self.acknowledged[ack.series] = ack.frames
        if self.options.acks is not None:
            said = {"series": ack.series, "frames": ack.frames, "crc32": f"{ack.crc32:08x}"}
            self.options.acks.write(json.dumps(said) + "\n")
            self.options.acks.flush()

    async def run(self) -> int:
        """Until a stop; returns the exit code. Raises SafetyStopError when the disk fails: frames
        that came afterwards are lost, those that were acknowledged are not."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, self._stop.set)
        if self.options.seconds:
            loop.call_later(self.options.seconds, self._stop.set)
        self.writer.start()
        try:
            async with LiveSession(
                cast(Host, self.host), self.spec, Mode.PAPER, keys=no_keys, alert=self.tell,
                seed=self.config.seed,
            ) as live:  # fmt: skip
                await self._watch(live)
        finally:
            self.host.close()
            await asyncio.to_thread(self.writer.close)
            os.close(self._lock)
        if self.writer.error is not None:
            raise SafetyStopError(
                f"{self.options.out}: recording stopped: {self.writer.error}; "
                f"{sum(self.acknowledged.values())} frames are safe; make room and start again"
            )
        self.tell(self.status())
        if self.writer.store_error is not None:
            raise DataError(
                f"{self.options.store}: rows stopped going there: {self.writer.store_error}; all "
                "frames are safe, the next start brings the rows"
            )
        if self.store is not None:
            for raw in self.raw:
                if raw.frames:
                    mark(raw.folder, self.run_id)
        return 0

    def stop(self) -> None:
        """End in order. On the loop's thread."""
        self._stop.set()

    async def _watch(self, live: LiveSession) -> None:
        """Until a stop or an error of the disk; a line of status now and then."""
        told_s, ready = time.monotonic(), False
        while not self._stop.is_set() and self.writer.error is None:
            if not ready and live.open:
                ready = True
                self.tell("every book is good")
            if time.monotonic() - told_s >= self.options.status_s:
                told_s = time.monotonic()
                self.tell(self.status())
            await asyncio.sleep(LOOK_S)

    def status(self) -> str:
        """One line for a person."""
        figures = self.figures()
        text = f"{figures['frames']} frames, {figures['acknowledged']} on the disk"
        if self.store is not None:
            text += f", {figures['rows_stored']} rows in the store"
        return f"{text}; {figures['files']} files closed"

    def figures(self) -> dict[str, Any]:
        """What the run did so far."""
        return {
            "frames": self.host.frames,
            "acknowledged": sum(self.acknowledged.values()),
            "series": dict(self.acknowledged),
            "refused": self.host.refused,
            "files": self.writer.rotated,
            "syncs": self.writer.syncs,
            "rows_stored": self.writer.rows_stored,
            "repaired": [str(found) for found in self.repaired],
        }


def no_keys(entry: Any) -> Keys:
    """Nobody asks: nothing is traded."""
    raise ConfigError(f"venue {entry.name}: a recording needs no keys")
