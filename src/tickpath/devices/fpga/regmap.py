"""Registers of the overlay: one source, `fpga/regmap.toml`, and what is written from it.

  python -m tickpath.devices.fpga.regmap --write     writes the files below
  python -m tickpath.devices.fpga.regmap --check     exit code 4 when one is not what it should be

    fpga/rtl/regs_pkg.sv                   constants of the RTL
    fpga/sim/regs.h                        constants of C and C++
    src/tickpath/devices/fpga/regs.py      constants and reset values of Python
    docs/reference/fpga-registers.md       the table a person reads

A register is 4 bytes, little endian. Groups lie one behind the other without holes, so that the RTL
knows by a range whether an address is one: `identity` and `status` are read only, `control` acts at
once, `settings` are written as a shadow and read as what is active, `counters` are read only and
wrap, a `window` is written only. Nothing changes by being read.
"""

import itertools
import sys
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tickpath.core.errors import ConfigError

GROUPS = ("identity", "control", "settings", "counters")
MADE = "Written by `python -m tickpath.devices.fpga.regmap --write` from fpga/regmap.toml."
WORD = 2**32 - 1


@dataclass(frozen=True, kw_only=True, slots=True)
class Field:
    """Bits of a register: the lowest one and how many."""

    name: str
    bit: int
    width: int
    text: str

    @property
    def mask(self) -> int:
        return ((1 << self.width) - 1) << self.bit


@dataclass(frozen=True, kw_only=True, slots=True)
class Register:
    """Four bytes at `offset`. `fields` is empty when the word is one number of `width` bits."""

    name: str
    group: str
    offset: int
    text: str
    reset: int = 0
    width: int = 32
    fields: tuple[Field, ...] = ()

    @property
    def mask(self) -> int:
        """Bits that exist; the others read as 0."""
        if not self.fields:
            return (1 << self.width) - 1
        return sum(field.mask for field in self.fields)


@dataclass(frozen=True, kw_only=True, slots=True)
class Window:
    """Words that are written only, from `offset` on."""

    name: str
    offset: int
    words: int
    text: str


@dataclass(frozen=True, kw_only=True, slots=True)
class RegisterMap:
    """All of it. `version` is major, minor, patch; the driver asks for its own major."""

    id: int
    version: tuple[int, int, int]
    address_bits: int
    registers: tuple[Register, ...]
    windows: tuple[Window, ...]

    def group(self, name: str) -> list[Register]:
        """The registers of a group in order of their addresses."""
        return [r for r in self.registers if r.group == name]

    @property
    def version_word(self) -> int:
        major, minor, patch = self.version
        return major << 16 | minor << 8 | patch


def parse(text: str) -> RegisterMap:
    """The map in a TOML text. ConfigError, naming the register, for what cannot be one."""
    try:
        table = tomllib.loads(text)
        about = table["map"]
        major, minor, patch = (int(part) for part in about["version"].split("."))
        registers: list[Register] = []
        for group in GROUPS:
            offset = int(about[group])
            for item in table[group]:
                registers.append(register(group, offset, item))
                offset += 4
        windows = tuple(Window(**item) for item in table.get("window", ()))
        found = RegisterMap(
            id=int.from_bytes(about["id"].encode(), "big"),
            version=(major, minor, patch),
            address_bits=int(about["address_bits"]),
            registers=tuple(registers),
            windows=windows,
        )
    except (KeyError, ValueError, TypeError) as error:
        raise ConfigError(f"regmap.toml: {type(error).__name__}: {error}") from error
    check(found)
    return found


def register(group: str, offset: int, item: Mapping[str, Any]) -> Register:
    """One entry of a group."""
    given = dict(item)
    fields = tuple(
        Field(name=name, bit=place[0], width=place[1], text=place[2])
        for name, place in given.pop("fields", {}).items()
    )
    return Register(group=group, offset=offset, fields=fields, **given)


