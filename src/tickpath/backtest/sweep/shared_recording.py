"""A recording as one file that all workers of a host map into memory: read once, held once.

Head: magic, length of a JSON text, the text (venue, symbol, connections, sizes, hash); then the
frames' places as int64 columns and the frames, each on a page of its own. The hash is of the
content, so the file is of use again when a sweep goes on.
"""

import hashlib
import json
import mmap
import os
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

import numpy as np

from tickpath.core.errors import DataError
from tickpath.venues.sim.frames import Recording

MAGIC: Final = b"tickpath recording 1\n"
COLUMNS: Final = ("offsets", "sizes", "t_ns")
ALIGNED: Final = 4096


def recording_hash(recording: Recording) -> str:
    """BLAKE2b-64 over everything a run reads of a recording."""
    found = hashlib.blake2b(digest_size=8)
    head = [recording.venue, recording.symbol, recording.starts, recording.wire]
    found.update(json.dumps(head).encode())
    for column in (
        recording.sizes,
        recording.t_ns,
        optional(recording.t_venue_ns),
        optional(recording.sources),
        recording.blob,
    ):
        found.update(np.ascontiguousarray(column).data)
    return found.hexdigest()


def optional(column: np.ndarray | None) -> np.ndarray:
    """A column that may be absent, then empty, as int64."""
    return np.zeros(0, np.int64) if column is None else np.ascontiguousarray(column, dtype="<i8")


def aligned(size: int) -> int:
    return -(-size // ALIGNED) * ALIGNED


def share(recording: Recording, path: Path, content_hash: str) -> None:
    """Write the file, unless it is there with the same content. It appears whole or not at all."""
    if path.exists() and head_of(path).get("hash") == content_hash:
        return
    head = {
        "venue": recording.venue,
        "symbol": recording.symbol,
        "starts": list(recording.starts),
        "wire": recording.wire,
        "stamps": len(optional(recording.t_venue_ns)),
        "sources": len(optional(recording.sources)),
        "frames": len(recording),
        "bytes": int(recording.blob.nbytes),
        "hash": content_hash,
    }
    text = json.dumps(head).encode()
    parts = [np.ascontiguousarray(getattr(recording, name), dtype="<i8") for name in COLUMNS]
    parts += [optional(recording.t_venue_ns), optional(recording.sources)]
    part = path.with_name(f"{path.name}.{os.getpid()}.part")
    with part.open("wb") as file:
        file.write(MAGIC + len(text).to_bytes(4, "little") + text)
        for column in [*parts, np.ascontiguousarray(recording.blob)]:
            file.seek(aligned(file.tell()))
            file.write(column.data)
    os.replace(part, path)


def head_of(path: Path) -> dict[str, Any]:
    """The head; empty when the file is not what `share` writes."""
    with path.open("rb") as file:
        if file.read(len(MAGIC)) != MAGIC:
            return {}
        size = int.from_bytes(file.read(4), "little")
        try:
            head: dict[str, Any] = json.loads(file.read(size))
        except ValueError:
            return {}
    head["begin"] = len(MAGIC) + 4 + size
    return head


@lru_cache(maxsize=1)
def open_shared(path: str, content_hash: str) -> Recording:
    """The recording of a file, mapped; kept for the next job of this process. Raises DataError when
    it is not there or holds something else."""
    try:
        head = head_of(Path(path))
        with open(path, "rb") as file:
            mapped = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
    except (OSError, ValueError) as error:
        raise DataError(
            f"{path}: {error}; workers on other hosts need the folder of the sweep under the same "
            "path"
        ) from error
    if head.get("hash") != content_hash:
        raise DataError(f"{path}: not the recording of this sweep: remove it and go on")
    at = aligned(head["begin"])
    columns: dict[str, Any] = {}
    for name in COLUMNS:
        columns[name] = np.frombuffer(mapped, dtype="<i8", count=head["frames"], offset=at)
        at = aligned(at + 8 * head["frames"])
    stamps = np.frombuffer(mapped, dtype="<i8", count=head["stamps"], offset=at)
    at = aligned(at + 8 * head["stamps"])
    sources = np.frombuffer(mapped, dtype="<i8", count=head["sources"], offset=at)
    at = aligned(at + 8 * head["sources"])
    blob = np.frombuffer(mapped, dtype=np.uint8, count=head["bytes"], offset=at)
    return Recording(
        venue=head["venue"],
        symbol=head["symbol"],
        blob=blob,
        starts=tuple(head["starts"]),
        wire=head["wire"],
        t_venue_ns=stamps if len(stamps) else None,
        sources=sources.astype(np.int32) if len(sources) else None,
        **columns,
    )
