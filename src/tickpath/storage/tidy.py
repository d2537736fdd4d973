"""Keeping a store in order: small parts merged, old days removed, files verified.

All of it works on whole files: a merged part is published before the parts in it are removed, so a
kill at any point leaves the same rows.
"""

import os
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from tickpath.core.errors import CapacityError, DataError
from tickpath.core.ticks import TICK_COLUMNS
from tickpath.storage.check import RowCheck
from tickpath.storage.columns import ticks_of_table
from tickpath.storage.layout import (
    NS_PER_DAY,
    Part,
    Partition,
    day_start_ns,
    parse,
    visible,
)
from tickpath.storage.metadata import meta_from
from tickpath.storage.place import Place
from tickpath.storage.read import groups, groups_of, open_part, stored_meta
from tickpath.storage.write import PART_ROWS, PartFile, parts_of

EVER = 2**63 - 1
WORKERS_MAX = 8


@dataclass(kw_only=True, slots=True)
class Compacted:
    """What a compaction did."""

    partitions: int = 0
    parts_before: int = 0
    parts_after: int = 0
    rows: int = 0
    bytes_before: int = 0
    bytes_after: int = 0
    left_removed: int = 0

    def add(self, other: "Compacted") -> None:
        """Count another day too."""
        for name in ("partitions", "parts_before", "parts_after", "rows"):
            setattr(self, name, getattr(self, name) + getattr(other, name))
        self.bytes_before += other.bytes_before
        self.bytes_after += other.bytes_after


def all_parts(place: Place) -> dict[Partition, list[Part]]:
    """Every part by its partition, hidden ones too."""
    found: dict[Partition, list[Part]] = {}
    for path, size in place.files():
        part = parse(path, size)
        if part is not None:
            found.setdefault(part.partition, []).append(part)
    return dict(sorted(found.items()))


def merge_groups(parts: Sequence[Part], rows_max: int) -> list[list[Part]]:
    """Neighbours that become one part. Parts that share a time stay together."""
    found: list[list[Part]] = []
    rows = 0
    for part in parts:
        touches = bool(found) and part.first_ns <= found[-1][-1].last_ns
        if found and (touches or rows + part.rows <= rows_max):
            found[-1].append(part)
            rows += part.rows
        else:
            found.append([part])
            rows = part.rows
    return [group for group in found if len(group) > 1]


def compact(
    place: Place,
    partitions: Sequence[Partition],
    rows_max: int = PART_ROWS,
    workers: int | None = None,
) -> Compacted:
    """Merge the small parts of partitions and remove what is hidden or was left behind; several
    days at a time, by default one a processor. Memory: two row groups a worker. Raises DataError
    for a damaged part, CapacityError when the disk is full; what was merged before stays."""
    done = Compacted()
    for path in place.left():
        place.remove(path)
        done.left_removed += 1
    count = workers or os.cpu_count() or 1
    with ThreadPoolExecutor(max(1, min(count, WORKERS_MAX))) as pool:
        for found in pool.map(lambda p: _compact_day(place, p, rows_max), partitions):
            done.add(found)
    return done


def _compact_day(place: Place, partition: Partition, rows_max: int) -> Compacted:
    done = Compacted(partitions=1)
    with place.lock(partition.folder):
        there, hidden = visible(parts_of(place, partition))
        done.parts_before = len(there) + len(hidden)
        done.bytes_before = sum(p.size for p in (*there, *hidden))
        for part in hidden:
            place.remove(part.path)
        for group in merge_groups(there, rows_max):
            _merge(place, partition, group)
            done.rows += sum(p.rows for p in group)
        after = parts_of(place, partition)
    done.parts_after = len(after)
    done.bytes_after = sum(p.size for p in after)
    return done


def _merge(place: Place, partition: Partition, group: list[Part]) -> None:
    """One part of several."""
    file: PartFile | None = None
    try:
        for part in group:
            file = _append(place, part, file)
        assert file is not None
        file.finish()
        wanted = sum(part.rows for part in group)
        if file.rows != wanted:
            raise DataError(f"{partition}: {wanted} rows by name, {file.rows} found: verify it")
        made = Part(
            partition,
            file.first_ns,
            file.last_ns,
            group[-1].number,
            file.rows,
            max(part.generation for part in group) + 1,
        )
        place.publish(file.path, made.path)
    except OSError as error:
        raise CapacityError(
            f"{place.uri}: {error.strerror or error} while {partition} was merged: nothing of it "
            "has changed; make room and compact again"
        ) from error
    finally:
        if file is not None:
            with suppress(OSError):
                file.drop()
    for part in group:
        place.remove(part.path)


