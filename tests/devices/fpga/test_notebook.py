"""The bring-up notebook runs from its first cell to its last on the simulated board."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from board_support import needs_board

from tickpath.devices.fpga.overlay import board_library
from tickpath.devices.fpga.probe import ASK, SIMULATED

NOTEBOOK = Path(__file__).resolve().parents[3] / "fpga/notebooks/bring_up.ipynb"


def program() -> str:
    """All code cells, one behind the other."""
    cells = json.loads(NOTEBOOK.read_text())["cells"]
    return "\n\n".join("".join(c["source"]) for c in cells if c["cell_type"] == "code")


def run(asked: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-c", program()],
        env={**os.environ, ASK: asked}, capture_output=True, text=True, timeout=300, check=False,
    )  # fmt: skip


@needs_board
@pytest.mark.slow
def test_every_cell_runs_on_the_simulated_board() -> None:
    board_library()
    done = run(SIMULATED)
    assert done.returncode == 0, done.stderr
    for words in ("2000 rows equal", "RISK_COLLAR", "RISK_POSITION", "register read: p50"):
        assert words in done.stdout


def test_without_a_board_the_first_cell_says_why() -> None:
    done = run("")
    assert done.returncode == 1
    assert "no overlay was asked for: set TICKPATH_FPGA=sim" in done.stderr


def test_the_notebook_is_kept_without_outputs() -> None:
    cells = json.loads(NOTEBOOK.read_text())["cells"]
    code = [cell for cell in cells if cell["cell_type"] == "code"]
    assert len(code) >= 5
    assert all(not cell["outputs"] and cell["execution_count"] is None for cell in code)