def check(found: RegisterMap) -> None:
    """Names are said once, addresses do not meet, bits and resets fit."""
    names: set[str] = set()
    spans: list[tuple[int, int, str]] = []
    for r in found.registers:
        refuse(r.name in names, r.name, "said twice")
        names.add(r.name)
        spans.append((r.offset, r.offset + 4, r.name))
        taken = 0
        for field in r.fields:
            bad = field.bit < 0 or field.width < 1 or field.bit + field.width > 32
            refuse(bad or bool(taken & field.mask), r.name, f"{field.name} has no room")
            taken |= field.mask
        refuse(not 1 <= r.width <= 32, r.name, "1 to 32 bits")
        refuse(bool(r.reset & ~r.mask), r.name, "the reset value has bits that do not exist")
    for w in found.windows:
        refuse(w.name in names, w.name, "said twice")
        names.add(w.name)
        spans.append((w.offset, w.offset + 4 * w.words, w.name))
    spans.sort()
    for (_, end, _), (start, _, name) in itertools.pairwise(spans):
        refuse(start < end, name, "lies on another")
    for start, end, name in spans:
        refuse(bool(start % 4) or end > 1 << found.address_bits, name, "address out of range")
    refuse(not 0 < found.id <= WORD, "id", "four letters")
    refuse(not all(0 <= part < 256 for part in found.version), "version", "three numbers below 256")


def refuse(bad: bool, name: str, why: str) -> None:
    if bad:
        raise ConfigError(f"regmap.toml: {name}: {why}")


def packed(values: Sequence[int]) -> int:
    """Words side by side, the first one lowest."""
    return sum(value << 32 * k for k, value in enumerate(values))


def package_text(found: RegisterMap) -> str:
    """The RTL package."""
    settings = found.group("settings")
    lines = [
        f"// {MADE} Do not edit.",
        "`default_nettype none",
        "// verilator lint_off UNUSEDPARAM",
        "// A reader of one register leaves the constants of the others unused.",
        "package tp_regs_pkg;",
        f"    localparam [31:0] ID_VALUE = 32'h{found.id:08x};",
        f"    localparam [31:0] VERSION_VALUE = 32'h{found.version_word:08x};",
        f"    localparam integer ADDRESS_BITS = {found.address_bits};",
    ]
    for group in GROUPS:
        inside = found.group(group)
        lines.append(f"    localparam [31:0] {group.upper()}_BASE = 32'h{inside[0].offset:08x};")
        lines.append(f"    localparam integer {group.upper()}_WORDS = {len(inside)};")
    for w in found.windows:
        lines.append(f"    localparam [31:0] {w.name}_BASE = 32'h{w.offset:08x};")
        lines.append(f"    localparam integer {w.name}_WORDS = {w.words};")
    for group in GROUPS:
        for place, r in enumerate(found.group(group)):
            lines.append(f"    localparam integer {r.name} = {place};")
            for f in r.fields:
                lines.append(f"    localparam integer {r.name}_{f.name} = {f.bit};")
    wide = 32 * len(settings)
    for name, values in (
        ("SETTINGS_MASK", [r.mask for r in settings]),
        ("SETTINGS_RESET", [r.reset for r in settings]),
    ):
        lines.append(f"    localparam [{wide - 1}:0] {name} = {{")
        words = [f"        32'h{value:08x}" for value in reversed(values)]
        lines.append(",\n".join(words) + "};")
    lines += ["endpackage", "// verilator lint_on UNUSEDPARAM", "`default_nettype wire"]
    return "\n".join(lines) + "\n"


def header_text(found: RegisterMap) -> str:
    """The C header."""
    lines = [
        f"/* {MADE} */",
        "#ifndef TICKPATH_FPGA_REGS_H",
        "#define TICKPATH_FPGA_REGS_H",
        "enum {",
        f"  TPR_ID_VALUE = 0x{found.id:08x},",
        f"  TPR_VERSION_VALUE = 0x{found.version_word:08x},",
    ]
    for r in found.registers:
        lines.append(f"  TPR_{r.name} = 0x{r.offset:04x},")
        for f in r.fields:
            lines.append(f"  TPR_{r.name}_{f.name}_BIT = {f.bit},")
            lines.append(f"  TPR_{r.name}_{f.name}_WIDTH = {f.width},")
    for w in found.windows:
        lines.append(f"  TPR_{w.name} = 0x{w.offset:04x},")
        lines.append(f"  TPR_{w.name}_WORDS = {w.words},")
    return "\n".join([*lines, "};", "#endif"]) + "\n"


