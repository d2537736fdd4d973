"""Does the walk notice the batch lane: its own stores and loads, and a busy worker on another core?

    python benchmarks/devices/bench_lane.py                  # p50 and p99, busy beside idle
    python benchmarks/devices/bench_lane.py --instructions   # of the walk, by callgrind

One engine leaves every row and takes every answer; its worker is a process on another core that
scores and, in between, draws Monte Carlo paths without a pause. It is stopped and let go again
(SIGSTOP, SIGCONT) for alternate blocks of frames, idle busy idle busy, in one run. The bar, 1.05,
is for the median of the pairwise ratios of p99. On a host that others use as well only the ratio
and the instruction counts mean anything.
"""

import argparse
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path

import numpy as np

from tickpath.cli.bench_frames import FrameSet, frame_set
from tickpath.cli.bench_path import ANSWER, ID_AT, STEP_NS, begin, bench_config
from tickpath.core.clock import calibrate
from tickpath.core.config import Config, LaneSpec, ModelSpec, StrategySpec
from tickpath.engine.measure import TickToOrder
from tickpath.engine.native import Engine
from tickpath.hot.risk.portfolio.monte_carlo import simulate
from tickpath.ops.live.lane import LaneProcess, LaneWorkers

BAR = 1.05
BLOCKS, FRAMES, COUNTED = 24, 3000, 200
SCORINGS = 20
"""Rounds of the worker between two draws of paths."""
SETTLE_S = 0.02
AVERAGES = 4
"""Instances of ema_cross that never trade; each brings two columns."""
WAYS = ("none", "walk", "lane")
"""No model, the model in the walk, its scores from the lane."""
TOTALS = re.compile(r"^totals: (\d+)", re.MULTILINE)


def config_of(folder: Path, way: str) -> Config:
    """One order an event, eight columns, and a linear model in this way."""
    base = bench_config()
    quiet = [
        StrategySpec(
            name="ema_cross",
            instruments=(0,),
            params={"band_ppm": 100_000, "fast_period": 5 + k, "slow_period": 50 + k},
        )
        for k in range(AVERAGES)
    ]
    path = folder / "linear.npz"
    weight = np.full((2 * AVERAGES, 1), 1e-3)
    np.savez(path, weight_0=weight, bias_0=np.zeros(1), activation=[0])
    return replace(
        base,
        strategies=(*base.strategies, *quiet),
        model=ModelSpec() if way == "none" else ModelSpec(kind="dense", path=str(path)),
        lane=LaneSpec(scores=way == "lane", age_ns_max=60 * 10**9),
    )


class Lane(LaneProcess):
    """The worker of this benchmark in the place of the live one."""

    def _start(self, *_: str) -> subprocess.Popen[bytes]:
        self._told = 0
        command = [sys.executable, __file__, "--worker", str(self.folder)]
        return subprocess.Popen(command, start_new_session=True)


def work(folder: Path) -> int:
    """Score and draw paths until the parent ends; never idle."""
    workers, parent = LaneWorkers(folder, native=False), os.getppid()
    random = np.random.default_rng(1)
    half = random.normal(size=(16, 16)) * 1e-3
    book = (half @ half.T, random.normal(0.0, 1e4, 16), np.zeros(16, bool), 990_000, 1, 1000)
    rounds = 0
    while os.getppid() == parent:
        for _ in range(SCORINGS):
            workers.do_work()
        simulate(*book, (1, rounds))
        rounds += 1
        if rounds % 50 == 0:
            workers.say()
    return 0


class Walk:
    """An engine under measurement, block by block."""

    def __init__(self, config: Config, frames: FrameSet) -> None:
        self.engine, self.frames, self.at = Engine(config), frames, 0
        self.t_ns = begin(self.engine, frames)
        self.door = TickToOrder(self.engine, 0, ANSWER % (b"0" * 16), ID_AT)

    def block(self, count: int) -> np.ndarray:
        """Stamp ticks of the next frames."""
        ticks = np.zeros(count, dtype=np.int64)
        offsets = np.ascontiguousarray(self.frames.offsets[self.at : self.at + count + 1])
        self.t_ns = self.door.run(self.frames.blob, offsets, self.t_ns, STEP_NS, ticks)
        self.at += count
        self.engine.take_decisions()
        return ticks


