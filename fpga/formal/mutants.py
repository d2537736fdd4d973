"""Breaks the modules on purpose, one edit at a time: each must be noticed.

  python fpga/formal/mutants.py                  # all of mutants.toml
  python fpga/formal/mutants.py risk_gate        # those of one module
  python fpga/formal/mutants.py --quick          # leave out those that a simulation must notice

A mutant is killed when a run of clocks shows it (FAIL), or when its bench or its test fails. One
that is merely proved no longer (the induction does not close) is alive: any edit may do that. So of
a proof the clocks alone are run. Prints a line each; exit code 4 when one survives or cannot be
built, 2 when in CI tools are missing.
"""

import argparse
import os
import re
import shutil
import subprocess
import sys
import time
import tomllib
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent), str(HERE)]

from environments import AbsentError, place, skipped, tools  # noqa: E402
from run import Task, prove  # noqa: E402

LIST = HERE / "mutants.toml"
FABRIC = HERE.parent
ROOT = FABRIC.parent
WORK = ROOT / "build/fpga/mutants"
TEST_S_MAX = 300
KILLED = ("FAIL", "failed")


class Mutant(NamedTuple):
    """An edit of fpga/rtl/<module>.sv; `by` is "module:task", "tb:bench" or a test. `clocks` is how
    many of them show it, when the task's own depth is less."""

    module: str
    breaks: str
    find: str
    replace: str
    by: str
    clocks: int = 0

    def applied(self) -> str:
        """Text of the broken module. ValueError when the edit does not fit exactly once."""
        text = (FABRIC / f"rtl/{self.module}.sv").read_text()
        if text.count(self.find) != 1:
            raise ValueError(f"{text.count(self.find)} places for {self.find!r} in {self.module}")
        return text.replace(self.find, self.replace)


def mutants() -> list[Mutant]:
    """The list, in its order."""
    return [Mutant(**entry) for entry in tomllib.loads(LIST.read_text())["mutant"]]


def tried(number: int, mutant: Mutant, environment: dict[str, str]) -> tuple[str, float]:
    """(verdict, seconds) of one mutant, in a copy of fpga/."""
    folder = WORK / str(number)
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(FABRIC, folder / "fpga", ignore=shutil.ignore_patterns("__pycache__"))
    fabric = folder / "fpga"
    start = time.perf_counter()
    try:
        (fabric / f"rtl/{mutant.module}.sv").write_text(mutant.applied())
    except ValueError as error:
        return str(error), 0.0
    stem, _, name = mutant.by.partition(":")
    if mutant.by.startswith("tests/"):
        verdict = simulated(fabric, mutant.by)
    elif stem == "tb":
        verdict = on_the_bench(fabric, name)
    else:
        task = Task(fabric / f"formal/{stem}.sby", name)
        text = task.sby.read_text().replace("mode prove", "mode bmc")
        text = text.replace("[options]\n", "[options]\nvcd off\n")  # nobody looks at the trace
        if mutant.clocks:
            text = re.sub(rf"(?m)^{name}: depth \d+", f"{name}: depth {mutant.clocks}", text)
        task.sby.write_text(text)
        verdict = prove(task, environment, folder / "work").verdict
    shutil.rmtree(folder, ignore_errors=True)
    return verdict, time.perf_counter() - start


def on_the_bench(fabric: Path, bench: str) -> str:
    """Run a bench of fpga/tb on a copy of fpga/: passed, failed or broken."""
    done = subprocess.run(
        [sys.executable, str(fabric / "tb/run.py"), bench], capture_output=True, text=True,
        env={**os.environ, "TICKPATH_FPGA_TOOLS": str(place())}, timeout=TEST_S_MAX, check=False,
    )  # fmt: skip
    if done.returncode == 0:
        return "passed"
    return "failed" if re.search(r"[1-9]\d* failed", done.stdout) else "broken"


def simulated(fabric: Path, test: str) -> str:
    """Run a test of tests/devices/fpga on a copy of fpga/: passed, failed or broken."""
    paths = os.pathsep.join([str(ROOT / "src"), str(HERE)])
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-x", "-p", "mutated", "-p", "no:cacheprovider",
         *test.split()],
        cwd=ROOT, env={**os.environ, "PYTHONPATH": paths, "TICKPATH_FABRIC": str(fabric)},
        capture_output=True, text=True, timeout=TEST_S_MAX, check=False,
    )  # fmt: skip
    failed = done.returncode == 1 and "AssertionError" in done.stdout
    return "failed" if failed else "passed" if done.returncode == 0 else "broken"


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("chosen", nargs="*", help="modules")
    parser.add_argument("--quick", action="store_true", help="leave out what a simulation notices")
    parser.add_argument("--simulated", action="store_true", help="only what a simulation notices")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    settings = parser.parse_args(arguments)
    try:
        environment = tools()
    except AbsentError as error:
        return skipped(str(error))
    chosen = [
        m for m in mutants()
        if (not settings.chosen or m.module in settings.chosen)
        and not (settings.quick and m.by.startswith("tests/"))
        and not (settings.simulated and not m.by.startswith("tests/"))
    ]  # fmt: skip
    alive = 0
    with ThreadPoolExecutor(settings.jobs) as pool:
        results = pool.map(lambda pair: tried(*pair, environment), enumerate(chosen))
        for mutant, (verdict, seconds) in zip(chosen, results, strict=True):
            alive += verdict not in KILLED
            word = "killed" if verdict in KILLED else "ALIVE"
            print(f"{word:6} {mutant.module:16} {verdict:8} {seconds:6.1f} s  {mutant.by}: "
                  f"{mutant.breaks}", flush=True)  # fmt: skip
    print(f"{len(chosen) - alive} of {len(chosen)} mutants killed")
    return 4 if alive or not chosen else 0


if __name__ == "__main__":
    sys.exit(main())
