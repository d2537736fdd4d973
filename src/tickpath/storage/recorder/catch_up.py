"""Rows of recorded frames that never reached the store, because the recorder was killed.

Each run of a series is read from its first file, as it was recorded, and what lies behind the last
stored row of its time is written. A run that is wholly stored has an empty file `<run>.stored`.
"""

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from tickpath.backtest.recording import read_recordings
from tickpath.core.config import Config
from tickpath.core.ticks import Ticks
from tickpath.storage.decode import Decoder, chunks_of, full
from tickpath.storage.layout import Partition
from tickpath.storage.place import sync_path
from tickpath.storage.recorder.files import runs_of, series_folder
from tickpath.storage.recorder.host import ROWS, SeriesSpec
from tickpath.storage.store import Store

STORED = ".stored"


def catch_up(store: Store, root: Path, config: Config, series: list[SeriesSpec]) -> dict[str, int]:
    """Rows written by series, of those that had any. Raises DataError for a damaged file."""
    found: dict[str, int] = {}
    for spec in series:
        folder = series_folder(root, spec.venue, spec.symbols)
        for run, paths in runs_of(folder).items():
            if not (folder / (run + STORED)).exists():
                rows = _store_run(store, config, spec, paths)
                mark(folder, run)
                if rows:
                    found[spec.name] = found.get(spec.name, 0) + rows
    return found


def mark(folder: Path, run: str) -> None:
    """A run is wholly stored."""
    path = folder / (run + STORED)
    path.touch()
    sync_path(path)
    sync_path(folder)


def _store_run(store: Store, config: Config, spec: SeriesSpec, paths: list[Path]) -> int:
    """Write what the store lacks of a run."""
    writers = {}
    after: dict[int, int] = {}
    for index in spec.instruments:
        instrument = config.instruments[index]
        writers[index] = store.writer(
            spec.venue, instrument.symbol, instrument=instrument, source=str(paths[0])
        )
    try:
        for index, ticks in _rows(config, spec, paths):
            if index not in after:
                first = int(ticks["t_recv_ns"][0])
                after[index] = stored_until(store, spec, config, index, first, paths)
            at = int(np.searchsorted(ticks["t_recv_ns"], after[index], side="right"))
            if at < len(ticks):
                writers[index].add(ticks.rows(at, len(ticks)))
        return sum(writer.finish().rows for writer in writers.values())
    finally:
        for writer in writers.values():
            writer.drop()


def _rows(config: Config, spec: SeriesSpec, paths: list[Path]) -> Iterator[tuple[int, Ticks]]:
    """Rows of every instrument of a run, in chunks."""
    decoder = Decoder(config)
    for number, path in enumerate(paths):
        recording = read_recordings([path], spec.venue, spec.symbols[0])
        for index, ticks in chunks_of(decoder, spec.source, recording, ROWS, number > 0):
            if index in spec.instruments:
                yield index, ticks
    for index, ticks in full(decoder, 1):
        if index in spec.instruments:
            yield index, ticks


def stored_until(
    store: Store, spec: SeriesSpec, config: Config, index: int, first_ns: int, paths: list[Path]
) -> int:
    """The time of the last row that the store has of a run, one before it when there is none."""
    symbol = config.instruments[index].symbol
    last = read_recordings(paths[-1:], spec.venue, spec.symbols[0])
    stop_ns = int(last.t_ns[-1]) + 1
    if not store.place.files(Partition(spec.venue, symbol, "").folder.rpartition("/")[0]):
        return first_ns - 1
    until = first_ns - 1
    for table in store.tables(spec.venue, symbol, first_ns, stop_ns, ["t_recv_ns"]):
        until = table.column(0)[-1].as_py()
    return until
