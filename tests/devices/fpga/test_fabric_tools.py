"""The tools of fpga/: what they list exists, and what they count is counted rightly.

They run in `make fabric`; here stands what needs none of their programs.
"""

import importlib.util
import json
import sys
import tomllib
from pathlib import Path
from types import ModuleType

import pytest

FABRIC = Path(__file__).resolve().parents[3] / "fpga"


def loaded(path: str) -> ModuleType:
    """A script of fpga/ as a module."""
    name = f"fabric_{Path(path).stem}"
    spec = importlib.util.spec_from_file_location(name, FABRIC / path)
    assert spec is not None
    assert spec.loader is not None
    module = sys.modules[name] = importlib.util.module_from_spec(spec)
    before = list(sys.path)
    spec.loader.exec_module(module)
    sys.path[:] = before
    return module


RUN, MUTANTS, LINT = loaded("formal/run.py"), loaded("formal/mutants.py"), loaded("synth/lint.py")
SYNTH, RESOURCES = loaded("synth/synth.py"), loaded("synth/resources.py")
ENVIRONMENTS = loaded("environments.py")
BUDGETS = tomllib.loads((FABRIC / "synth/budgets.toml").read_text())
STEMS = LINT.modules()


@pytest.mark.parametrize("mutant", MUTANTS.mutants(), ids=lambda m: f"{m.module}-{m.breaks}")
def test_a_mutant_fits_its_module_and_names_its_judge(mutant: object) -> None:
    assert mutant.applied() != (FABRIC / f"rtl/{mutant.module}.sv").read_text()
    judge = mutant.by.split("::")[0].split()[0]
    if judge.endswith(".py"):
        assert (FABRIC.parent / judge).is_file()
    elif judge.startswith("tb:"):
        assert (FABRIC / "tb" / judge[3:]).is_dir()
    else:
        assert mutant.by in {str(task) for task in RUN.tasks()}


def test_there_are_mutants_of_every_module_with_a_proof() -> None:
    listed = [mutant.module for mutant in MUTANTS.mutants()]
    assert len(listed) >= 20
    assert {task.sby.stem for task in RUN.tasks()} <= set(listed)


def test_every_module_is_proved() -> None:
    assert {task.sby.stem for task in RUN.tasks()} == set(STEMS)
    for stem in STEMS:
        names = {task.name for task in RUN.tasks(chosen=[stem])}
        assert "prove" in names
        assert "cover" in names, "a proof about what cannot happen says nothing"


@pytest.mark.parametrize("stem", STEMS)
def test_files_keep_the_layout(stem: str) -> None:
    assert LINT.layout(stem) == ""


@pytest.mark.parametrize("name", BUDGETS["target"])
def test_a_target_has_a_module_bounds_and_a_row_in_the_page(name: str) -> None:
    target = BUDGETS["target"][name]
    assert target["top"] == LINT.top_of(name)
    assert target["xc7"]["lut"] > 0
    assert f"| {name} | {RESOURCES.settings_of(target)} |" in SYNTH.PAGE.read_text()


def test_a_task_that_nobody_wrote_is_refused(tmp_path: Path) -> None:
    (tmp_path / "one.sby").write_text("[tasks]\nprove\ncover # reach\n\n[options]\nmode prove\n")
    (tmp_path / "two.sby").write_text("[options]\nmode bmc\n")
    names = [str(task) for task in RUN.tasks(tmp_path)]
    assert names == ["one:prove", "one:cover", "two:"]
    assert [str(task) for task in RUN.tasks(tmp_path, ["one:cover"])] == ["one:cover"]
    with pytest.raises(ValueError, match="three"):
        RUN.tasks(tmp_path, ["three"])


def test_cells_are_counted_by_kind() -> None:
    kinds = {"LUT6": 10, "INV": 1, "SRL16E": 2, "RAM32M": 3, "FDRE": 7, "FDSE": 1, "CARRY4": 4,
             "DSP48E1": 2, "RAMB18E1": 1, "MUXF7": 5, "BUFG": 1}  # fmt: skip
    cells = RESOURCES.counted(json.dumps({"design": {"num_cells_by_type": kinds}}))
    assert cells == (10 + 1 + 2 + 12, 8, 2, 1, 4)
    kinds["$alu"] = 1
    with pytest.raises(ValueError, match="alu"):
        RESOURCES.counted(json.dumps({"design": {"num_cells_by_type": kinds}}))


def test_a_broken_bound_is_named() -> None:
    budgets = {
        "target": {"a": {"xc7": {"lut": 10}, "ecp5": {"mhz_min": 200}}, "b": {"xc7": {"dsp": 1}}},
        "together": {"core": {"of": ["a", "b"], "xc7": {"lut": 30}}},
    }
    fine = {"a": {"xc7": RESOURCES.Cells(10, 0, 0, 0, 0), "mhz": 200.0},
            "b": {"xc7": RESOURCES.Cells(20, 0, 1, 0, 0)}}  # fmt: skip
    assert SYNTH.broken(budgets, fine) == []
    fine["a"] |= {"xc7": RESOURCES.Cells(11, 0, 0, 0, 0), "mhz": 199.9}
    assert SYNTH.broken(budgets, fine) == [
        "a: 11 lut on xc7, at most 10",
        "a: 199.9 MHz on ECP5, at least 200",
        "core: 31 lut on xc7, at most 30",
    ]


def test_a_missing_environment_skips_for_a_user_and_fails_in_ci(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("TICKPATH_FPGA_TOOLS", str(tmp_path))
    with pytest.raises(ENVIRONMENTS.AbsentError, match="is not there"):
        ENVIRONMENTS.interpreter("synth", make=False)
    for value, code in (("false", 0), ("true", 2)):
        monkeypatch.setenv("CI", value)
        assert ENVIRONMENTS.skipped("no yosys") == code
    assert "skipped: no yosys" in capsys.readouterr().err
