"""What can be checked without Vivado: the Tcl against a stub, and the reader of reports."""

import importlib.util
import shutil
import sys
from decimal import Decimal
from pathlib import Path
from types import ModuleType

import pytest

from tickpath.devices.fpga.verilate import fabric_folder

VIVADO = fabric_folder() / "vivado"


def loaded(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(f"vivado_{name}", VIVADO / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


REPORTS = Path(__file__).parent / "reports"
timing, check = loaded("timing"), loaded("check")
BOARDS = sorted(p.stem for p in VIVADO.glob("boards/*.tcl"))

SUMMARY = (REPORTS / "timing.rpt").read_text()
SEVEN = (REPORTS / "utilization_7series.rpt").read_text()
PLUS = (REPORTS / "utilization_ultrascale.rpt").read_text()


def test_a_met_summary() -> None:
    found = timing.read_timing(SUMMARY)
    assert found.slack == {
        "setup": Decimal("0.412"), "hold": Decimal("0.021"), "pulse width": Decimal("3.750"),
    }  # fmt: skip
    assert found.failing == {"setup": 0, "hold": 0, "pulse width": 0}
    assert found.clocks == {"clk_fpga_0": Decimal(10), "divided": Decimal(20)}
    assert found.sound


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("  0.412        0.000                      0", " -10.412      -12.500             37"),
        ("  0.021        0.000                      0", " -0.001       -0.001               1"),
        ("no_clock (0)", "no_clock (3)"),
        ("unconstrained_internal_endpoints (0)", "unconstrained_internal_endpoints (9)"),
    ],
)  # fmt: skip
def test_what_is_not_sound(tmp_path: Path, old: str, new: str) -> None:
    bad = SUMMARY.replace(old, new)
    assert bad != SUMMARY
    assert not timing.read_timing(bad).sound
    (tmp_path / "timing.rpt").write_text(bad)
    (tmp_path / "utilization.rpt").write_text(SEVEN)
    assert timing.main([str(tmp_path)]) == 4
    (tmp_path / "timing.rpt").write_text(SUMMARY)
    assert timing.main([str(tmp_path)]) == 0


@pytest.mark.parametrize(
    "text",
    [
        "", SUMMARY.split("Clock Summary")[0], SUMMARY.replace("0.412", "  inf"),
        SUMMARY.replace("clk_fpga_0  {", "clk_fpga_0  (").replace("divided   {", "x ("),
        SUMMARY.split("    -------      ")[0],
    ],
)  # fmt: skip
def test_what_is_no_summary_is_refused(tmp_path: Path, text: str) -> None:
    with pytest.raises(timing.ReportError):
        timing.read_timing(text)
    (tmp_path / "timing.rpt").write_text(text)
    assert timing.main([str(tmp_path)]) == 2


def test_utilisation_of_both_families() -> None:
    seven = timing.read_utilization(SEVEN)
    assert {n: (u.used, u.available) for n, u in seven.items()} == {
        "LUT": (9876, 53200), "FF": (8800, 106400), "BRAM36": (Decimal("34.5"), 140),
        "DSP": (10, 220),
    }  # fmt: skip
    assert {n: u.used for n, u in timing.read_utilization(PLUS).items()} == {
        "LUT": 9000, "FF": 8800, "URAM": 0,
    }  # fmt: skip
    with pytest.raises(timing.ReportError):
        timing.read_utilization("nothing")


@pytest.mark.parametrize("board", BOARDS)
def test_the_script_runs_on_a_stub_and_fits_the_rtl(tmp_path: Path, board: str) -> None:
    if shutil.which("tclsh") is None:
        pytest.skip("no tclsh on PATH: apt-get install tcl")
    face = check.Face((VIVADO / "overlay.v").read_text())
    found = check.calls(board, tmp_path)
    assert check.problems(found, face) == []
    assert (tmp_path / "tickpath.bit").exists()
    assert (tmp_path / "tickpath.hwh").exists()
    broken = {
        ("connect_bd_net", "tp_top_0/aclk"): "tp_top_0/clk",
        ("connect_bd_intf_net", "tp_top_0/s_axis_feed"): "tp_top_0/s_axis_rows",
        ("create_bd_cell", "dma_rows"): "dma_row",
        ("set_property", "CONFIG.NS_PER_CLOCK"): "CONFIG.NS",
        ("set_property", "CONFIG.c_m_axis_mm2s_tdata_width"): "CONFIG.other",
    }
    for (command, old), new in broken.items():
        changed = [[new if f == old and c[0] == command else f for f in c] for c in found]
        assert check.problems(changed, face), (command, old)


def test_the_wrapper_is_tp_top() -> None:
    assert check.wrong_wrapper() == []
    assert BOARDS == ["kv260", "pynq_z2"]
