"""Kernels as shared libraries for EmuPort: from their source, and from a compiler's PTX."""

import subprocess
from pathlib import Path

from ptx2c import translate

from tickpath.devices.gpu import kernels

HERE = Path(__file__).resolve().parent
GXX = ["g++", "-std=c++20", "-ffp-contract=off", "-fno-strict-aliasing", "-w", "-shared", "-fPIC"]
TRAPS = ["-fsanitize=bounds,shift,signed-integer-overflow", "-fsanitize-undefined-trap-on-error"]
DEFINES = [flag for flag in kernels.FLAGS if flag.startswith("-D")]
PTX_ARCH = "compute_90"


def build(text: str, out: Path, *flags: str) -> Path:
    """Compile C++ text into the library `out`."""
    source = out.with_suffix(".cpp")
    source.write_text(text)
    subprocess.run([*GXX, *flags, f"-I{HERE}", str(source), "-o", str(out)], check=True)
    return out


def source_library(out: Path, cuda: Path) -> Path:
    """All kernels below `cuda` through the shim. An index beyond an array's own bounds, a shift
    or an overflow that C++ does not define ends the process."""
    lines = ['#include "cuda_shim.h"']
    for name, place in kernels.KERNELS.items():
        lines += [f'#include "{cuda / place}"', f"EMU_EXPORT({name})"]
    return build("\n".join(lines) + "\n", out, "-O1", *TRAPS, *DEFINES, f"-I{cuda / 'include'}")


def ptx_of(
    cuda: Path, compiler: kernels.Compiler, flags: tuple[str, ...], only: tuple[str, ...] = ()
) -> list[str]:
    """What a compiler makes of each kernel, or of some."""
    places = [place for name, place in kernels.KERNELS.items() if not only or name in only]
    return [compiler.compile(cuda / place, PTX_ARCH, flags).code.decode() for place in places]


def ptx_library(
    out: Path, cuda: Path, compiler: kernels.Compiler, flags: tuple[str, ...] = kernels.FLAGS
) -> Path:
    """The compiler's PTX of all kernels, as C++ through the shim. ptx2c.RefusedError for an
    instruction that is inexact or unknown."""
    return build(translate(ptx_of(cuda, compiler, flags)), out, "-O1")
