"""How long does recovery take, and does anything get lost? Kills an engine with SIGKILL.

    python benchmarks/live/kill_storm.py --kills 1000 --seed 1

Each epoch is killed at a drawn moment and recovered; after each kill all that `Storm.check` holds
must hold: no client order id twice, decisions as of a run that nobody killed, state as replayed.
Prints the distribution of the time that `recover` took and of the records it replayed, on Ctrl-C
that of the kills so far. The journal has segments of 64 KiB and a snapshot every 400 frames; the
folder decides about the disk.
"""

import argparse
import random
import sys
import tempfile
from collections import Counter
from importlib import import_module
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
FRAMES_A_KILL = 600


def storm_of(folder: Path, seed: int, frames: int) -> Any:
    """The storm of the tests."""
    for place in ("tests/ops/live", "tests/engine", "tests"):
        sys.path.insert(0, str(ROOT / place))
    return import_module("restart_kills").Storm(folder, seed=seed, frames=frames)


def quantiles(name: str, values: list[float], unit: str) -> str:
    """One row: the middle, the tail, the worst."""
    ordered = sorted(values)
    marks = [ordered[min(len(ordered) - 1, int(len(ordered) * q))] for q in (0.5, 0.9, 0.99)]
    figures = " ".join(f"{mark:10.2f}" for mark in [*marks, ordered[-1]])
    return f"{name:24} {figures} {unit}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--kills", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--folder", help="where the journals are (default: a temporary folder)")
    args = parser.parse_args()
    draw = random.Random(args.seed)
    with (
        tempfile.TemporaryDirectory(dir=args.folder) as name,
        storm_of(Path(name), args.seed, args.kills * FRAMES_A_KILL) as storm,
    ):
        killed = 0
        try:
            while killed < args.kills:
                storm.kill_somewhere(draw)
                storm.check()
                killed += 1
        except KeyboardInterrupt:
            print("interrupted: figures of the kills so far")
    found = storm.recoveries
    print(f"{killed} kills, {len(found)} recoveries, {len(storm.ids)} ids, none twice,")
    print(f"{storm.fed} market frames; epochs passed over: {sum(len(r.skipped) for r in found)}")
    for reason, count in Counter(str(r.end.reason) for r in found).most_common():
        print(f"  {count:6} ended: {reason}")
    print(f"{'':24} {'p50':>10} {'p90':>10} {'p99':>10} {'max':>10}")
    print(quantiles("recovery", [r.seconds * 1000 for r in found], "ms"))
    print(quantiles("records replayed", [float(r.records) for r in found], ""))
    print(quantiles("state", [len(r.state) / 1024 for r in found], "KiB"))
    print(quantiles("orders to ask about", [float(len(r.sent)) for r in found], ""))


if __name__ == "__main__":
    main()
