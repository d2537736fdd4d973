"""Compiled kernels by name: cache, compilers in order, and refusals that say what to do."""

import shutil
from pathlib import Path

import pytest
from kernel_recorder import Recorder

from tickpath.core.errors import BackendError, ConfigError
from tickpath.devices.gpu import kernels


def test_a_second_use_comes_from_the_cache(tmp_path: Path) -> None:
    compiler = Recorder()
    first, second = (
        kernels.cubin("rows", (9, 0), cache=tmp_path / "a/b", made_by=[compiler]) for _ in range(2)
    )
    assert first == second
    assert first.read_bytes() == b"code"
    assert compiler.asked == [("rows.cu", "sm_90")]
    assert [p.name for p in first.parent.iterdir()] == [first.name]


def test_all_that_decides_the_code_is_in_the_name(tmp_path: Path) -> None:
    cuda = tmp_path / "cuda"
    shutil.copytree(kernels.source_folder(), cuda)

    def name(arch: tuple[int, int] = (9, 0), version: str = "1") -> str:
        made_by = [Recorder(version=version)]
        return kernels.cubin("rows", arch, folder=cuda, cache=tmp_path, made_by=made_by).name

    names = {name(), name(), name(arch=(8, 0)), name(version="2")}
    assert len(names) == 3
    for place in ("include/tickpath/hd.h", "features/rows.cu"):
        with (cuda / place).open("a") as file:
            file.write("\n")
        names.add(name())
    assert len(names) == 5


def test_the_next_compiler_is_tried(tmp_path: Path) -> None:
    refusing, other = Recorder(refuses=True, version="old"), Recorder(version="new")
    assert kernels.cubin("bank", (7, 5), cache=tmp_path, made_by=[refusing, other]).is_file()
    assert refusing.asked == other.asked == [("bank.cu", "sm_75")]
    both = [refusing, Recorder(refuses=True, version="older")]
    with pytest.raises(BackendError, match="refused by old; refused by older"):
        kernels.cubin("bank", (8, 0), cache=tmp_path, made_by=both)


def test_an_nvcc_that_cannot_be_run_is_passed_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    torn = tmp_path / "nvcc"
    torn.write_bytes(b"\x7fELF torn")
    torn.chmod(0o755)
    other = Recorder()
    made_by = [kernels.Nvcc(str(torn)), other]
    assert kernels.cubin("rows", (9, 0), cache=tmp_path, made_by=made_by).is_file()
    assert other.asked
    torn.write_text("#!/bin/sh\nwhile :; do :; done\n")
    monkeypatch.setattr(kernels, "COMPILE_S_MAX", 0.05)
    with pytest.raises(BackendError, match=r"nvcc cannot be used .*timed out"):
        kernels.cubin("rows", (9, 0), cache=tmp_path, made_by=made_by[:1])


def test_refusals(tmp_path: Path) -> None:
    with pytest.raises(BackendError, match="pip install cuda-bindings nvidia-cuda-nvrtc"):
        kernels.cubin("rows", (9, 0), cache=tmp_path, made_by=[])
    with pytest.raises(ConfigError, match="no kernel nope: there are rows, bank"):
        kernels.cubin("nope", (9, 0))
    (tmp_path / "file").touch()
    with pytest.raises(BackendError, match="set XDG_CACHE_HOME"):
        kernels.cubin("rows", (9, 0), cache=tmp_path / "file/x", made_by=[Recorder()])


def test_the_cache_is_where_the_system_keeps_caches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", "/somewhere")
    assert kernels.cache_folder() == Path("/somewhere/tickpath/kernels")
    monkeypatch.delenv("XDG_CACHE_HOME")
    assert kernels.cache_folder() == Path.home() / ".cache/tickpath/kernels"


def test_a_compiler_names_the_fault_of_a_source(tmp_path: Path) -> None:
    found = kernels.compilers()
    if not found:
        pytest.skip(kernels.NO_COMPILER)
    source = tmp_path / "features/bad.cu"
    source.parent.mkdir()
    source.write_text('extern "C" __global__ void bad(int* x) { x[0] = nope; }\n')
    for compiler in found:
        for arch in ("sm_90", "compute_90"):
            with pytest.raises(BackendError, match="nope"):
                compiler.compile(source, arch)
