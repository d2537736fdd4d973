"""Instruction counts per frame kind against the kept baseline: a gate that no load moves."""

import importlib.util
import json
import os
import shutil
import sys
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).resolve().parents[2]
SLACK = 1.03
KEPT: dict[str, dict[str, int]] = json.loads((ROOT / "benchmarks/baseline.json").read_text())
KINDS = sorted(next(iter(KEPT.values())))


def counting() -> ModuleType:
    path = ROOT / "benchmarks/path/instructions.py"
    spec = importlib.util.spec_from_file_location("instructions", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.slow
def test_no_frame_kind_costs_more_instructions_than_kept() -> None:
    if os.environ.get("TICKPATH_SANITIZED"):
        pytest.skip("the sanitizer adds instructions")
    if shutil.which("valgrind") is None or shutil.which("gcc") is None:
        pytest.skip("valgrind or gcc is absent: they count instructions")
    module = counting()
    found = module.measure()
    print(found, file=sys.stderr)
    assert all(found[kind] > 0 for kind in KINDS)
    if module.compiler() in KEPT:
        kept = KEPT[module.compiler()]
        assert {k: n for k, n in found.items() if n > kept[k] * SLACK} == {}


def test_every_frame_kind_is_kept() -> None:
    assert sorted(counting().KINDS) == KINDS
