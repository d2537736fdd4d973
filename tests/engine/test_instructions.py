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


def counting() -> ModuleType:
    path = ROOT / "benchmarks/path/instructions.py"
    spec = importlib.util.spec_from_file_location("instructions", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_no_frame_kind_costs_more_instructions_than_kept() -> None:
    if os.environ.get("TICKPATH_SANITIZED"):
        pytest.skip("the sanitizer adds instructions")
    if shutil.which("valgrind") is None or shutil.which("gcc") is None:
        pytest.skip("valgrind or gcc is absent: they count instructions")
    module = counting()
    kept = json.loads(module.BASELINE.read_text())
    found = module.measure()
    print(json.dumps(found), file=sys.stderr)
    if module.compiler() not in kept:
        return
    for name, count in found.items():
        assert count <= kept[module.compiler()][name] * SLACK, f"{name}: {count} instructions"
