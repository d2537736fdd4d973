"""Kernels as shared libraries for EmuPort: from their source, and from a compiler's PTX."""

import subprocess
from collections.abc import Callable, Iterable
from pathlib import Path

from ptx2c import translate

from tickpath.devices.gpu import kernels

HERE = Path(__file__).resolve().parent
GXX = ["g++", "-std=c++20", "-ffp-contract=off", "-fno-strict-aliasing", "-w", "-shared", "-fPIC"]
TRAPS = ["-fsanitize=bounds,shift,signed-integer-overflow", "-fsanitize-undefined-trap-on-error"]
KINDS = {"source": ["-O1", *TRAPS], "ptx": ["-O1"]}
"""What a library is made of, and its flags."""
DEFINES = [flag for flag in kernels.FLAGS if flag.startswith("-D")]
PTX_ARCH = "compute_90"
SWEEPS = ("takers", "makers")
"""Kernels whose C++ takes many seconds to compile: left to the slow suite."""
QUICK = tuple(name for name in kernels.KERNELS if name not in SWEEPS)
PtxBuild = Callable[[kernels.Compiler, tuple[str, ...]], Path]
"""The library of kernels from what a compiler makes of them."""


def precompiled(folder: Path) -> None:
    """The shim's header for both kinds of libraries: most of what a kernel takes to compile."""
    for kind, flags in KINDS.items():
        place = folder / kind
        place.mkdir(parents=True)
        header = HERE / "cuda_shim.h"
        subprocess.run(
            [*GXX, *flags, "-x", "c++-header", str(header), "-o", str(place / "cuda_shim.h.gch")],
            check=True,
        )


def build(text: str, out: Path, kind: str, *flags: str, ready: Path | None = None) -> Path:
    """Compile C++ text into the library `out`; `ready` is the folder of `precompiled`."""
    source = out.with_suffix(".cpp")
    source.write_text(text)
    folders = [HERE] if ready is None else [ready / kind, HERE]
    include = [f"-I{folder}" for folder in folders]
    subprocess.run([*GXX, *KINDS[kind], *include, *flags, str(source), "-o", str(out)], check=True)
    return out


def source_library(
    out: Path, cuda: Path, names: Iterable[str] = kernels.KERNELS, ready: Path | None = None
) -> Path:
    """Kernels below `cuda` through the shim. An index beyond an array's own bounds, a shift
    or an overflow that C++ does not define ends the process."""
    lines = ['#include "cuda_shim.h"']
    for name in names:
        lines += [f'#include "{cuda / kernels.KERNELS[name]}"', f"EMU_EXPORT({name})"]
    more = *DEFINES, f"-I{cuda / 'include'}"
    return build("\n".join(lines) + "\n", out, "source", *more, ready=ready)


def ptx_of(
    cuda: Path,
    compiler: kernels.Compiler,
    flags: tuple[str, ...],
    names: Iterable[str] = kernels.KERNELS,
) -> list[str]:
    """What a compiler makes of each kernel."""
    return [
        compiler.compile(cuda / kernels.KERNELS[name], PTX_ARCH, flags).code.decode()
        for name in names
    ]


def ptx_library(
    out: Path,
    cuda: Path,
    compiler: kernels.Compiler,
    flags: tuple[str, ...] = kernels.FLAGS,
    names: Iterable[str] = kernels.KERNELS,
    ready: Path | None = None,
) -> Path:
    """The compiler's PTX of kernels, as C++ through the shim. ptx2c.RefusedError for an
    instruction that is inexact or unknown."""
    return build(translate(ptx_of(cuda, compiler, flags, names)), out, "ptx", ready=ready)
