"""The fabric's ceilings are those of limits.toml."""

from pathlib import Path

import pytest

from tickpath.core.limits import LIMITS
from tickpath.devices.fpga import limits_pkg


def test_the_checked_in_package_is_up_to_date() -> None:
    assert limits_pkg.main(["--check"]) == 0


def test_it_says_what_the_native_code_obeys() -> None:
    text = limits_pkg.written().read_text()
    for name in ("position_ceiling_ppm", "price_collar_ppm_max", *limits_pkg.BOUNDS):
        assert f"localparam [31:0] {name.upper()} = 32'd{LIMITS[name]};" in text
    assert f"localparam [63:0] STALE_NS_MAX = 64'd{LIMITS['stale_ns_max']};" in text


@pytest.mark.parametrize("text", ["", "package tp_limits_pkg;\nendpackage\n"])
def test_a_stale_package_fails_the_check(
    text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "limits_pkg.sv"
    path.write_text(text)
    monkeypatch.setattr(limits_pkg, "written", lambda: path)
    assert limits_pkg.main(["--check"]) == 4
    assert "--write" in capsys.readouterr().err
    assert limits_pkg.main(["--write"]) == 0
    assert limits_pkg.main(["--check"]) == 0


def test_outside_a_clone_it_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(limits_pkg, "fabric_folder", lambda: tmp_path / "fpga")
    assert limits_pkg.main(["--check"]) == 2
    assert "limits.toml is missing" in capsys.readouterr().err
