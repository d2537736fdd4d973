"""The product beside a bare prototype of the same path, alternating in one process.

Question: how much do the journal, order management, sequence check and generality cost? Usage:

    taskset -c 1 python benchmarks/path/beside_prototype.py [--pairs 9] [--frames 100000]

The sources are found by TICKPATH_PROTOTYPE (default ../shared/prototypes/hotpath); they
are copied to a scratch folder and built with the same flags. Bar: p50 <= 2.0 x prototype + 80 ns.
"""

import argparse
import json
import shutil
import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
from prototype import PLACE, build

from tickpath.cli.bench_frames import KINDS, FrameSet, frame_set
from tickpath.cli.bench_path import PathBench
from tickpath.core.clock import calibrate

BAR_RATIO, BAR_NS = 2.0, 80.0
TICK_UNITS, LOT_UNITS, MID = 1_000_000, 1000, 4_325_000


def prototype_frames(frames: FrameSet) -> tuple[bytes, np.ndarray, int]:
    """The same frames in the form the prototype reads, and its mode."""
    if not frames.name.endswith("_sbe"):
        return frames.blob.tobytes(), frames.offsets, 0
    out = []
    for k in range(len(frames.offsets) - 1):
        frame = frames.blob[frames.offsets[k] : frames.offsets[k + 1]].tobytes()
        bids = int.from_bytes(frame[36:38], "little")
        at = 38 + 16 * bids
        asks = int.from_bytes(frame[at + 2 : at + 4], "little")
        head = bytearray(32)
        head[0], head[2], head[4], head[6], head[7] = 1, bids, asks, frame[32], frame[33]
        head[8:32] = frame[8:32]
        out.append(bytes(head) + frame[38:at] + frame[at + 4 : at + 4 + 16 * asks])
    offsets = np.zeros(len(out) + 1, dtype=np.int64)
    offsets[1:] = np.cumsum([len(f) for f in out])
    return b"".join(out), offsets, 3


class Prototype:
    def __init__(self, module: Any, frames: FrameSet) -> None:
        self.module = module
        self.blob, self.offsets, self.mode = prototype_frames(frames)
        book = json.loads(frames.snapshot)
        self.sides = [
            [(round(float(p) * 1e8), round(float(q) * 1e8)) for p, q in book[side]]
            for side in ("bids", "asks")
        ]

    def run(self) -> float:
        """p50 in ns of one pass over all frames on a fresh book."""
        bench = self.module.Bench()
        bench.setup(MID, TICK_UNITS)
        bench.seed(*self.sides)
        bench.timer_cost = 0
        ticks, bad, rejected, _ = bench.run(
            self.blob, self.offsets, len(self.offsets) - 1, self.mode, False
        )
        assert (bad, rejected) == (0, 0)
        return float(np.median(ticks[7]))


def product_p50(frames: FrameSet, journal: Path, ratio: float) -> tuple[float, float]:
    """p50 and p99 in ns of one pass on a fresh engine with its journal."""
    bench = PathBench(frames, journal)
    ticks = bench.run()
    bench.close()
    shutil.rmtree(journal, ignore_errors=True)
    return float(np.median(ticks)) * ratio, float(np.percentile(ticks, 99)) * ratio


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pairs", type=int, default=9)
    parser.add_argument("--frames", type=int, default=100_000)
    parser.add_argument("--kinds", default=",".join(KINDS))
    parser.add_argument("--json", metavar="FILE")
    args = parser.parse_args()
    if not PLACE.is_dir():
        print(f"prototype absent at {PLACE}: set TICKPATH_PROTOTYPE")
        return 0
    ratio = calibrate().to_ns(1)
    rows, missed = [], 0
    with tempfile.TemporaryDirectory() as scratch:
        module = build(Path(scratch))
        for name in args.kinds.split(","):
            frames = frame_set(name, args.frames)
            prototype = Prototype(module, frames)
            pairs = []
            for k in range(args.pairs + 1):
                product, p99 = product_p50(frames, Path(scratch) / f"journal-{name}-{k}", ratio)
                pairs.append((product, p99, prototype.run()))
            kept = np.array(pairs[1:])
            product, p99, bare = np.median(kept, axis=0)
            over = np.median((kept[:, 0] - BAR_NS) / kept[:, 2])
            row = {
                "name": name, "product_p50_ns": round(product, 1), "product_p99_ns": round(p99, 1),
                "prototype_p50_ns": round(bare, 1),
                "ratio": round(float(np.median(kept[:, 0] / kept[:, 2])), 2),
                "ratio_after_80_ns": round(float(over), 2), "ok": bool(over <= BAR_RATIO),
            }  # fmt: skip
            missed += not row["ok"]
            rows.append(row)
            print(json.dumps(row), flush=True)
    if args.json:
        Path(args.json).write_text(json.dumps(rows, indent=1) + "\n")
    return 4 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
