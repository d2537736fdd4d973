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
from pathlib import Path

FRAMES = 200
BASELINE = Path(__file__).resolve().parents[1] / "baseline.json"
KINDS = ("depth9_json", "depth30_json", "ticker_json", "trade_json", "depth9_sbe")
CHILD = """
import sys
from tickpath.cli.bench_path import PathBench
from tickpath.cli.bench_frames import frame_set
name, count = sys.argv[1], int(sys.argv[2])
PathBench(frame_set(name, count), None).run_first(count)
"""
ENTRY = "*native_api_market*"


def compiler() -> str:
    """gcc's major version, as the baseline names it."""
    done = subprocess.run(["gcc", "-dumpversion"], capture_output=True, text=True, check=True)
    return f"gcc-{done.stdout.split('.')[0].strip()}"


def instructions(name: str, count: int) -> int:
    """Instructions inside the walk's market entry while a child drives `count` frames."""
    with tempfile.TemporaryDirectory() as scratch:
        command = [
            "valgrind", "--tool=callgrind", f"--callgrind-out-file={scratch}/out",
            "--collect-atstart=no", f"--toggle-collect={ENTRY}",
            sys.executable, "-c", CHILD, name, str(count),
        ]  # fmt: skip
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    found = re.search(r"Collected : (\d+)", done.stderr)
    if done.returncode != 0 or found is None:
        raise RuntimeError(f"{name}: valgrind failed\n{done.stderr[-2000:]}")
    return int(found.group(1))


def measure() -> dict[str, int]:
    """Instructions a frame, by kind."""
    return {name: instructions(name, FRAMES) // FRAMES for name in KINDS}


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
