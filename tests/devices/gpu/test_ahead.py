"""Kernels compiled ahead: found by their hash without a compiler, never when broken or stale."""

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from kernel_recorder import Recorder

from tickpath.cli.main import main
from tickpath.core.errors import BackendError
from tickpath.devices.gpu import ahead, images, kernels
from tickpath.devices.gpu.ahead import compile_all

ROOT = Path(__file__).resolve().parents[3]
NAMES = ("rows", "bank")


def cubin(name: str, capability: tuple[int, int], wheel: Path, **more: Any) -> Path:
    """Found in the wheel, with an empty cache and no compiler."""
    given = {"wheel": wheel, "cache": wheel / "none", "made_by": []} | more
    return kernels.cubin(name, capability, **given)


def test_every_kernel_for_every_target(tmp_path: Path) -> None:
    made = compile_all(tmp_path, made_by=[Recorder()])
    assert len(made) == len(kernels.KERNELS) * 6
    assert {m.arch for m in made} == {"sm_75", "sm_80", "sm_86", "sm_89", "sm_90", "compute_75"}
    assert {m.done for m in made} == {"made"}
    assert sorted(tmp_path.iterdir()) == sorted(m.path for m in made)
    again = compile_all(tmp_path, made_by=[Recorder(refuses=True)])
    assert [m.path for m in again] == [m.path for m in made]
    assert {m.done for m in again} == {"kept"}


@pytest.mark.parametrize(
    ("capability", "arch"),
    [((7, 5), "sm_75"), ((8, 6), "sm_86"), ((8, 7), "sm_86"), ((9, 0), "sm_90"),
     ((10, 0), "compute_75"), ((12, 1), "compute_75")],
)  # fmt: skip
def test_a_host_without_a_compiler_finds_its_code(
    tmp_path: Path, capability: tuple[int, int], arch: str
) -> None:
    """Its own, else an older one of its major version, else PTX."""
    made = compile_all(tmp_path, names=NAMES, made_by=[Recorder()])
    (wanted,) = (m.path for m in made if (m.kernel, m.arch) == ("rows", arch))
    assert cubin("rows", capability, tmp_path) == wanted
    assert cubin("rows", capability, tmp_path / "other", cache=tmp_path) == wanted, "in the cache"


def test_a_compiler_is_asked_before_code_of_another_device(tmp_path: Path) -> None:
    compile_all(tmp_path, names=NAMES, made_by=[Recorder()])
    compiler = Recorder()
    assert "-sm_87-" in cubin("rows", (8, 7), tmp_path, made_by=[compiler]).name
    assert compiler.asked == [("rows.cu", "sm_87")]
    assert cubin("rows", (8, 6), tmp_path, made_by=[compiler]).parent == tmp_path
    assert len(compiler.asked) == 1
    refusing = [Recorder(refuses=True)]
    assert "compute_75" in cubin("rows", (12, 0), tmp_path, made_by=refusing).name


@pytest.mark.parametrize("damage", ["torn", "one bit", "empty", "renamed"])
def test_a_broken_file_is_refused_and_made_again(tmp_path: Path, damage: str) -> None:
    (made,) = compile_all(tmp_path, archs=("sm_90",), names=("rows",), made_by=[Recorder()])
    whole = made.path.read_bytes()
    spoilt = {"torn": whole[:-1], "one bit": bytes([whole[0] ^ 1]) + whole[1:], "empty": b""}
    if damage == "renamed":
        other = made.path.with_name(made.path.name.replace(images.check_of(whole), "0" * 16))
        made.path.rename(other)
    else:
        made.path.write_bytes(spoilt[damage])
    with pytest.raises(BackendError, match=r"no compiler for kernels.*--compile-kernels"):
        cubin("rows", (9, 0), tmp_path)
    (again,) = compile_all(tmp_path, archs=("sm_90",), names=("rows",), made_by=[Recorder()])
    assert again.done == "made again: broken"
    assert [p.read_bytes() for p in tmp_path.iterdir()] == [whole]
    assert cubin("rows", (9, 0), tmp_path) == again.path


def test_a_broken_file_of_the_cache_is_made_again(tmp_path: Path) -> None:
    compiler = Recorder()
    first = kernels.cubin("rows", (9, 0), cache=tmp_path, made_by=[compiler])
    first.write_bytes(b"torn")
    again = kernels.cubin("rows", (9, 0), cache=tmp_path, made_by=[compiler])
    assert (again, again.read_bytes()) == (first, b"code")
    assert len(compiler.asked) == 2


