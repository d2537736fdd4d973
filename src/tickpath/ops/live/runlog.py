"""The log of a live run: one JSON object a line, appended, flushed line by line.

{"t_ns": wall clock, "level": "alert" or "status", "text": what a person read}. Texts are made by
code that never holds a secret; the file is readable by its owner alone.
"""

import json
import os
from pathlib import Path

from tickpath.venues.transport.base import wall_ns


class RunLog:
    """An open log file. Raises OSError when it cannot be opened."""

    def __init__(self, path: Path) -> None:
        number = os.open(path, os.O_CREAT | os.O_WRONLY | os.O_APPEND, 0o600)
        self._file = os.fdopen(number, "w", encoding="utf-8", buffering=1)

    def write(self, text: str, level: str = "alert") -> None:
        """One line. A full disk must not stop trading: the line is lost, and `lost` counts it."""
        try:
            self._file.write(json.dumps({"t_ns": wall_ns(), "level": level, "text": text}) + "\n")
        except OSError:
            self.lost += 1

    lost: int = 0

    def close(self) -> None:
        """Lines written afterwards raise ValueError."""
        self._file.close()
