"""Cells of a synthesised module, and the page that lists them."""

import json
import re
from typing import Any, NamedTuple

LUTS_OF_MEMORY = {
    "RAM32X1S": 1, "RAM32X1D": 2, "RAM64X1S": 1, "RAM64X1D": 2, "RAM32M": 4, "RAM64M": 4,
    "RAM128X1S": 2, "RAM128X1D": 4, "RAM256X1S": 4, "RAM32M16": 8, "RAM64M8": 8,
    "RAM64X8SW": 8, "RAM512X1S": 8, "RAM256X1D": 8,
}  # fmt: skip
"""LUT6 that a LUT-memory primitive takes (AMD UG953, UG974)."""


class Cells(NamedTuple):
    """What a module takes. `lut` counts logic, LUT memory and shift registers, before packing."""

    lut: int
    ff: int
    dsp: int
    bram: int
    carry: int


def counted(stat: str) -> Cells:
    """Cells from the JSON of Yosys' `stat`."""
    tables = json.loads(stat)
    kinds: dict[str, int] = tables["design"]["num_cells_by_type"]
    unknown = [kind for kind in kinds if kind.startswith("$") and kind != "$scopeinfo"]
    if unknown:
        raise ValueError(f"cells that were not mapped: {', '.join(unknown)}")
    luts = sum(n for kind, n in kinds.items() if re.fullmatch(r"LUT\d|INV|SRL\w+", kind))
    luts += sum(n * LUTS_OF_MEMORY.get(kind, 0) for kind, n in kinds.items())
    return Cells(
        lut=luts,
        ff=sum(n for kind, n in kinds.items() if re.fullmatch(r"FD\w+", kind)),
        dsp=sum(n for kind, n in kinds.items() if kind.startswith("DSP48")),
        bram=sum(n for kind, n in kinds.items() if kind.startswith("RAMB")),
        carry=sum(n for kind, n in kinds.items() if kind.startswith("CARRY")),
    )


def settings_of(target: dict[str, Any]) -> str:
    """Parameters of a target, as text."""
    given = target.get("parameters", {})
    return ", ".join(f"{name}={value}" for name, value in given.items()) or "as they are"


def table(targets: dict[str, Any], rows: dict[str, dict[str, Any]]) -> list[str]:
    """Lines of the table of all figures; a column whose figures were not taken is empty."""
    lines = [
        "| module | parameters | xc7 LUT | FF | DSP48E1 | RAMB | CARRY4 | xcup LUT | FF | DSP48E2 "
        "| RAMB | CARRY8 | ECP5 MHz |",
        "| --- | ---" + " | ---:" * 11 + " |",
    ]
    for name, row in rows.items():
        figures = [*(row.get("xc7") or [""] * 5), *(row.get("xcup") or [""] * 5)]
        figures.append(row.get("mhz", ""))
        cells = " | ".join(str(figure) for figure in figures)
        lines.append(f"| {name} | {settings_of(targets[name])} | {cells} |")
    return lines


def totals(groups: dict[str, Any], rows: dict[str, dict[str, Any]]) -> list[str]:
    """A line for each group of targets of which all were measured."""
    lines = []
    for name, group in groups.items():
        if set(group["of"]) <= set(rows):
            sums = Cells(*map(sum, zip(*(rows[each]["xc7"] for each in group["of"]), strict=True)))
            bounds = ", ".join(f"at most {most} {key}" for key, most in group["xc7"].items())
            lines.append(
                f"{name} ({' + '.join(group['of'])}) on xc7: {sums.lut} LUT, {sums.ff} FF, "
                f"{sums.dsp} DSP48E1, {sums.bram} RAMB; bound: {bounds}."
            )
    return lines


def against_goals(goals: dict[str, Any], groups: dict[str, Any], rows: dict[str, Any]) -> str:
    """Which goals of the design are met, and which are not."""
    lines = []
    for name, group in groups.items():
        if set(group["of"]) <= set(rows):
            for key in ("lut", "dsp"):
                total = sum(getattr(rows[each]["xc7"], key) for each in group["of"])
                word = "met" if total <= goals[key] else "**missed**"
                lines.append(f"- {name}, at most {goals[key]} {key} on xc7: {total}, {word}")
    for name, row in rows.items():
        if "mhz" in row:
            word = "met" if row["mhz"] >= goals["mhz"] else "**missed**"
            lines.append(f"- {name}, at least {goals['mhz']} MHz on ECP5: {row['mhz']}, {word}")
    return "\n".join(["The goals of the design:", "", *lines])


PAGE = """# What the overlay costs

Written by `python fpga/synth/synth.py --write`. Yosys 0.70 maps to the cells of the Xilinx 7 series
(xc7, as in the Zynq xc7z020: 53 200 LUT, 220 DSP48E1) and UltraScale+ (xcup); a LUT is counted
before packing, so Vivado's figure is usually lower. Each module is mapped alone.

The clock rate is that of an ECP5-45k of speed grade 8 after routing by nextpnr 0.11, the module
alone between registers, seed 1. Products lie in the multiplier's own register; shifts by a setting,
carry-save rows and a table of reciprocals are given to it in its cells (`fpga/synth/*_ecp5.sv`,
the last three proved equal). It is a proxy: no Xilinx tool has run on these sources and no board
was there. Where a multiplication is wider than the
18 x 18 of an ECP5, the parameters of its column are narrower: {narrower}.

## Figures

{table}

{totals}

{goals}

`make fabric`, and so every CI run, fails when cells pass their bound in `fpga/synth/budgets.toml`;
`make fpga` routes too and fails when a clock rate does.
"""


def page(budgets: dict[str, Any], rows: dict[str, dict[str, Any]]) -> str:
    """The page of the reference."""
    narrower = [
        f"{name} with {', '.join(f'{k}={v}' for k, v in target['ecp5']['parameters'].items())}"
        for name, target in budgets["target"].items()
        if target.get("ecp5", {}).get("parameters")
    ]
    return PAGE.format(
        narrower="; ".join(narrower) or "none is",
        table="\n".join(table(budgets["target"], rows)),
        totals="\n\n".join(totals(budgets.get("together", {}), rows)),
        goals=against_goals(budgets["goals"], budgets["together"], rows),
    )
