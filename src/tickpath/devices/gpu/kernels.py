"""Kernels by name: compiled code made ahead or from a cache, else by nvcc or NVRTC, else why there
is none.

A file is named by the hash of all that decides it and by that of its own bytes (images.py).
Neither compiler needs a driver. Worst case: a first use compiles, about 0.1 s a kernel by NVRTC
and 1 s by nvcc.
"""

import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Protocol

from tickpath.core.errors import BackendError, ConfigError
from tickpath.devices.bank_table import INPUTS_MAX, STRATEGIES_MAX
from tickpath.devices.gpu import images
from tickpath.devices.gpu.images import include_folder

KERNELS = {
    "rows": "features/rows.cu",
    "bank": "strategy/bank.cu",
    "takers": "backtest/takers.cu",
    "makers": "backtest/makers.cu",
    "paths": "risk/paths.cu",
    "tail_counts": "risk/tail_counts.cu",
    "tail_collect": "risk/tail_collect.cu",
    "covariance": "risk/covariance.cu",
    "moments": "features/moments.cu",
    "correlations": "features/correlations.cu",
    "averages": "features/averages.cu",
}
"""Name of the entry to its source below `cuda/`."""
FLAGS = (
    "-std=c++17",
    "-fmad=false",
    f"-DTP_BANK_INPUTS={INPUTS_MAX}",
    f"-DTP_BANK_STRATEGIES={STRATEGIES_MAX}",
)
"""-fmad=false: a fused multiply-add rounds once where the CPU rounds twice."""
PTX_ARCH = "compute_75"
"""What the driver of every device that is supported can compile by itself."""
COMPILE_S_MAX = 120
NO_COMPILER = (
    "no compiler for kernels: pip install cuda-bindings nvidia-cuda-nvrtc, or put nvcc of CUDA 13 "
    "on PATH; or compile them ahead on another host: tickpath doctor --compile-kernels"
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Compiled:
    """What a compiler made. `log` has ptxas's lines on registers, spills and shared memory."""

    code: bytes
    log: str


class Compiler(Protocol):
    """nvcc or NVRTC."""

    name: str

    def version(self) -> str:
        """Distinguishes what two compilers would make."""

    def compile(self, source: Path, arch: str, flags: Sequence[str] = FLAGS) -> Compiled:
        """PTX for a `compute_` architecture, cubin for an `sm_` one. BackendError if refused."""


def source_folder() -> Path:
    """`cuda/` of the wheel or of the repository."""
    here = Path(__file__).resolve()
    for folder in (here.parent / "cuda", here.parents[4] / "cuda"):
        if (folder / "include/tickpath/hd.h").is_file():
            return folder
    raise BackendError("the kernels' sources are missing: reinstall tickpath")


class Nvcc:
    """The compiler of the CUDA toolkit."""

    name = "nvcc"

    def __init__(self, path: str) -> None:
        self.path = path

    def call(self, *arguments: str) -> tuple[int, str]:
        """Exit status and output. BackendError when it cannot be run or does not end."""
        try:
            done = subprocess.run(
                [self.path, *arguments], capture_output=True, text=True, timeout=COMPILE_S_MAX
            )
        except (OSError, subprocess.SubprocessError) as error:
            raise BackendError(f"nvcc cannot be used ({error}): take it off PATH") from error
        return done.returncode, done.stdout + done.stderr

    def version(self) -> str:
        return "nvcc " + "".join(re.findall(r"V[\d.]+", self.call("--version")[1]))

    def compile(self, source: Path, arch: str, flags: Sequence[str] = FLAGS) -> Compiled:
        with tempfile.TemporaryDirectory() as folder:
            out = Path(folder) / "out"
            kind = ["-cubin", "-Xptxas", "-v"] if arch.startswith("sm_") else ["-ptx"]
            include = f"-I{include_folder(source)}"
            status, log = self.call(
                *flags, include, f"-arch={arch}", *kind, str(source), "-o", str(out)
            )
            if status != 0 or not out.is_file():
                raise BackendError(f"nvcc refuses {source.name} for {arch}: {log.strip()}")
            return Compiled(code=out.read_bytes(), log=log)


class Nvrtc:
    """The compiler as a library, from two wheels."""

    name = "nvrtc"

    def __init__(self) -> None:
        self.api = import_module("cuda.bindings.nvrtc")
        self.version()

    def asked(self, answer: tuple[object, ...]) -> object:
        """The value behind a status. BackendError for a bad one."""
        if int(answer[0]) != 0:  # type: ignore[call-overload]
            raise BackendError(f"NVRTC fails: {answer[0]}")
        return answer[1] if len(answer) == 2 else answer[1:]

    def version(self) -> str:
        return "nvrtc {}.{}".format(*self.asked(self.api.nvrtcVersion()))  # type: ignore[misc]

    def text(self, program: object, what: str) -> bytes:
        """A text or image of the program: `ProgramLog`, `PTX`, `CUBIN`."""
        size = self.asked(getattr(self.api, f"nvrtcGet{what}Size")(program))
        out = bytes(int(size))  # type: ignore[call-overload]
        self.asked(getattr(self.api, f"nvrtcGet{what}")(program, out))  # which writes into it
        return out

    def compile(self, source: Path, arch: str, flags: Sequence[str] = FLAGS) -> Compiled:
        text, name = source.read_bytes(), source.name.encode()
        program = self.asked(self.api.nvrtcCreateProgram(text, name, 0, [], []))
        image = arch.startswith("sm_")
        options: list[str] = [*flags, f"-I{include_folder(source)}", f"-arch={arch}"]
        options += ["-Xptxas", "-v"] if image else []
        status = self.api.nvrtcCompileProgram(program, len(options), [o.encode() for o in options])
        log = self.text(program, "ProgramLog").strip(b"\0 \n").decode(errors="replace")
        try:
            if int(status[0]) != 0:
                raise BackendError(f"NVRTC refuses {source.name} for {arch}: {log}")
            code = self.text(program, "CUBIN" if image else "PTX")
        finally:
            self.api.nvrtcDestroyProgram(program)
        return Compiled(code=code if image else code.rstrip(b"\0"), log=log)


def compilers() -> list[Compiler]:
    """Those that work here, nvcc first."""
    found: list[Compiler] = []
    path = shutil.which("nvcc")
    if path is not None:
        found.append(Nvcc(path))
    if find_spec("cuda") is not None:
        try:
            found.append(Nvrtc())
        except Exception:  # missing wheel, missing library: each its own type, all mean absent
            return found
    return found


def cache_folder() -> Path:
    """`tickpath/kernels` below XDG_CACHE_HOME or ~/.cache."""
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(base) / "tickpath/kernels"


def wheel_folder() -> Path:
    """Where a wheel has kernels that were compiled with it."""
    return Path(__file__).resolve().parent / "cubin"


def compiled(source: Path, arch: str, made_by: Sequence[Compiler]) -> tuple[str, bytes]:
    """The name of the first compiler that takes the source, and its code. BackendError when all
    refuse."""
    refusals = []
    for compiler in made_by:
        try:
            return compiler.name, compiler.compile(source, arch).code
        except BackendError as error:
            refusals.append(str(error))
    raise BackendError("; ".join(refusals))


def made_ahead(
    folders: Sequence[Path], name: str, source: Path, archs: Sequence[str]
) -> Path | None:
    """The first whole file that was compiled ahead from this source."""
    for arch in archs:
        found = images.find(folders, name, arch, images.digest(source, arch, FLAGS))
        if found is not None:
            return found
    return None


def older_archs(capability: tuple[int, int]) -> list[str]:
    """What else a device runs: code of its major version up to its minor one, then PTX."""
    major, minor = capability
    return [*(f"sm_{major}{k}" for k in range(minor - 1, -1, -1)), PTX_ARCH]


def cubin(
    name: str,
    capability: tuple[int, int],
    *,
    folder: Path | None = None,
    cache: Path | None = None,
    made_by: Sequence[Compiler] | None = None,
    wheel: Path | None = None,
) -> Path:
    """The compiled kernel as a file: made ahead for this device, else from the cache, else made
    now; without a compiler what was made ahead for an older device, or PTX.

    `folder` is `cuda/`, `cache` where compiled code is kept, `made_by` the compilers to try in
    order, `wheel` what a wheel has; all found by themselves. Raises ConfigError for an unknown
    name, BackendError when there is no compiler, all refuse the source or the cache cannot be
    written.
    """
    if name not in KERNELS:
        raise ConfigError(f"no kernel {name}: there are {', '.join(KERNELS)}")
    source = (folder or source_folder()) / KERNELS[name]
    arch = "sm_{}{}".format(*capability)
    keep = cache or cache_folder()
    ahead = [wheel or wheel_folder(), keep]
    path = made_ahead(ahead, name, source, [arch])
    if path is not None:
        return path
    found = compilers() if made_by is None else made_by
    refusals = [] if found else [NO_COMPILER]
    for compiler in found:
        try:
            wanted = images.digest(source, arch, FLAGS, compiler.version())
            path = images.find([keep], name, arch, wanted)
            code = b"" if path else compiler.compile(source, arch).code
        except BackendError as error:
            refusals.append(str(error))
            continue
        return path or images.store(keep, name, arch, wanted, code)
    path = made_ahead(ahead, name, source, older_archs(capability))
    if path is None:
        raise BackendError("; ".join(refusals))
    return path