def _append(place: Place, part: Part, file: PartFile | None) -> PartFile:
    """The rows of a part behind those of the ones before; the first begins the file."""
    where = f"{place.uri}/{part.path}"
    with open_part(place, part.path, checked=True) as source:
        meta = meta_from(source.metadata.metadata, where)
        made = file or PartFile(place, meta)
        try:
            if meta != made.meta:
                raise DataError(
                    f"{where}: other sizes than the parts before it: "
                    f"{made.meta.differences(meta)}; remove one of them"
                )
            for table in groups_of(source, where, 0, EVER, list(TICK_COLUMNS)):
                t = table.column("t_recv_ns")
                made.add(table.replace_schema_metadata(None), t[0].as_py(), t[-1].as_py())
        except BaseException:
            made.drop()
            raise
    return made


# -- retention -------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Removal:
    """A partition that retention removes, and why."""

    partition: Partition
    parts: int
    bytes: int
    why: str


def retention(
    found: Mapping[Partition, list[Part]], *, days: int | None, bytes_max: int | None, now_ns: int
) -> list[Removal]:
    """What goes: whole days older than `days` full days, then the oldest days until the rest fits
    `bytes_max`. Of equally old days the larger goes first."""
    gone: dict[Partition, str] = {}
    if days is not None:
        limit = (now_ns // NS_PER_DAY - days) * NS_PER_DAY
        gone = {p: f"older than {days} days" for p in found if day_start_ns(p.date) < limit}
    if bytes_max is not None:
        sizes = {p: sum(x.size for x in parts) for p, parts in found.items() if p not in gone}
        total = sum(sizes.values())
        for partition in sorted(sizes, key=lambda p: (p.date, -sizes[p], p)):
            if total <= bytes_max:
                break
            total -= sizes[partition]
            gone[partition] = f"beyond {bytes_max} bytes"
    return [
        Removal(p, len(found[p]), sum(x.size for x in found[p]), why)
        for p, why in sorted(gone.items())
    ]


def remove_day(place: Place, partition: Partition) -> int:
    """Delete the parts of a day, the oldest generation first, so that a kill leaves no hidden part
    alone; returns how many there were."""
    with place.lock(partition.folder):
        parts = parts_of(place, partition)
        for part in sorted(parts, key=lambda p: p.generation):
            place.remove(part.path)
    return len(parts)


# -- verification ----------------------------------------------------------------------------------


@dataclass(kw_only=True, slots=True)
class Verified:
    """What a verification found. `faults` are lines, each with a file and what to do."""

    parts: int = 0
    rows: int = 0
    bytes: int = 0
    faults: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def verify(place: Place) -> Verified:
    """Every file of the store: checksums of its pages, its rows against its name and the rules of
    a write, sizes of the instrument inside a day, times between parts."""
    done = Verified()
    known = all_parts(place)
    names = {part.path for parts in known.values() for part in parts}
    for path, _ in place.files():
        if path not in names:
            done.faults.append(f"{place.uri}/{path}: no part of this store: move it away")
    for path in place.left():
        done.notes.append(f"{place.uri}/{path}: left by a writer that is gone: compact removes it")
    for parts in known.values():
        there, hidden = visible(parts)
        done.notes += [f"{place.uri}/{p.path}: merged already: compact removes it" for p in hidden]
        _verify_day(place, there, done)
    return done


def _verify_day(place: Place, parts: Sequence[Part], done: Verified) -> None:
    first: Any = None
    check = RowCheck()
    for k, part in enumerate(parts):
        done.parts += 1
        done.bytes += part.size
        where = f"{place.uri}/{part.path}"
        if (
            k
            and part.overlaps(parts[k - 1].first_ns, parts[k - 1].last_ns)
            and (part.first_ns < parts[k - 1].last_ns)
        ):
            done.faults.append(
                f"{where}: its times overlap those of {parts[k - 1].name}: remove one of them"
            )
            check = RowCheck()
        try:
            meta = stored_meta(place, part)
            first = first or meta
            if meta != first:
                done.faults.append(f"{where}: other sizes in one day: {first.differences(meta)}")
            done.rows += _verify_rows(place, part, check, where)
        except DataError as error:
            done.faults.append(str(error))
            check = RowCheck()


def _verify_rows(place: Place, part: Part, check: RowCheck, where: str) -> int:
    """Read every row. Raises DataError."""
    check.source, start = where, check.rows
    low = high = -1
    with open_part(place, part.path, checked=True) as file:
        rows = int(file.metadata.num_rows)
    for table in groups(place, part.path, 0, EVER, list(TICK_COLUMNS), checked=True):
        ticks = ticks_of_table(table)
        low = int(ticks["t_recv_ns"][0]) if low < 0 else low
        high = int(ticks["t_recv_ns"][-1])
        check.take(ticks)
    if (rows, check.rows - start, low, high) != (
        part.rows,
        part.rows,
        part.first_ns,
        part.last_ns,
    ):
        raise DataError(
            f"{where}: {check.rows - start} rows from {low} to {high}, its name says {part.rows} "
            f"from {part.first_ns} to {part.last_ns}: remove it and write its day again"
        )
    return rows
