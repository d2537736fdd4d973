"""Runs the cocotb benches: bus models of third parties against the modules, on Icarus.

  python fpga/tb/run.py                # all
  python fpga/tb/run.py axil_regs      # one

A bench is a folder: `test_<folder>.py` holds its tests and names the top module in TOP; *.sv there
are compiled with fpga/rtl and what a board gets of it. Exit code 4 when a test fails, 2 when in CI
a tool is missing. This script calls itself again with the Python of the environment `cocotb`
(fpga/environments.py).
"""

import argparse
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent), str(HERE.parent / "synth")]

from environments import AbsentError, interpreter, skipped  # noqa: E402
from lint import sources  # noqa: E402

WORK = HERE.parents[1] / "build/fpga/tb"
OVERLAY = HERE.parent / "vivado/overlay.v"
"""What a board gets: its own time, and the overlay's two clocks as one."""
BENCH_S_MAX = 200


def benches() -> list[str]:
    """Folders that hold a bench."""
    return sorted(path.parent.name for path in HERE.glob("*/test_*.py"))


def inside(name: str) -> None:
    """Build and run one bench; this process runs in the environment that has cocotb."""
    from cocotb_tools.check_results import get_results
    from cocotb_tools.runner import get_runner

    folder = HERE / name
    text = (folder / f"test_{name}.py").read_text()
    found = re.search(r'^TOP = "(\w+)"', text, re.M)
    assert found is not None, f"test_{name}.py names no TOP"
    runner = get_runner("icarus")
    runner.build(
        sources=[*sources(), OVERLAY, *sorted(folder.glob("*.sv"))], hdl_toplevel=found[1],
        build_args=["-g2012"], build_dir=WORK / name, timescale=("1ns", "1ps"),
        log_file=WORK / name / "build.log",
    )  # fmt: skip
    results = runner.test(
        hdl_toplevel=found[1], test_module=f"test_{name}", build_dir=WORK / name,
        test_dir=folder, results_xml=str(WORK / name / "results.xml"),
        extra_env={"PYTHONPATH": str(folder), "PYTHONDONTWRITEBYTECODE": "1"},
        log_file=WORK / name / "test.log",
    )  # fmt: skip
    total, failed = get_results(Path(results))
    print(f"{total} tests, {failed} failed")
    sys.exit(4 if failed or not total else 0)


def outside(python: Path, name: str) -> tuple[int, str]:
    """Exit code and output of one bench, in a process group that ends with it."""
    with subprocess.Popen(
        [python, str(Path(__file__).resolve()), "--inside", name], stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT, text=True, start_new_session=True,
        env={**os.environ, "COCOTB_LOG_LEVEL": "WARNING"},
    ) as process:  # fmt: skip
        try:
            said = process.communicate(timeout=BENCH_S_MAX)[0]
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
            return 1, f"1 failed: it ran for more than {BENCH_S_MAX} s"
    return process.returncode, said


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("chosen", nargs="*", help="folders")
    settings = parser.parse_args(arguments)
    unknown = sorted(set(settings.chosen) - set(benches()))
    if unknown:
        print(f"no such bench: {', '.join(unknown)}", file=sys.stderr)
        return 2
    try:
        python = interpreter("cocotb")
    except AbsentError as error:
        return skipped(str(error))
    if shutil.which("iverilog") is None:
        return skipped("no iverilog on PATH: apt-get install iverilog")
    bad = 0
    for name in settings.chosen or benches():
        (WORK / name).mkdir(parents=True, exist_ok=True)
        start = time.perf_counter()
        code, said = outside(python, name)
        last = (said.strip().splitlines() or ["did not run"])[-1]
        print(f"{name:16} {last}, {time.perf_counter() - start:.1f} s", flush=True)
        if code:
            bad += 1
            print(*tails(name), sep="\n")
    return 4 if bad else 0


def tails(name: str) -> list[str]:
    """Ends of the logs that a failed bench left."""
    logs = (WORK / name / "build.log", WORK / name / "test.log")
    return [log.read_text()[-3000:] for log in logs if log.exists()]


if __name__ == "__main__":
    if sys.argv[1:2] == ["--inside"]:
        inside(sys.argv[2])
    sys.exit(main())
