"""`tickpath fpga`: what it prints and its exit codes."""

import json

import pytest
from devices.fpga.overlay_rig import built

from tickpath.cli.main import main
from tickpath.devices.fpga import opened, regs

REGISTERS = len(regs.IDENTITY) + len(regs.CONTROL) + len(regs.SETTINGS) + len(regs.COUNTERS)


def test_registers(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["fpga", "regs", "--json", "-"]) == 0
    found = json.loads(capsys.readouterr().out)["registers"]
    assert len(found) == REGISTERS
    assert found[0] == {
        "address": "0x0000", "name": "ID", "group": "identity", "mask": "FFFFFFFF",
    }  # fmt: skip
    assert main(["fpga", "regs"]) == 0
    assert "GATE_EQUITY_LOW" in capsys.readouterr().out


def test_a_report_without_an_overlay_says_what_to_type(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("TICKPATH_FPGA", raising=False)
    opened.opened.cache_clear()
    assert main(["fpga", "report"]) == 2
    assert "set TICKPATH_FPGA=sim" in capsys.readouterr().err
    opened.opened.cache_clear()


def test_a_simulated_overlay(
    needs_fpga: None, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert main(["fpga", "build-sim", "--json", "-"]) == 0
    assert json.loads(capsys.readouterr().out)["library"] == str(built())
    assert main(["fpga", "sim-bench", "--rows", "2000", "--json", "-"]) == 0
    figures = json.loads(capsys.readouterr().out)
    assert figures["chain_latency_clocks"] == 16
    assert figures["score_latency_clocks"] == 8
    assert figures["vectors_per_clock"] == 1.0
    assert figures["differences"] == figures["protocol_errors"] == 0
    assert main(["fpga", "sim-bench", "--rows", "9"]) == 2
    monkeypatch.setenv("TICKPATH_FPGA", "sim")
    opened.opened.cache_clear()
    assert main(["fpga", "report", "--json", "-"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["overlay"].startswith("simulated board")
    assert not told["armed"]
    opened.opened.cache_clear()


@pytest.fixture
def needs_fpga() -> None:
    from tickpath.devices.fpga.verilate import missing_tool

    if missing_tool():
        pytest.skip(missing_tool())