def python_text(found: RegisterMap) -> str:
    """The Python module."""
    lines = [
        '"""Addresses and bits of the overlay\'s registers.',
        "",
        MADE,
        '"""',
        "",
        f"ID_VALUE = 0x{found.id:08X}",
        f"VERSION_VALUE = 0x{found.version_word:06X}",
        f"ADDRESS_BITS = {found.address_bits}",
    ]
    for r in found.registers:
        lines.append(f"{r.name} = 0x{r.offset:04X}")
        for f in r.fields:
            lines.append(f"{r.name}_{f.name} = ({f.bit}, {f.width})")
    for w in found.windows:
        lines.append(f"{w.name} = 0x{w.offset:04X}")
        lines.append(f"{w.name}_WORDS = {w.words}")
    for name, members in (
        ("IDENTITY", found.group("identity")),
        ("CONTROL", found.group("control")),
        ("SETTINGS", found.group("settings")),
        ("COUNTERS", found.group("counters")),
    ):
        lines.append(f"{name} = {{")
        lines += [f'    "{r.name}": 0x{r.offset:04X},' for r in members]
        lines.append("}")
    lines.append("MASKS = {")
    lines += [f"    0x{r.offset:04X}: 0x{r.mask:08X}," for r in found.registers]
    lines.append("}")
    lines.append("RESETS = {")
    lines += [f"    0x{r.offset:04X}: 0x{r.reset:08X}," for r in found.group("settings")]
    lines.append("}")
    return "\n".join(lines) + "\n"


HEADINGS = {
    "identity": "Identity: read only, constant",
    "control": "Control: acts at once",
    "settings": "Settings: written as a shadow, active from COMMIT on, read as what is active",
    "counters": "Counters: read only, wrap at 2^32, 0 after reset",
}


def page_text(found: RegisterMap) -> str:
    """The reference page."""
    lines = [
        "# Registers of the FPGA overlay",
        "",
        MADE + " Change that file, not this page.",
        "",
        f"ID `{found.id.to_bytes(4, 'big').decode()}`, version "
        f"{'.'.join(map(str, found.version))}. Registers have four bytes, little endian, and are "
        "reached by AXI4-Lite;",
        "byte strobes are honoured. An address without a register, a write to what is read only "
        "and a read of",
        "what is written only answer SLVERR and change nothing. Reading changes nothing. Bits that "
        "no field has read as 0.",
        "After reset the overlay is disarmed, has no strategy and every limit is 0: it never "
        "trades by itself.",
    ]
    for group in GROUPS:
        lines += ["", f"## {HEADINGS[group]}", "", "| address | name | bits | meaning |"]
        lines.append("| --- | --- | --- | --- |")
        for r in found.group(group):
            bits = "" if r.fields else bit_range(0, r.width)
            text = r.text + (f"; reset {r.reset}" if r.reset else "")
            lines.append(f"| 0x{r.offset:04X} | `{r.name}` | {bits} | {text} |")
            for f in r.fields:
                lines.append(f"| | `{f.name}` | {bit_range(f.bit, f.width)} | {f.text} |")
    lines += [
        "",
        "## Windows: written only, whole words",
        "",
        "| address | name | words | meaning |",
    ]
    lines.append("| --- | --- | --- | --- |")
    lines += [f"| 0x{w.offset:04X} | `{w.name}` | {w.words} | {w.text} |" for w in found.windows]
    return "\n".join(lines) + "\n"


def bit_range(bit: int, width: int) -> str:
    return str(bit) if width == 1 else f"{bit + width - 1}:{bit}"


def repository() -> Path:
    """The folder with fpga/ and src/. ConfigError in an installed package, which has neither."""
    root = Path(__file__).resolve().parents[4]
    if not (root / "fpga/regmap.toml").is_file():
        raise ConfigError("fpga/regmap.toml is not here: run this in a clone of the repository")
    return root


def outputs(root: Path) -> dict[Path, str]:
    """What each generated file must hold."""
    found = parse((root / "fpga/regmap.toml").read_text())
    return {
        root / "fpga/rtl/regs_pkg.sv": package_text(found),
        root / "fpga/sim/regs.h": header_text(found),
        root / "src/tickpath/devices/fpga/regs.py": python_text(found),
        root / "docs/reference/fpga-registers.md": page_text(found),
    }


def stale(root: Path) -> list[Path]:
    """Generated files that are not what they should be."""
    return [p for p, text in outputs(root).items() if not p.is_file() or p.read_text() != text]


def main(arguments: Sequence[str]) -> int:
    """Write or compare."""
    if list(arguments) not in (["--write"], ["--check"]):
        print("usage: python -m tickpath.devices.fpga.regmap --write|--check", file=sys.stderr)
        return 2
    root = repository()
    if arguments[0] == "--write":
        for path, text in outputs(root).items():
            path.write_text(text)
        return 0
    found = stale(root)
    for path in found:
        print(f"{path.relative_to(root)} is not what fpga/regmap.toml gives", file=sys.stderr)
    return 4 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
