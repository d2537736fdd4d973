"""What the probe says: the exact reason, and what to type."""

from pathlib import Path
from typing import Any

import pytest
from devices.fpga.overlay_rig import built

from tickpath.devices.fpga import opened, overlay, probe, verilate
from tickpath.devices.fpga.port import DeviceLostError
from tickpath.devices.fpga.sim_port import Fault, SimPort


def reason(environment: dict[str, str], devices: Any = None) -> str:
    found = probe.look(environment, devices)
    assert not found.available.ok
    return found.available.reason


def no_devices() -> list[Any]:
    return []


def one_device() -> list[Any]:
    return [object()]


def test_nobody_asked() -> None:
    assert "set TICKPATH_FPGA=sim" in reason({})
    assert "set TICKPATH_FPGA=sim" in reason({"TICKPATH_FPGA": "  "})


def test_no_pynq(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(probe, "find_spec", lambda _: None)
    assert reason({"TICKPATH_FPGA": "x.bit"}).startswith("pynq is not installed: pip install")


def test_pynq_that_does_not_import() -> None:
    def broken() -> list[Any]:
        raise ImportError("libcma.so is missing")

    assert "cannot be imported (ImportError: libcma.so" in reason({"TICKPATH_FPGA": "x"}, broken)


def test_no_device() -> None:
    assert "pynq finds no device" in reason({"TICKPATH_FPGA": "x.bit"}, no_devices)


def test_missing_bitstream_and_metadata(tmp_path: Path) -> None:
    bitfile = tmp_path / "tickpath.bit"
    asked = {"TICKPATH_FPGA": str(bitfile)}
    assert reason(asked, one_device).startswith(f"no bitstream {bitfile}")
    bitfile.write_bytes(b"bits")
    assert reason(asked, one_device).startswith("no tickpath.hwh beside")
    (tmp_path / "tickpath.hwh").write_text("<xml/>")
    found = probe.look(asked, one_device)
    assert found.available.ok
    assert found.bitfile == bitfile


def test_no_verilator(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    assert reason({"TICKPATH_FPGA": "sim"}) == verilate.NO_VERILATOR


def test_a_simulated_board_that_is_not_built(
    needs_verilator: None, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert reason({"TICKPATH_FPGA": "sim"}) == probe.NOT_BUILT


def test_sources_that_are_missing(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "rtl").mkdir()
    monkeypatch.setattr(overlay, "fabric_folder", lambda: tmp_path)
    assert "no RTL" in reason({"TICKPATH_FPGA": "sim"})


@pytest.mark.parametrize(
    ("fault", "text"),
    [
        (Fault.LOST, "no answer to a read of 0x0000"),
        (Fault.WRONG_ID, "ID 0xABAFB9CE instead of 0x54504631: another bitstream"),
        (Fault.WRONG_VERSION, "register map 2.0.0, this driver speaks 1.0.0: rebuild"),
        (Fault.FLIPPED_SCORE, "self-test: scores are not those of the CPU"),
    ],
)
def test_an_overlay_that_is_not_right_is_refused(
    needs_verilator: None, fault: Fault, text: str
) -> None:
    built()
    port = SimPort(built())
    port.fault(fault)
    found = opened.open_overlay({"TICKPATH_FPGA": "sim"}, port=lambda _: port)
    assert found.board is None
    assert text in found.reason


def test_opening_never_raises(needs_verilator: None) -> None:
    def fails(_: probe.Found) -> SimPort:
        raise RuntimeError("a driver of its own kind")

    built()
    found = opened.open_overlay({"TICKPATH_FPGA": "sim"}, port=fails)
    assert found.reason == "RuntimeError: a driver of its own kind"

    def lost(_: probe.Found) -> SimPort:
        raise DeviceLostError("gone")

    assert opened.open_overlay({"TICKPATH_FPGA": "sim"}, port=lost).reason == "gone"
    assert opened.open_overlay({}).board is None


def test_the_simulated_board_opens(needs_verilator: None) -> None:
    built()
    found = opened.open_overlay({"TICKPATH_FPGA": "sim"})
    assert found.board is not None, found.reason
    assert found.reason.startswith("simulated board, 64 strategies of 32 inputs, 25 bits, build ")
    assert not found.board.status().armed
    assert found.board.table is None
    found.board.close()
