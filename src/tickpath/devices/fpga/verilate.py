"""Verilog sources to a shared library: Verilator, then the C++ compiler.

A result is kept by the hash of all that decides it.

A rig is a C++ file with a C ABI around the Verilated top module. Worst case: a first build of the
whole overlay takes half a minute; after that a lookup hashes the sources, about a millisecond.
"""

import hashlib
import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from tickpath.core.errors import BackendError

COMPILE_S_MAX = 600
NO_VERILATOR = "no verilator on PATH: apt-get install verilator (5.006 or later)"
NO_COMPILER = "no g++ on PATH: apt-get install g++"
VERILATOR_MIN = (5, 6)
FLAGS = (
    "--cc", "-O3", "--x-assign", "fast", "--x-initial", "fast", "--noassert",
    "-Wall", "-Wno-fatal", "-Wno-DECLFILENAME", "-Wno-UNUSED",
)  # fmt: skip
CXX_FLAGS = ("-shared", "-fPIC", "-O2", "-std=c++17", "-pthread", "-w")
DEFINED = ("-DVM_COVERAGE=0", "-DVM_SC=0", "-DVM_TRACE=0")
SUPPORT = ("verilated.cpp", "verilated_threads.cpp")
"""Verilator's own part of every simulator: nine seconds of compilation, kept for the next one."""


def fabric_folder() -> Path:
    """`fpga/` of the wheel or of the repository. BackendError when neither is there."""
    here = Path(__file__).resolve()
    for folder in (here.parent / "fabric", here.parents[4] / "fpga"):
        if (folder / "rtl").is_dir():
            return folder
    raise BackendError("the overlay's sources are missing: reinstall tickpath")


def cache_folder() -> Path:
    """Where built simulators are kept: $XDG_CACHE_HOME/tickpath/fpga, ~/.cache without it."""
    base = os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
    return Path(base) / "tickpath/fpga"


def missing_tool() -> str:
    """What must be installed before a simulator can be built; "" when nothing is missing."""
    if shutil.which("verilator") is None:
        return NO_VERILATOR
    return "" if shutil.which("g++") else NO_COMPILER


def verilator_version() -> str:
    """The line that Verilator prints. BackendError when it is absent or too old."""
    text = run(["verilator", "--version"], "verilator --version")
    found = re.search(r"(\d+)\.(\d+)", text)
    if found is None or (int(found[1]), int(found[2])) < VERILATOR_MIN:
        raise BackendError(f"verilator is too old ({text.strip()}): 5.006 or later is needed")
    return text.strip()


def kept_library(
    top: str, rig: Path, sources: Sequence[Path], parameters: Mapping[str, int] | None = None
) -> Path:
    """Where the cache has, or would have, what `library` gives. BackendError without Verilator."""
    reason = missing_tool()
    if reason:
        raise BackendError(reason)
    settings = sorted((parameters or {}).items())
    digest = hashlib.sha256(repr((verilator_version(), top, settings, FLAGS, CXX_FLAGS)).encode())
    for path in (rig, *rig.parent.glob("*.h"), *sources):
        digest.update(path.name.encode() + b"\0" + path.read_bytes())
    return cache_folder() / f"{top}-{digest.hexdigest()[:24]}.so"


def library(
    top: str, rig: Path, sources: Sequence[Path], parameters: Mapping[str, int] | None = None
) -> Path:
    """Path of the shared library made of `rig` and the Verilated module `top`.

    `sources` are in the order of their use, packages first; `parameters` are those of `top`. The
    rig includes "V<top>.h". BackendError with the tool's own words when something does not build.
    """
    kept = kept_library(top, rig, sources, parameters)
    if not kept.exists():
        kept.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=kept.parent) as folder:
            made = build(Path(folder), top, rig, sources, sorted((parameters or {}).items()))
            made.replace(kept)
    return kept


def build(
    folder: Path,
    top: str,
    rig: Path,
    sources: Sequence[Path],
    settings: Sequence[tuple[str, int]],
) -> Path:
    """Verilate and compile in `folder`."""
    given = [f"-G{name}={value}" for name, value in settings]
    run(
        [
            "verilator",
            *FLAGS,
            "--top-module",
            top,
            *given,
            "--Mdir",
            str(folder),
            *map(str, sources),
        ],
        f"verilator of {top}",
    )
    root = run(["verilator", "--getenv", "VERILATOR_ROOT"], "verilator --getenv").strip()
    include = Path(root) / "include"
    support = [kept_object(include, name) for name in SUPPORT if (include / name).exists()]
    out = folder / f"{top}.so"
    compiled(
        [f"-I{folder}", *included(include), str(rig),
         *map(str, [*sorted(folder.glob("V*.cpp")), *support]), "-o", str(out)],
        f"g++ of {rig.name}",
    )  # fmt: skip
    return out


def included(include: Path) -> tuple[str, ...]:
    """Flags that every file of a simulator is compiled with."""
    return (f"-I{include}", f"-I{include}/vltstd", *DEFINED)


def compiled(arguments: Sequence[str], what: str) -> None:
    """Run the C++ compiler with the flags of all files."""
    run(["g++", *CXX_FLAGS, *arguments], what)


def kept_object(include: Path, name: str) -> Path:
    """The object of a file of Verilator, from the cache or into it."""
    decided = (verilator_version(), run(["g++", "--version"], "g++ --version"), CXX_FLAGS, DEFINED)
    digest = hashlib.sha256(repr(decided).encode() + (include / name).read_bytes())
    kept = cache_folder() / f"{name.removesuffix('.cpp')}-{digest.hexdigest()[:24]}.o"
    if not kept.exists():
        kept.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=kept.parent) as folder:
            made = Path(folder) / kept.name
            compiled(
                ["-c", *included(include), str(include / name), "-o", str(made)], f"g++ of {name}"
            )
            made.replace(kept)
    return kept


def run(command: Sequence[str], what: str) -> str:
    """Output of a tool. BackendError with its last lines when it fails."""
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=COMPILE_S_MAX)
    except (OSError, subprocess.SubprocessError) as error:
        raise BackendError(f"{what} cannot be run: {error}") from error
    if done.returncode != 0:
        raise BackendError(f"{what} failed: {(done.stderr or done.stdout).strip()[-2000:]}")
    return done.stdout
