"""All kernels compiled before anybody needs them: for a wheel, or for hosts without a compiler.

Code for the devices of ARCHS, and PTX that the driver of any later device compiles. A file that is
there, whole and of this source is kept; a broken one, or one of another source, is made again and
the old one removed. Worst case: about a minute and a half by nvcc, 20 s by NVRTC, one core.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from tickpath.core.errors import BackendError
from tickpath.devices.gpu import images, kernels
from tickpath.devices.gpu.kernels import Compiler

ARCHS = ("sm_75", "sm_80", "sm_86", "sm_89", "sm_90", kernels.PTX_ARCH)


class Made(NamedTuple):
    """A file, what was done (`made`, `kept`, `made again: ...`) and by which compiler."""

    kernel: str
    arch: str
    path: Path
    done: str
    compiler: str


def compile_all(
    folder: Path,
    *,
    archs: Sequence[str] = ARCHS,
    names: Sequence[str] = tuple(kernels.KERNELS),
    cuda: Path | None = None,
    made_by: Sequence[Compiler] | None = None,
) -> list[Made]:
    """A file in the folder for every kernel and target, as `kernels.cubin` finds them.

    `cuda` is the sources' folder, `made_by` the compilers to try in order; both found by
    themselves. Raises BackendError when there is no compiler, when all refuse a source or the
    folder cannot be written: files made so far stay, each of them whole.
    """
    found = kernels.compilers() if made_by is None else made_by
    if not found:
        raise BackendError(kernels.NO_COMPILER)
    sources = cuda or kernels.source_folder()
    return [
        made_one(folder, name, arch, sources / kernels.KERNELS[name], found)
        for name in names
        for arch in archs
    ]


def made_one(folder: Path, name: str, arch: str, source: Path, made_by: Sequence[Compiler]) -> Made:
    """One file, kept or made."""
    wanted = images.digest(source, arch, kernels.FLAGS)
    kept = images.find([folder], name, arch, wanted)
    if kept is not None:
        return Made(name, arch, kept, "kept", "")
    before = images.candidates(folder, name, arch)
    broken = any(not images.is_whole(path) for path in before)
    compiler, code = kernels.compiled(source, arch, made_by)
    path = images.store(folder, name, arch, wanted, code)
    for old in before:
        if old != path:
            old.unlink(missing_ok=True)
    why = "broken" if broken else "of another source"
    return Made(name, arch, path, f"made again: {why}" if before else "made", compiler)
