"""The rows of a sweep on disk as they arrive, so that an interrupted sweep goes on where it was.

A text file. The first line is the identity of the sweep, every other one a row, each as
"<CRC-32 in hex> <JSON>". Rows are appended and never changed. A line that is torn or damaged is
left out when the file is read again, and its job is run again.
"""

import json
import os
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, Final

from tickpath.backtest.sweep.rows import Row, row_of
from tickpath.core.errors import ConfigError, DataError

FORMAT: Final = 1
Identity = Mapping[str, Any]
"""By name: hashes of everything that decides what the rows are."""


def sealed(text: str) -> bytes:
    """A line with its checksum."""
    data = text.encode()
    return b"%08x %b\n" % (zlib.crc32(data), data)


def opened(line: bytes) -> str | None:
    """The text of a whole line, None when it is torn or damaged."""
    if not line.endswith(b"\n") or line[8:9] != b" ":
        return None
    data = line[9:-1]
    if b"%08x" % zlib.crc32(data) != line[:8]:
        return None
    return data.decode()


@dataclass(frozen=True, slots=True)
class Found:
    """What a log holds: its rows by index, how many lines were damaged, bytes up to the last whole
    line."""

    rows: dict[int, Row]
    damaged: int
    whole_bytes: int


def read_log(path: Path, identity: Identity) -> Found:
    """The rows of a log. Raises ConfigError that names what differs when it is of another sweep,
    DataError when it is no log."""
    rows: dict[int, Row] = {}
    damaged = whole = 0
    with path.open("rb") as file:
        head = file.readline()
        text = opened(head)
        if text is None:
            raise DataError(f"{path}: not the log of a sweep, or its first line is damaged")
        refuse_other(path, json.loads(text), {"format": FORMAT, **identity})
        whole = len(head)
        for line in file:
            text = opened(line)
            whole += len(line) if line.endswith(b"\n") else 0
            if text is None:
                damaged += 1
                continue
            row = row_of(text)
            rows[row.index] = row
    return Found(rows, damaged, whole)


def refuse_other(path: Path, stored: Identity, now: Identity) -> None:
    """ConfigError naming what differs, unless both are equal."""
    names = sorted(stored.keys() | now.keys())
    differ = [n for n in names if stored.get(n) != now.get(n)]
    if differ:
        told = ", ".join(f"{n} was {stored.get(n)} and is {now.get(n)}" for n in differ)
        raise ConfigError(
            f"{path.parent}: this sweep cannot go on, its rows would not belong together: {told}; "
            "restore what changed or begin a new sweep"
        )


class RowLog:
    """A log that is being written. Only the process that runs the sweep writes it."""

    def __init__(self, path: Path, identity: Identity, whole_bytes: int = 0) -> None:
        """A new log, or with `whole_bytes` one that goes on behind them."""
        self.path = path
        self.file: BinaryIO
        if whole_bytes:
            self.file = path.open("r+b")
            self.file.truncate(whole_bytes)
            self.file.seek(whole_bytes)
        else:
            path.parent.mkdir(parents=True, exist_ok=True)
            try:
                self.file = path.open("xb")
            except FileExistsError:
                raise ConfigError(
                    f"{path.parent}: holds a sweep already: go on with --resume {path.parent}, or "
                    "give another folder"
                ) from None
            self.file.write(sealed(json.dumps({"format": FORMAT, **identity}, sort_keys=True)))
        self.dirty = True
        self.sync()

    def append(self, row: Row) -> None:
        """Write a row; it is on disk after the next `sync`."""
        self.file.write(sealed(row.to_json()))
        self.dirty = True

    def sync(self) -> None:
        """Everything appended is on disk."""
        if self.dirty:
            self.file.flush()
            os.fsync(self.file.fileno())
            self.dirty = False

    def close(self) -> None:
        self.sync()
        self.file.close()
