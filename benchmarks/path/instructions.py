"""Instructions of the walk per frame kind, counted by callgrind: repeatable on any loaded machine.

    python benchmarks/path/instructions.py            # print
    python benchmarks/path/instructions.py --update   # rewrite benchmarks/baseline.json

Only the walk's market entry is counted, from the frame's bytes to the order's bytes, without the
journal's file. Counts depend on the compiler, so the baseline is kept by gcc's version.
"""

import argparse
import json
import re
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

FRAMES = 200
BASELINE = Path(__file__).resolve().parents[1] / "baseline.json"
KINDS = ("depth9_json", "depth30_json", "ticker_json", "trade_json", "depth9_sbe")
CHILD = """
import sys
from tickpath.cli.bench_path import PathBench
from tickpath.cli.bench_frames import frame_set
count = int(sys.argv[1])
for name in sys.argv[2:]:
    path = PathBench(frame_set(name, count), None)
    path.run_first(count)
    path.engine.export_state()
"""
ENTRY = "*native_api_market*"
MARK = "*Engine*export_state*"
"""Ends the counts of one kind: the child calls it for nothing else."""
TOTALS = re.compile(r"^totals: (\d+)", re.MULTILINE)


def compiler() -> str:
    """gcc's major version, as the baseline names it."""
    done = subprocess.run(["gcc", "-dumpversion"], capture_output=True, text=True, check=True)
    return f"gcc-{done.stdout.split('.')[0].strip()}"


def instructions(names: Sequence[str], count: int) -> dict[str, int]:
    """Instructions inside the walk's market entry while a child drives `count` frames of each kind;
    one child for all, because its start costs more than the frames."""
    with tempfile.TemporaryDirectory() as scratch:
        command = [
            "valgrind", "--tool=callgrind", f"--callgrind-out-file={scratch}/out",
            "--collect-atstart=no", f"--toggle-collect={ENTRY}", f"--dump-after={MARK}",
            sys.executable, "-c", CHILD, str(count), *names,
        ]  # fmt: skip
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        dumps = [Path(scratch) / f"out.{k + 1}" for k in range(len(names))]
        if done.returncode != 0 or not all(dump.exists() for dump in dumps):
            raise RuntimeError(f"valgrind failed\n{done.stderr[-2000:]}")
        totals = [TOTALS.search(dump.read_text()) for dump in dumps]
    return {name: int(found[1]) if found else 0 for name, found in zip(names, totals, strict=True)}


def measure() -> dict[str, int]:
    """Instructions a frame, by kind."""
    return {name: count // FRAMES for name, count in instructions(KINDS, FRAMES).items()}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--update", action="store_true")
    found = measure()
    print(json.dumps({compiler(): found}, indent=1))
    if parser.parse_args().update:
        data = json.loads(BASELINE.read_text()) if BASELINE.exists() else {}
        data[compiler()] = found
        BASELINE.write_text(json.dumps(data, indent=1) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
