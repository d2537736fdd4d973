"""What journal_format.h lays out, for Python: header, kinds, file names. A test compares both."""

import re
import struct
from dataclasses import dataclass
from enum import IntEnum
from pathlib import Path

from tickpath.core.errors import JournalError

MAGIC = b"TICKJNL1"
VERSION = 1
HEADER_BYTES = 128
RECORD_BYTES = 28
RESERVE_BYTES = 32
SUFFIX = ".tpj"

HEADER = struct.Struct("<8sIIQQQQQqII52xI")
RECORD = struct.Struct("<IIQq")
CHECKSUM = struct.Struct("<I")

_NAME = re.compile(r"([0-9a-f]{4})-([0-9a-f]{4})-([0-9]{8})\.tpj")


class JournalKind(IntEnum):
    """What a record holds; 1 to 5 are the kinds of input."""

    MARKET = 1
    ORDER = 2
    TIMER = 3
    COMMAND = 4
    SLOT = 5
    OUT = 6
    SNAPSHOT = 7
    NOTE = 8
    END = 9
    CLOSE = 10


@dataclass(frozen=True, kw_only=True, slots=True)
class JournalHeader:
    """What a journal belongs to. The hashes are 16 hex digits, as `Config.hash()` gives them."""

    config_hash: str = "0" * 16
    build_hash: str = "0" * 16
    limits_hash: str = "0" * 16
    engine_id: int = 1
    epoch: int = 1
    created_ns: int = 0

    def __post_init__(self) -> None:
        for name in ("config_hash", "build_hash", "limits_hash"):
            if re.fullmatch("[0-9a-f]{16}", getattr(self, name)) is None:
                raise JournalError(
                    f"journal header: {name} is {getattr(self, name)!r}: give 16 hex digits"
                )
        for name in ("engine_id", "epoch"):
            if not 0 <= getattr(self, name) < 2**16:
                raise JournalError(f"journal header: {name} is {getattr(self, name)}, not 16 bits")


def segment_name(engine_id: int, epoch: int, segment: int) -> str:
    """File name of a segment: engine and epoch in hex, then the number."""
    return f"{engine_id:04x}-{epoch:04x}-{segment:08d}{SUFFIX}"


def runs_of(folder: Path) -> dict[tuple[int, int], list[int]]:
    """Segments found in a folder, by (engine id, epoch), in order."""
    found: dict[tuple[int, int], list[int]] = {}
    for entry in sorted(folder.iterdir()):
        match = _NAME.fullmatch(entry.name)
        if match is not None:
            key = (int(match[1], 16), int(match[2], 16))
            found.setdefault(key, []).append(int(match[3]))
    return found


def epoch_next(folder: Path, engine_id: int) -> int:
    """The epoch a new start takes: one above every journalled one of this engine."""
    runs = runs_of(folder) if folder.is_dir() else {}
    newest = max((epoch for engine, epoch in runs if engine == engine_id), default=0)
    if newest + 1 >= 2**16:
        raise JournalError(
            f"{folder}: engine {engine_id} has used all epochs: take another engine id"
        )
    return newest + 1
