"""The walk of several built trees of this repository, pass by pass in turn on one core.

Question: did a change make the path faster or slower? Usage, each TREE one after `make build`:

    taskset -c 1 python benchmarks/path/beside_trees.py OLD NEW [--passes 60] [--frames 10000]

Every tree has a process of its own, which waits while another runs. Of each kind of frame it
prints, in ns, the least p50 of a pass, the median one, and the median difference from the first
tree in the same turn: neighbours on the host move the first two, the third less.
"""

import argparse
import json
import subprocess
import sys
from pathlib import Path
from typing import IO

import numpy as np

from tickpath.cli.bench_frames import KINDS

CHILD = """
import shutil, sys, tempfile
from pathlib import Path
import numpy as np
from tickpath.cli.bench_frames import frame_set
from tickpath.cli.bench_path import PathBench
from tickpath.core.clock import calibrate
ratio = calibrate().to_ns(1)
frames = {name: frame_set(name, int(sys.argv[1])) for name in sys.argv[2].split(",")}
print("ready", flush=True)
for line in sys.stdin:
    journal = Path(tempfile.mkdtemp())
    bench = PathBench(frames[line.strip()], journal / "journal")
    ticks = bench.run()
    bench.close()
    shutil.rmtree(journal)
    print(float(np.median(ticks)) * ratio, flush=True)
"""


class Tree:
    """A process that runs the walk of one tree."""

    def __init__(self, place: Path, frames: int, kinds: str) -> None:
        self.name = place.resolve().name
        code = f"import sys; sys.path.insert(0, {str(place.resolve() / 'src')!r})\n{CHILD}"
        self.child = subprocess.Popen(
            [sys.executable, "-c", code, str(frames), kinds],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        )  # fmt: skip
        if self.answer() != "ready":
            raise SystemExit(f"{place}: the walk does not run there: make build in it first")

    def pipes(self) -> tuple[IO[str], IO[str]]:
        assert self.child.stdin is not None
        assert self.child.stdout is not None
        return self.child.stdin, self.child.stdout

    def answer(self) -> str:
        return self.pipes()[1].readline().strip()

    def run(self, kind: str) -> float:
        """p50 in ns of one pass on a fresh engine."""
        asked, _ = self.pipes()
        asked.write(kind + "\n")
        asked.flush()
        return float(self.answer())

    def close(self) -> None:
        self.pipes()[0].close()
        self.child.wait()


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("trees", nargs="+", type=Path, metavar="TREE")
    parser.add_argument("--passes", type=int, default=60)
    parser.add_argument("--frames", type=int, default=10_000)
    parser.add_argument("--kinds", default=",".join(KINDS))
    args = parser.parse_args()
    trees = [Tree(place, args.frames, args.kinds) for place in args.trees]
    kinds = args.kinds.split(",")
    found = np.empty((args.passes, len(kinds), len(trees)))
    for k in range(args.passes):
        for j, kind in enumerate(kinds):
            found[k, j] = [tree.run(kind) for tree in trees]
    for j, kind in enumerate(kinds):
        taken = found[:, j]
        row = {
            "name": kind, "trees": [tree.name for tree in trees],
            "least_ns": taken.min(axis=0).round().tolist(),
            "median_ns": np.median(taken, axis=0).round().tolist(),
            "beside_first_ns": np.median(taken - taken[:, :1], axis=0).round().tolist(),
        }  # fmt: skip
        print(json.dumps(row))
    for tree in trees:
        tree.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
