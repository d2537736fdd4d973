"""Reads Vivado's timing summary and utilisation reports, and says whether a build is sound.

  python fpga/vivado/timing.py build/vivado/pynq_z2

Prints a line a figure: worst slacks in ns, clocks in MHz, what is used of the device. Exit code 4
when a slack is negative, an endpoint fails or a path has no constraint, 2 without whole reports.
Formats: report_timing_summary and report_utilization of Vivado (UG906, UG835), 2018.3 and later.
"""

import re
import sys
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from pathlib import Path

SLACKS = {"WNS(ns)": "setup", "WHS(ns)": "hold", "WPWS(ns)": "pulse width"}
FAILING = "Failing Endpoints"
RESOURCES = {
    "Slice LUTs": "LUT", "CLB LUTs": "LUT", "Slice Registers": "FF", "CLB Registers": "FF",
    "Block RAM Tile": "BRAM36", "DSPs": "DSP", "URAM": "URAM",
}  # fmt: skip
"""Rows of the utilisation report for 7 series and for UltraScale+, to one name each."""


class ReportError(ValueError):
    """A report that is none, or not complete."""


@dataclass(frozen=True)
class Timing:
    """Worst slacks in ns by kind, failing endpoints by kind, clocks in ns, checks that found
    something (no_clock, unconstrained_internal_endpoints, ...)."""

    slack: dict[str, Decimal]
    failing: dict[str, int]
    clocks: dict[str, Decimal]
    checks: dict[str, int]

    @property
    def sound(self) -> bool:
        """All constraints met, and every register has a clock and every path a constraint."""
        bad = ("no_clock", "unconstrained_internal_endpoints", "loops", "latch_loops")
        met = all(value >= 0 for value in self.slack.values())
        return met and not any(self.failing.values()) and not any(map(self.checks.get, bad))


@dataclass(frozen=True)
class Used:
    """Of one resource; half a block RAM counts as 0.5."""

    used: Decimal
    available: Decimal


def columns(heads: str, values: str) -> dict[str, str]:
    """Values of one row by the column's name; names have single spaces, values none."""
    return dict(zip(re.split(r"\s{2,}", heads.strip()), values.split(), strict=False))


def section(lines: list[str], title: str) -> int:
    """Line after a section's heading. ReportError when there is none."""
    for k, line in enumerate(lines):
        if line.strip().lstrip("|").strip() == title:
            return k + 1
    raise ReportError(f"no section '{title}': give the text of report_timing_summary")


def number(text: str, what: str) -> Decimal:
    try:
        found = Decimal(text)
    except InvalidOperation:
        found = Decimal("NaN")
    if not found.is_finite():
        raise ReportError(f"{what} is '{text}', not a number: was the design routed?")
    return found


def read_timing(text: str) -> Timing:
    """A timing summary. ReportError when it lacks the summary's table."""
    lines = text.splitlines()
    at = section(lines, "Design Timing Summary")
    head = next((k for k in range(at, len(lines)) if "WNS(ns)" in lines[k]), -1)
    if head < 0 or head + 2 >= len(lines):
        raise ReportError("the design timing summary has no row: was the design routed?")
    row = columns(lines[head], lines[head + 2])
    slack, failing = {}, {}
    for name, kind in SLACKS.items():
        total = name.replace("W", "T", 1).removesuffix("(ns)")
        if row.get(name) == "NA":
            continue
        slack[kind] = number(row.get(name, ""), name)
        failing[kind] = int(number(row.get(f"{total} {FAILING}", ""), f"{total} {FAILING}"))
    return Timing(slack, failing, read_clocks(lines), read_checks(lines))


def read_clocks(lines: list[str]) -> dict[str, Decimal]:
    """Periods in ns from the clock summary; generated clocks are indented there."""
    found = {}
    for line in lines[section(lines, "Clock Summary") :]:
        if line.strip().lstrip("|").strip() == "Intra Clock Table":
            break
        row = re.match(r"\s*(\S+)\s+\{[^}]*\}\s+([\d.]+)\s+([\d.]+)\s*$", line)
        if row:
            found[row[1]] = Decimal(row[2])
    if not found:
        raise ReportError("no clock in the clock summary: the design is not constrained")
    return found


def read_checks(lines: list[str]) -> dict[str, int]:
    """Counts of check_timing, "1. checking no_clock (3)" and so on."""
    found = (re.match(r"\s*\d+\. checking (\w+) \((\d+)\)", line) for line in lines)
    return {row[1]: int(row[2]) for row in found if row}


def read_utilization(text: str) -> dict[str, Used]:
    """Resources by name. ReportError when no table names one."""
    found: dict[str, Used] = {}
    heads: list[str] = []
    for line in text.splitlines():
        cells = [cell.strip() for cell in line.strip().strip("|").split("|")]
        if "Site Type" in cells:
            heads = cells
        name = RESOURCES.get(cells[0].rstrip("*"))
        if name and "Used" in heads and len(cells) == len(heads) and name not in found:
            row = dict(zip(heads, cells, strict=True))
            what = f"{cells[0]} of the utilisation report"
            found[name] = Used(number(row["Used"], what), number(row["Available"], what))
    if "LUT" not in found:
        raise ReportError("no table of LUTs: give the text of report_utilization")
    return found


def main(arguments: list[str]) -> int:
    if len(arguments) != 1:
        print("usage: python fpga/vivado/timing.py FOLDER", file=sys.stderr)
        return 2
    folder = Path(arguments[0])
    try:
        timing = read_timing((folder / "timing.rpt").read_text())
        used = read_utilization((folder / "utilization.rpt").read_text())
    except (OSError, ReportError) as error:
        print(f"{folder}: {error}", file=sys.stderr)
        return 2
    for kind, slack in timing.slack.items():
        print(f"{kind:12} {slack:>8} ns, {timing.failing[kind]} endpoints fail")
    for clock, period in timing.clocks.items():
        print(f"{clock:12} {1000 / period:8.1f} MHz")
    for name, row in used.items():
        share = 100 * row.used / row.available if row.available else Decimal(0)
        print(f"{name:12} {row.used:>8} of {row.available} ({share:.1f} %)")
    print("sound" if timing.sound else "NOT SOUND: do not use this bitstream")
    return 0 if timing.sound else 4


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