def pin(pid: int, core: int) -> None:
    """To a core of those this process may use."""
    cores = sorted(os.sched_getaffinity(0))
    os.sched_setaffinity(pid, {cores[core % len(cores)]})


def blocks(walk: Walk, lane: Lane) -> dict[str, list[np.ndarray]]:
    """Ticks of alternating blocks."""
    found: dict[str, list[np.ndarray]] = {"idle": [], "busy": []}
    walk.block(FRAMES)
    for k in range(BLOCKS):
        name = ("idle", "busy")[k % 2]
        os.kill(lane.pid, signal.SIGCONT if name == "busy" else signal.SIGSTOP)
        time.sleep(SETTLE_S)
        found[name].append(walk.block(FRAMES))
    os.kill(lane.pid, signal.SIGCONT)
    return found


def show(found: dict[str, list[np.ndarray]], lane: Lane, walk: Walk) -> float:
    """Print the figures; the median ratio of p99."""
    ratio = calibrate().to_ns(1)
    rows = {k: np.array([np.percentile(b, (50, 99)) for b in v]) * ratio for k, v in found.items()}
    for name, figures in rows.items():
        p50, p99 = np.median(figures, axis=0)
        print(f"worker {name:5} p50 {p50:7.0f} ns   p99 {p99:7.0f} ns   (median of blocks)")
    pairs = np.median(rows["busy"] / rows["idle"], axis=0)
    lane.look()
    scored = lane.figures.get("model", {})
    print(f"busy / idle  p50 {pairs[0]:.3f}   p99 {pairs[1]:.3f}   bar {BAR}")
    print(f"the walk took {walk.engine.stages.lane.figures()['answers']} answers, the worker "
          f"{scored.get('rows', 0)} rows in {scored.get('batches', 0)} batches, "
          f"{scored.get('rows_lost', 0)} lost")  # fmt: skip
    return float(pairs[1])


def timed() -> int:
    """Exit code 1 when the ratio is beyond the bar."""
    with tempfile.TemporaryDirectory() as folder:
        walk = Walk(
            config_of(Path(folder), "lane"), frame_set("depth9_json", FRAMES * (BLOCKS + 1))
        )
        lane = Lane(walk.engine.config, walk.engine, print)
        try:
            pin(0, 0)
            pin(lane.pid, 1)
            while not lane.figures:
                lane.look()
                time.sleep(SETTLE_S)
            found = blocks(walk, lane)
            time.sleep(20 * SETTLE_S)
            return int(show(found, lane, walk) > BAR)
        finally:
            os.kill(lane.pid, signal.SIGCONT)
            lane.close()


def counted_child(way: str) -> int:
    """Drive frames in one way, for callgrind."""
    with tempfile.TemporaryDirectory() as folder:
        walk = Walk(config_of(Path(folder), way), frame_set("depth9_json", COUNTED))
        if way == "lane":
            from tickpath.hot.model.worker import attached_scores

            attached_scores(walk.engine.config, walk.engine)
        walk.block(COUNTED)
        walk.engine.export_state()
    return 0


def instructions(way: str) -> int:
    """Instructions of the walk's market entry, a frame."""
    with tempfile.TemporaryDirectory() as scratch:
        command = [
            "valgrind", "--tool=callgrind", f"--callgrind-out-file={scratch}/out",
            "--collect-atstart=no", "--toggle-collect=*native_api_market*",
            "--dump-after=*Engine*export_state*", sys.executable, __file__, "--counted", way,
        ]  # fmt: skip
        subprocess.run(command, capture_output=True, text=True, check=True)
        total = TOTALS.search((Path(scratch) / "out.1").read_text())
    return int(total[1]) // COUNTED if total else 0


def counted() -> int:
    if shutil.which("valgrind") is None:
        print("valgrind is absent: it counts instructions")
        return 2
    print(json.dumps({way: instructions(way) for way in WAYS}))
    return 0


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--instructions", action="store_true")
    parser.add_argument("--worker", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--counted", choices=WAYS, help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.worker is not None:
        return work(args.worker)
    if args.counted is not None:
        return counted_child(args.counted)
    return counted() if args.instructions else timed()


if __name__ == "__main__":
    sys.exit(main())
