"""The register map: what is written from it is checked in, and a wrong map is refused by name."""

import shutil
from pathlib import Path

import pytest

from tickpath.core.errors import ConfigError
from tickpath.devices.fpga import regmap, regs

ROOT = Path(__file__).resolve().parents[3]
SMALL = """
[map]
id = "TST1"
version = "2.3.4"
address_bits = 12
identity = 0x000
control = 0x020
settings = 0x100
counters = 0x200
[[identity]]
name = "ID"
text = "who"
[[control]]
name = "CTRL"
text = "acts"
[control.fields]
ARM = [0, 1, "pass"]
[[settings]]
name = "SHAPE"
text = "form"
[settings.fields]
WIDE = [0, 7, "how wide"]
DEEP = [8, 6, "how deep"]
[[settings]]
name = "LEVEL"
width = 20
reset = 3
text = "how high"
[[counters]]
name = "SEEN"
text = "events"
[[window]]
name = "TABLE"
offset = 0x800
words = 16
text = "weights"
"""


def test_generated_files_are_checked_in() -> None:
    assert [p.name for p in regmap.stale(ROOT)] == [], "python -m tickpath.devices.fpga.regmap"


def test_a_changed_map_is_noticed(tmp_path: Path) -> None:
    for name in ("fpga/rtl", "fpga/sim", "src/tickpath/devices/fpga", "docs/reference"):
        (tmp_path / name).mkdir(parents=True)
    for path in (*regmap.outputs(ROOT), ROOT / "fpga/regmap.toml"):
        shutil.copy(path, tmp_path / path.relative_to(ROOT))
    assert regmap.stale(tmp_path) == []
    changed = tmp_path / "fpga/regmap.toml"
    changed.write_text(changed.read_text().replace('name = "ROWS"', 'name = "ROWS_TAKEN"'))
    assert regmap.stale(tmp_path) == list(regmap.outputs(tmp_path))


def test_golden() -> None:
    found = regmap.parse(SMALL)
    assert found.id == 0x54535431
    assert found.version_word == 0x020304
    places = {r.name: (r.offset, r.mask, r.reset) for r in found.registers}
    assert places == {
        "ID": (0, 0xFFFFFFFF, 0),
        "CTRL": (0x20, 1, 0),
        "SHAPE": (0x100, 0x3F7F, 0),
        "LEVEL": (0x104, 0xFFFFF, 3),
        "SEEN": (0x200, 0xFFFFFFFF, 0),
    }
    package = regmap.package_text(found)
    assert "localparam [63:0] SETTINGS_MASK = {\n        32'h000fffff,\n        32'h00003f7f};" in (
        package
    )
    assert "localparam integer SHAPE_DEEP = 8;" in package
    assert "localparam integer TABLE_WORDS = 16;" in package
    assert "  TPR_SHAPE_DEEP_BIT = 8," in regmap.header_text(found)
    assert "  TPR_LEVEL = 0x0104," in regmap.header_text(found)
    names: dict[str, object] = {}
    exec(regmap.python_text(found), names)
    assert names["SHAPE_DEEP"] == (8, 6)
    assert names["RESETS"] == {0x100: 0, 0x104: 3}
    page = regmap.page_text(found)
    assert "| 0x0104 | `LEVEL` | 19:0 | how high; reset 3 |" in page
    assert "| | `ARM` | 0 | pass |" in page


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("WIDE = [0, 7", "WIDE = [0, 9", "SHAPE: DEEP has no room"),
        ("WIDE = [0, 7", "WIDE = [30, 7", "SHAPE: WIDE has no room"),
        ('name = "SEEN"', 'name = "LEVEL"', "LEVEL: said twice"),
        ("reset = 3", "reset = 0x100000", "LEVEL: the reset value has bits"),
        ("width = 20", "width = 33", "LEVEL: 1 to 32 bits"),
        ("counters = 0x200", "counters = 0x104", "lies on another"),
        ("offset = 0x800", "offset = 0xFF0", "TABLE: address out of range"),
        ("offset = 0x800", "offset = 0x802", "TABLE: address out of range"),
        ('id = "TST1"', 'id = "TST11"', "id: four letters"),
        ('version = "2.3.4"', 'version = "2.3"', "ValueError"),
        ('version = "2.3.4"', 'version = "2.3.256"', "version: three numbers"),
        ("[map]", "[nap]", "KeyError"),
        ("id =", "id =\n", "TOMLDecodeError"),
    ],
)
def test_a_wrong_map_is_refused(old: str, new: str, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        regmap.parse(SMALL.replace(old, new))


def test_the_command(capsys: pytest.CaptureFixture[str]) -> None:
    assert regmap.main(["--check"]) == 0
    assert regmap.main([]) == 2
    assert "usage" in capsys.readouterr().err


def test_addresses_of_the_driver_are_those_of_the_map() -> None:
    found = regmap.parse((ROOT / "fpga/regmap.toml").read_text())
    for r in found.registers:
        assert getattr(regs, r.name) == r.offset
        assert regs.MASKS[r.offset] == r.mask
    assert found.version_word == regs.VERSION_VALUE
