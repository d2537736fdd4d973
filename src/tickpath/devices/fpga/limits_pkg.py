"""`limits.toml` as a SystemVerilog package: the ceilings that the fabric is built with.

  python -m tickpath.devices.fpga.limits_pkg --write    # writes fpga/rtl/limits_pkg.sv
  python -m tickpath.devices.fpga.limits_pkg --check    # exit code 4 when that file is out of date

The package is checked in, since whoever builds the fabric runs no setup.py; a test compares it. It
holds all of [risk], and those of [bounds] that the fabric obeys. A number that does not fit 32 bits
takes 64.
"""

import argparse
import sys
import tomllib
from pathlib import Path

from tickpath.core.errors import ConfigError, TickpathError
from tickpath.devices.fpga.verilate import fabric_folder

BOUNDS = ("bank_strategies_max", "features_max")
"""What the fabric needs of [bounds]."""
STALE = "fpga/rtl/limits_pkg.sv is not what limits.toml says: run {} --write"


def package(tables: dict[str, dict[str, int]]) -> str:
    """Text of the package, from the tables of limits.toml."""
    chosen = dict(tables["risk"]) | {name: tables["bounds"][name] for name in BOUNDS}
    lines = [
        "// Written by tickpath.devices.fpga.limits_pkg from limits.toml. Do not edit.",
        "// Registers can only tighten what stands here.",
        "`default_nettype none",
        "package tp_limits_pkg;",
        "    // Not every build obeys every one.",
        "    // verilator lint_off UNUSEDPARAM",
    ]
    for name, value in chosen.items():
        bits = 32 if value < 2**32 else 64
        lines.append(f"    localparam [{bits - 1}:0] {name.upper()} = {bits}'d{value};")
    return "\n".join(
        [*lines, "    // verilator lint_on UNUSEDPARAM", "endpackage", "`default_nettype wire", ""]
    )


def written() -> Path:
    """Where the package lies."""
    return fabric_folder() / "rtl/limits_pkg.sv"


def wanted() -> str:
    """The package that the repository's limits.toml gives. ConfigError without that file."""
    source = fabric_folder().parent / "limits.toml"
    if not source.exists():
        raise ConfigError(f"{source} is missing: run this in a clone of the repository")
    return package(tomllib.loads(source.read_text()))


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m tickpath.devices.fpga.limits_pkg")
    verb = parser.add_mutually_exclusive_group(required=True)
    verb.add_argument("--write", action="store_true", help="write the package")
    verb.add_argument("--check", action="store_true", help="compare it with limits.toml")
    chosen = parser.parse_args(arguments)
    try:
        text, path = wanted(), written()
    except TickpathError as error:
        print(error, file=sys.stderr)
        return 2
    if chosen.write:
        path.write_text(text)
        return 0
    if not path.exists() or path.read_text() != text:
        print(STALE.format(parser.prog), file=sys.stderr)
        return 4
    return 0


if __name__ == "__main__":
    sys.exit(main())
