"""What is kept of a simulator for the next one."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from tickpath.devices.fpga import verilate


@pytest.fixture
def compilations(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Names of what a fake compiler compiled, into an empty cache."""
    done: list[str] = []

    def run(command: Sequence[str], what: str) -> str:
        if "-o" in command:
            done.append(what)
            Path(command[-1]).write_text(what)
        return "Verilator 5.006"

    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setattr(verilate, "run", run)
    return done


def test_a_file_of_verilator_is_compiled_once(tmp_path: Path, compilations: list[str]) -> None:
    for name in verilate.SUPPORT:
        (tmp_path / name).write_text(f"// {name}")
    first = [verilate.kept_object(tmp_path, name) for name in verilate.SUPPORT]
    assert [path.exists() for path in first] == [True, True]
    assert first == [verilate.kept_object(tmp_path, name) for name in verilate.SUPPORT]
    assert compilations == [f"g++ of {name}" for name in verilate.SUPPORT]
    assert sorted(path.name for path in verilate.cache_folder().iterdir()) == sorted(
        path.name for path in first
    )


def test_another_text_is_compiled_again(tmp_path: Path, compilations: list[str]) -> None:
    name = verilate.SUPPORT[0]
    kept = set()
    for text in ("int a;", "int b;"):
        (tmp_path / name).write_text(text)
        kept.add(verilate.kept_object(tmp_path, name))
    assert len(kept) == len(compilations) == 2


def test_a_simulator_is_linked_with_what_is_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    commands = []

    def run(command: Sequence[str], what: str) -> str:
        commands.append(list(command))
        if "-o" in command:
            Path(command[-1]).write_text("")
        return str(tmp_path) if "--getenv" in command else "Verilator 5.006"

    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setattr(verilate, "run", run)
    (tmp_path / "include").mkdir()
    for name in verilate.SUPPORT:
        (tmp_path / "include" / name).write_text(name)
    made = verilate.build(tmp_path, "tp_top", tmp_path / "rig.cpp", [], [])
    objects = {str(p) for p in verilate.cache_folder().iterdir()}
    assert made.exists()
    assert len(objects) == 2
    assert objects <= set(commands[-1])
    assert not any(word.endswith(verilate.SUPPORT) for word in commands[-1])
