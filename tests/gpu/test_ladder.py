"""The kernels without a GPU: budgets, then source and a compiler's PTX through the shim."""

import re
import tomllib
from pathlib import Path

import pytest
from emu_build import QUICK, SWEEPS, PtxBuild, ptx_of
from emu_port import EmuPort
from ptx2c import RefusedError, translate

from tickpath.devices.gpu import kernels
from tickpath.devices.gpu.selftest import differences

CUDA = kernels.source_folder()
BUDGETS = tomllib.loads((CUDA / "budgets.toml").read_text())
USED = re.compile(
    r"(\d+) bytes stack frame, (\d+) bytes spill stores.*?Used (\d+) registers"
    r"(?:.*?(\d+) bytes smem)?"
)
ORDERS = ("fwd", "rev", "rnd")


@pytest.mark.parametrize("order", ORDERS)
def test_the_source_gives_the_bytes_of_the_twin(shim: Path, order: str) -> None:
    assert list(differences(EmuPort(shim, order), QUICK)) == []


@pytest.mark.slow
@pytest.mark.parametrize("order", ORDERS)
def test_the_source_of_a_sweep_gives_the_bytes_of_the_twin(sweeps: Path, order: str) -> None:
    assert list(differences(EmuPort(sweeps, order), SWEEPS)) == []


def assert_ptx_gives_the_bytes_of_the_twin(library: Path, names: tuple[str, ...]) -> None:
    for order in ORDERS:
        assert list(differences(EmuPort(library, order), names)) == [], order


@pytest.mark.slow
def test_ptx_gives_the_bytes_of_the_twin(compilers: list[kernels.Compiler], ptx: PtxBuild) -> None:
    """Of the compiler that is tried last: NVRTC, the quicker one, where it is installed."""
    assert_ptx_gives_the_bytes_of_the_twin(ptx(compilers[-1], QUICK), QUICK)


@pytest.mark.slow
@pytest.mark.parametrize("names", [QUICK, SWEEPS], ids=["quick", "sweeps"])
@pytest.mark.parametrize("place", [0, 1])
def test_ptx_of_every_compiler_gives_the_bytes_of_the_twin(
    compilers: list[kernels.Compiler], ptx: PtxBuild, place: int, names: tuple[str, ...]
) -> None:
    """What the last one makes of the quick kernels has its own test."""
    for compiler in compilers[place : place + 1]:
        if (compiler, names) != (compilers[-1], QUICK):
            assert_ptx_gives_the_bytes_of_the_twin(ptx(compiler, names), names)


def test_a_build_with_fused_multiply_add_is_refused(compilers: list[kernels.Compiler]) -> None:
    flags = tuple(flag for flag in kernels.FLAGS if "fmad" not in flag)
    assert len(flags) == len(kernels.FLAGS) - 1
    for compiler in compilers:
        with pytest.raises(RefusedError, match="inexact instruction"):
            translate(ptx_of(CUDA, compiler, flags, ("rows",)))


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("fma.rn.f64 %fd1, %fd1, %fd1, %fd1;", "inexact"),
        ("add.f64 %fd1, %fd1, %fd1;", "inexact"),
        ("add.rz.f64 %fd1, %fd1, %fd1;", "inexact"),
        ("rcp.approx.ftz.f64 %fd1, %fd1;", "inexact"),
        ("mul.rn.f32 %fd1, %fd1, %fd1;", "inexact"),
        ("min.NaN.f64 %fd1, %fd1, %fd1;", "unknown form"),
        ("atom.shared.add.u32 %r1, [%r1], 1;", "unknown form"),
        ("bfi.b32 %r1, %r1, %r1, %r1, 4;", "unknown form"),
        ("cvt.rni.s32.f64 %r1, %fd1;", "unknown form"),
        ("bar.sync 1;", "unknown form"),
        ("shfl.sync.down.b32 %r1, %r1, 1, 31, -1;", "unknown instruction"),
        ("add.rn.f64 %fd1, %fd1, WARP_SZ;", "unknown operand"),
    ],
)
def test_the_runner_refuses_what_it_does_not_know(line: str, words: str) -> None:
    module = (
        ".visible .entry k(\n)\n{\n.reg .f64 %fd<2>;\n.reg .b32 %r<2>;\n"
        "add.rn.f64 %fd1, %fd1, %fd1;\nret;\n}\n"
    )
    assert "emu_k" in translate([module])
    with pytest.raises(RefusedError, match=words):
        translate([module.replace("ret;", f"{line}\nret;")])


def test_every_kernel_has_a_budget() -> None:
    assert set(BUDGETS) == set(kernels.KERNELS)


@pytest.mark.slow
@pytest.mark.parametrize("name", kernels.KERNELS)
def test_a_kernel_stays_within_its_budget(compilers: list[kernels.Compiler], name: str) -> None:
    budget = BUDGETS[name]
    for compiler in compilers:
        for arch, registers in budget["registers"].items():
            log = " ".join(compiler.compile(CUDA / kernels.KERNELS[name], arch).log.split())
            (found,) = USED.findall(log)
            stack, spills, used, shared = (int(text or 0) for text in found)
            assert used <= registers, (name, arch, compiler.name, used)
            where = name, arch, compiler.name, stack, spills
            assert (stack <= budget["stack"], spills <= budget["spills"]) == (True, True), where
            assert shared == budget["shared"], where


def test_every_source_is_a_kernel_of_its_stem() -> None:
    sources = {str(p.relative_to(CUDA)) for p in CUDA.rglob("*.cu")}
    assert sources == set(kernels.KERNELS.values())
    for name, place in kernels.KERNELS.items():
        text = (CUDA / place).read_text()
        assert Path(place).stem == name
        entry = r'extern "C" __global__ void __launch_bounds__\(128[\d ,]*\) (\w+)\('
        assert re.findall(entry, text) == [name]
        assert "#include <tickpath/" in text
        assert "<<<" not in text


def test_headers_hide_none_of_the_system() -> None:
    """A header of ours is included by its folder, so that no bare name of libc can meet it."""
    include = CUDA / "include"
    assert [p.name for p in include.iterdir()] == ["tickpath"]
    for path in CUDA.rglob("*.[hc]*"):
        for line in path.read_text().splitlines():
            assert len(line) <= 100, f"{path.name}: {line}"
            if line.startswith("#include") and "stdint" not in line:
                assert line.startswith("#include <tickpath/"), f"{path.name}: {line}"
