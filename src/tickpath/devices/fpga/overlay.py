"""The overlay's sources, their hash, and the simulated board that is built of them."""

import hashlib
from pathlib import Path

from tickpath.core.errors import BackendError
from tickpath.devices.fpga.verilate import fabric_folder, kept_library, library

TOP = "tp_board"
"""The overlay with the pins' registers and the clock of a board, sim/board.sv."""


def sources(folder: Path | None = None) -> list[Path]:
    """Every RTL file, packages first. BackendError when they are missing."""
    rtl = (folder or fabric_folder()) / "rtl"
    found = sorted(rtl.glob("*.sv"))
    if not found:
        raise BackendError(f"no RTL in {rtl}: reinstall tickpath")
    return sorted(found, key=lambda path: (not path.stem.endswith("_pkg"), path.name))


def build_word(folder: Path | None = None) -> int:
    """What the BUILD register says: the first four bytes of the SHA-256 over the RTL."""
    digest = hashlib.sha256()
    for path in sources(folder):
        digest.update(path.name.encode() + b"\0" + path.read_bytes())
    return int.from_bytes(digest.digest()[:4], "big")


def board_parts(folder: Path | None = None) -> tuple[str, Path, list[Path], dict[str, int]]:
    """What `verilate.library` makes the simulated board of."""
    base = folder or fabric_folder()
    read = [*sources(base), base / "sim/board.sv"]
    return TOP, base / "sim/board.cpp", read, {"BUILD": build_word(base)}


def board_library(folder: Path | None = None) -> Path:
    """The simulated board as a shared library, built when the cache lacks it.

    Worst case: half a minute for the first build. BackendError when a tool is missing or refuses.
    """
    return library(*board_parts(folder))


def board_built(folder: Path | None = None) -> Path | None:
    """The same from the cache alone, None when it has none. BackendError without the tools."""
    kept = kept_library(*board_parts(folder))
    return kept if kept.exists() else None
