"""Starts the journal of a live engine, and writes snapshots into it.

Each start takes the next epoch of its engine id, so that client order ids never come again. The
journal begins with the configuration and, where the engine does not begin empty, with its whole
state: a replay of this epoch needs no other. All of that is on the disk before `open_journal`
returns, so nothing can be sent in an epoch whose beginning a power loss takes away.

A snapshot between inputs makes recovery short. It costs the export of the state and its copy into
the journal on the walk's thread (about 1 ms a MB), so it belongs into quiet moments.
"""

import os
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from tickpath.core.build import build_hash
from tickpath.core.codes import Code
from tickpath.core.config import Config
from tickpath.core.config_json import config_to_json
from tickpath.core.errors import CapacityError
from tickpath.core.limits import limits_hash
from tickpath.lanes.journal import Journal
from tickpath.lanes.journal_format import (
    HEADER_BYTES,
    RECORD_BYTES,
    RESERVE_BYTES,
    JournalHeader,
    JournalKind,
    epoch_next,
    runs_of,
    segment_name,
)
from tickpath.lanes.journal_snapshot import CONFIG_NOTE, FRESH_NOTE, PART, PART_BYTES, parts_of

POLL_S = 0.0001
_ALIGNMENT = 8


@dataclass(frozen=True, kw_only=True, slots=True)
class JournalOptions:
    """How a journal is kept. With `segments_kept` older segments are deleted: then a snapshot must
    be written more often than that many segments fill, or nothing is left to begin with. `wait_s`
    is how long a snapshot may wait for the worker to prepare a segment."""

    segment_bytes: int = 16 * 2**20
    segments_max: int = 100_000_000
    segments_kept: int = 0
    prefault: bool = True
    wait_s: float = 5.0


def open_journal(
    folder: Path | str,
    config: Config,
    *,
    state: bytes | None,
    now_ns: int,
    options: JournalOptions | None = None,
) -> tuple[Journal, Config]:
    """A started journal of the next epoch, and the configuration with that epoch. `state` is what
    the engine begins with, as `recover` gives it; None: it begins empty.

    Raises CapacityError when the beginning does not fit; then the epoch is left unused.
    """
    chosen = options or JournalOptions()
    place = Path(folder)
    place.mkdir(parents=True, exist_ok=True)
    begun = replace(config, epoch=epoch_next(place, config.engine_id))
    header = JournalHeader(
        config_hash=begun.hash(),
        build_hash=build_hash(),
        limits_hash=limits_hash(),
        engine_id=begun.engine_id,
        epoch=begun.epoch,
        created_ns=now_ns,
    )
    journal = Journal.create(
        place,
        header,
        segment_bytes=chosen.segment_bytes,
        segments_max=chosen.segments_max,
        segments_kept=chosen.segments_kept,
        prefault=chosen.prefault,
    )
    journal.start()
    records = _snapshot_records(journal, begun, state)
    if state is None:
        records.append((JournalKind.NOTE, FRESH_NOTE))
    if not _write(journal, records, 0, now_ns, time.monotonic() + chosen.wait_s):
        reason = journal.error or "no segment was prepared in time"
        journal.close()
        raise CapacityError(
            f"{place}: configuration and state of epoch {begun.epoch} do not fit into the journal: "
            f"{reason}; give it more room or larger segments"
        )
    _to_disk(place, begun)
    return journal, begun


def write_snapshot(journal: Journal, engine: Any, wait_s: float = 1.0) -> bool:
    """Write the engine's state into its journal, between two inputs. False: there was no room in
    time, or the engine is halted; the journal is as good as before, try again later."""
    if engine.halted or journal.full:
        return False
    records = _snapshot_records(journal, engine.config, engine.export_state())
    return _write(journal, records, engine.seq, engine.now_ns, time.monotonic() + wait_s)


def _snapshot_records(
    journal: Journal, config: Config, state: bytes | None
) -> list[tuple[JournalKind, bytes]]:
    """The configuration, and behind it the state in parts that fit a segment."""
    records = [(JournalKind.NOTE, CONFIG_NOTE + config_to_json(config).encode())]
    if state is not None:
        room = journal.segment_bytes - HEADER_BYTES - RESERVE_BYTES - RECORD_BYTES - _ALIGNMENT
        parts = parts_of(state, min(PART_BYTES, room - PART.size))
        records += [(JournalKind.SNAPSHOT, part) for part in parts]
    return records


def _write(
    journal: Journal,
    records: Sequence[tuple[JournalKind, bytes]],
    seq: int,
    t_ns: int,
    deadline_s: float,
) -> bool:
    """All the records, then a prepared segment for the input that comes next; False: not all, but
    the journal never becomes full by it."""
    largest = journal.segment_bytes - HEADER_BYTES - RESERVE_BYTES
    for kind, payload in records:
        need = (RECORD_BYTES + len(payload) + _ALIGNMENT - 1) & -_ALIGNMENT
        fits = need <= journal.room_bytes
        if not fits and (need > largest or not _ready(journal, deadline_s)):
            return False
        if journal.append(kind, seq, t_ns, payload) != Code.OK:
            return False
    return _ready(journal, deadline_s) or journal.room_bytes >= journal.segment_bytes // 2


def _ready(journal: Journal, deadline_s: float) -> bool:
    """Whether the worker has the next segment prepared, or has it in time."""
    while not journal.ready:
        if journal.error or time.monotonic() >= deadline_s:
            return False
        time.sleep(POLL_S)
    return True


def _to_disk(folder: Path, config: Config) -> None:
    """The segments so far and their names outlive a power loss."""
    key = (config.engine_id, config.epoch)
    paths = [folder / segment_name(*key, segment) for segment in runs_of(folder)[key]]
    for path in [*paths, folder]:
        number = os.open(path, os.O_RDONLY)
        try:
            os.fsync(number)
        finally:
            os.close(number)
