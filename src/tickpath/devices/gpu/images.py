"""Files of compiled kernels: `rows-sm_90-<digest>-<check>.cubin`, `.ptx` for a `compute_` target.

The digest is of all that decides the code, so that a file of another source, header or flag is
never found; the check is of the file's own bytes, so that a torn or changed one is refused. Two
kinds of digest: with a compiler's version, of what was made on first use, and without, of what was
made ahead and must be found where there is no compiler.
"""

import hashlib
import os
import re
from collections.abc import Iterable, Sequence
from pathlib import Path

from tickpath.core.errors import BackendError

CHECK_DIGITS, DIGEST_DIGITS = 16, 24


def include_folder(source: Path) -> Path:
    """`include/` beside the folder that the source is in."""
    return source.parents[1] / "include"


def digest(source: Path, arch: str, flags: Sequence[str], compiler: str = "") -> str:
    """Hash of all that decides the code, 24 hexadecimal digits."""
    found = hashlib.sha256()
    parts = [source, *sorted((include_folder(source) / "tickpath").glob("*.h"))]
    words = [text.encode() for text in (*flags, arch, compiler)]
    for data in (*words, *(path.read_bytes() for path in parts)):
        found.update(len(data).to_bytes(8, "little") + data)
    return found.hexdigest()[:DIGEST_DIGITS]


def check_of(code: bytes) -> str:
    """Hash of a file's own bytes."""
    return hashlib.sha256(code).hexdigest()[:CHECK_DIGITS]


def suffix_of(arch: str) -> str:
    return ".cubin" if arch.startswith("sm_") else ".ptx"


def candidates(folder: Path, name: str, arch: str, wanted: str = "") -> list[Path]:
    """Files of a kernel for a target, whole or not; `wanted` is their digest, any when empty."""
    middle = wanted or rf"[0-9a-f]{{{DIGEST_DIGITS}}}"
    form = re.compile(
        rf"{name}-{arch}-{middle}-[0-9a-f]{{{CHECK_DIGITS}}}{re.escape(suffix_of(arch))}"
    )
    try:
        return sorted(path for path in folder.iterdir() if form.fullmatch(path.name))
    except OSError:
        return []


def is_whole(path: Path) -> bool:
    """Whether a file has the bytes that it was written with."""
    try:
        return check_of(path.read_bytes()) == path.stem.rpartition("-")[2]
    except OSError:
        return False


def find(folders: Iterable[Path], name: str, arch: str, wanted: str) -> Path | None:
    """The first whole file of that digest."""
    for folder in folders:
        for path in candidates(folder, name, arch, wanted):
            if is_whole(path):
                return path
    return None


def store(folder: Path, name: str, arch: str, wanted: str, code: bytes) -> Path:
    """Write a whole file or none, and take the broken ones of its digest away. BackendError when
    the folder cannot be written."""
    path = folder / f"{name}-{arch}-{wanted}-{check_of(code)}{suffix_of(arch)}"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        part = path.with_suffix(f".{os.getpid()}.part")
        part.write_bytes(code)
        part.replace(path)
        for other in candidates(folder, name, arch, wanted):
            if other != path:
                other.unlink(missing_ok=True)
    except OSError as error:
        raise BackendError(
            f"{folder} cannot be written ({error}): set XDG_CACHE_HOME, or give another folder"
        ) from error
    return path