@pytest.mark.parametrize("place", ["include/tickpath/hd.h", "features/rows.cu"])
def test_a_stale_file_is_not_found_and_made_again(tmp_path: Path, place: str) -> None:
    cuda, folder = tmp_path / "cuda", tmp_path / "made"
    shutil.copytree(kernels.source_folder(), cuda)
    given: dict[str, Any] = {"archs": ("sm_90",), "names": ("rows",), "cuda": cuda}
    (old,) = compile_all(folder, made_by=[Recorder()], **given)
    with (cuda / place).open("a") as file:
        file.write("\n")
    with pytest.raises(BackendError, match="no compiler for kernels"):
        cubin("rows", (9, 0), folder, folder=cuda)
    (new,) = compile_all(folder, made_by=[Recorder()], **given)
    assert (new.done, list(folder.iterdir())) == ("made again: of another source", [new.path])
    assert new.path != old.path


def test_what_is_no_kernel_of_ours_stays(tmp_path: Path) -> None:
    mine = tmp_path / "rows-sm_90-notes.cubin"
    mine.write_text("mine")
    compile_all(tmp_path, names=NAMES, made_by=[Recorder()])
    assert mine.read_text() == "mine"
    (tmp_path / "file").touch()
    with pytest.raises(BackendError, match=r"cannot be written.*another folder"):
        compile_all(tmp_path / "file/x", names=NAMES, made_by=[Recorder()])
    with pytest.raises(BackendError, match="refused by 1"):
        compile_all(tmp_path / "y", names=NAMES, made_by=[Recorder(refuses=True)])


def nvrtc() -> kernels.Compiler:
    found = kernels.compilers()
    if not found or found[-1].name != "nvrtc":
        pytest.skip(kernels.NO_COMPILER)
    return found[-1]


def assert_real(made: list[ahead.Made]) -> None:
    for m in made:
        code = m.path.read_bytes()
        assert code.startswith(b"\x7fELF" if m.arch.startswith("sm_") else b"//"), m
        assert m.kernel.encode() in code
        if m.arch.startswith("compute"):
            assert f".target {m.arch.replace('compute', 'sm')}".encode() in code


def test_nvrtc_compiles_for_every_target(tmp_path: Path) -> None:
    made = compile_all(tmp_path, names=("tail_counts",), made_by=[nvrtc()])
    assert {m.compiler for m in made} == {"nvrtc"}
    assert_real(made)
    assert cubin("tail_counts", (8, 9), tmp_path).read_bytes().startswith(b"\x7fELF")


@pytest.mark.slow
def test_nvrtc_compiles_every_kernel(tmp_path: Path) -> None:
    """For a target that the budgets leave out."""
    assert_real(compile_all(tmp_path, archs=("sm_89",), made_by=[nvrtc()]))


def test_the_command_lists_what_it_did(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(kernels, "compilers", lambda: [Recorder()])
    assert main(["doctor", "--compile-kernels", str(tmp_path), "--json", "-"]) == 0
    said = json.loads(capsys.readouterr().out)
    assert len(said) == len(kernels.KERNELS) * len(ahead.ARCHS)
    assert said[0]["done"] == "made"
    assert Path(said[0]["path"]).is_file()
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "home"))
    assert main(["doctor", "--compile-kernels"]) == 0
    assert str(tmp_path / "home/tickpath/kernels") in capsys.readouterr().out.replace("\n", "")
    monkeypatch.setattr(kernels, "compilers", list)
    assert main(["doctor", "--compile-kernels", str(tmp_path / "x")]) == 4
    assert "kernels are not compiled: no compiler for kernels" in capsys.readouterr().err


@pytest.mark.slow
def test_a_wheel_carries_what_was_compiled_ahead(tmp_path: Path) -> None:
    made = compile_all(tmp_path / "ahead", names=NAMES, made_by=[Recorder()])
    tree = tmp_path / "tree"
    for name in ("src", "cuda", "fpga"):
        skipped = shutil.ignore_patterns("*.so", "*.c", "__pycache__", "*.egg-info")
        shutil.copytree(ROOT / name, tree / name, ignore=skipped)
    for name in ("setup.py", "pyproject.toml", "limits.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, tree)
    subprocess.run(
        [sys.executable, "setup.py", "--quiet", "build_py", "--build-lib", str(tmp_path / "lib")],
        cwd=tree, check=True, capture_output=True,
        env={"PATH": "/usr/bin:/bin", "TICKPATH_ONLY": "nothing",
             "TICKPATH_CUBIN": str(tmp_path / "ahead")},
    )  # fmt: skip
    folder = tmp_path / "lib/tickpath/devices/gpu"
    assert {p.name for p in (folder / "cubin").iterdir()} == {m.path.name for m in made}
    found = cubin("rows", (8, 6), folder / "cubin", folder=folder / "cuda")
    assert found.parent == folder / "cubin"
    fabric = tmp_path / "lib/tickpath/devices/fpga/fabric"
    assert {"rtl/top.sv", "sim/board.cpp", "regmap.toml"} <= {
        str(p.relative_to(fabric)) for p in fabric.rglob("*")
    }
