"""The driver file under unmodified pynq, in pynq's own environment (it wants an older numpy)."""

import os
import subprocess
import sys
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path

import pytest
from devices.fpga.overlay_rig import built

ROOT = Path(__file__).resolve().parents[3]
CASE = Path(__file__).with_name("pynq_case.py")


def pynq_python() -> Path:
    """The interpreter of the environment, made in CI; skips with what to type elsewhere."""
    spec = spec_from_file_location("fpga_environments", ROOT / "fpga/environments.py")
    assert spec is not None
    assert spec.loader is not None
    environments = module_from_spec(spec)
    sys.modules[spec.name] = environments
    spec.loader.exec_module(environments)
    try:
        return Path(environments.interpreter("pynq"))
    except environments.AbsentError as error:
        pytest.skip(str(error))


@pytest.mark.slow
def test_the_driver_on_a_simulated_device(needs_verilator: None) -> None:
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "src")}
    done = subprocess.run(
        [pynq_python(), CASE, built()], env=environment, capture_output=True, text=True, timeout=300
    )
    assert done.returncode == 0, done.stdout + done.stderr[-3000:]
    assert done.stdout.count("passed") == 5
