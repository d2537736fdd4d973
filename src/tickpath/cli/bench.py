"""Latency and throughput of the whole path and of each stage, on populated structures.

  tickpath bench
  tickpath bench --suite path --json -

`path`: bytes in to order bytes out, in process, with sequence check, symbol lookup, order
management and journal write; every frame leads to an order, answered outside the stamps.
`stages`: the same run with a stamp after every stage (their cost, about 10 ns each, is included).
Figures are medians over repeats; the cost of the stamp pair is printed and not subtracted.
"""

import argparse
import os
import platform
import tempfile
import time
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np

from tickpath.backtest.plots import histogram
from tickpath.backtest.stats import percentiles
from tickpath.cli.bench_frames import KINDS, FrameSet, frame_set
from tickpath.cli.output import console, json_option, progress_bar, run_folder, table, write_json
from tickpath.core.clock import StampScale, calibrate
from tickpath.core.config import Config
from tickpath.core.errors import ConfigError, VerificationError
from tickpath.devices.cpu.host import cpu_name

SUITES = ("path", "stages")
STEP_NS = 2_000_000
CHUNK = 1024
ANSWER = (
    b'{"e":"executionReport","E":1760000000000,"s":"BTCUSDT","c":"%s","S":"BUY","o":"LIMIT",'
    b'"f":"IOC","q":"0.00200000","p":"43250.00000000","P":"0.00000000","F":"0.00000000","g":-1,'
    b'"C":"","x":"EXPIRED","X":"EXPIRED","r":"NONE","i":7,"l":"0.00000000","z":"0.00000000",'
    b'"L":"0.00000000","n":"0","N":null,"T":1760000000000,"t":-1,"w":false,"m":false}'
)
ID_AT = ANSWER.index(b"%s")


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--suite", default=",".join(SUITES), help="path, stages; comma separated")
    parser.add_argument("--backend", default="native", choices=["native"], help="fused walk")
    parser.add_argument("--frames", type=int, default=20_000, help="distinct frames a repeat")
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--no-journal", action="store_true", help="leave the journal write out")
    parser.add_argument("--out", metavar="DIR", help="folder of the plots (default: under runs/)")
    json_option(parser)


def bench_config() -> Config:
    """Spot BTCUSDT with a strategy that answers every event with one IOC order."""
    from tickpath.backtest.setup import config_of_symbol

    config = config_of_symbol(
        "binance-spot", "BTCUSDT", strategy="every_event", params={"order_lots": 2000}
    )
    risk = replace(config.risk, order_rate_per_s=1000, order_burst=1000)
    balances = {"USDT": Decimal(100_000)}
    return replace(config, risk=risk, balances=balances)


class PathBench:
    """One engine on one frame set; `run` returns the ticks of every frame."""

    def __init__(self, frames: FrameSet, journal: Path | None, stages: bool = False) -> None:
        from tickpath.backtest.journal_setup import new_journal
        from tickpath.engine.measure import TickToOrder
        from tickpath.engine.native import Engine

        config = bench_config()
        self.journal = None if journal is None else new_journal(journal, config)
        self.engine = Engine(config, self.journal)
        self.frames = frames
        code = self.engine.on_market_frame(0, frames.snapshot, 1)
        if code:
            raise VerificationError(f"the benchmark's snapshot was refused with code {code}")
        self.door = TickToOrder(self.engine, 0, ANSWER % (b"0" * 16), ID_AT)
        self.t_ns = 1_000_000_000
        self.engine.measure(stages)

    def run(self) -> np.ndarray:
        """Drive all frames. Raises VerificationError when one was refused or led to no order."""
        count = len(self.frames.offsets) - 1
        ticks = np.zeros(count, dtype=np.int64)
        for at in range(0, count, CHUNK):
            end = min(count, at + CHUNK)
            offsets = np.ascontiguousarray(self.frames.offsets[at : end + 1])
            self.t_ns = self.door.run(self.frames.blob, offsets, self.t_ns, STEP_NS, ticks[at:end])
            self.engine.take_decisions()
        refused = {k: v for k, v in self.engine.codes.items() if k}
        if self.door.orders != count or refused:
            raise VerificationError(
                f"{self.frames.name}: {self.door.orders} orders for {count} frames, codes {refused}"
            )
        return ticks

    def run_first(self, count: int) -> None:
        """Drive the first `count` frames only, without checks: for counting instructions."""
        ticks = np.zeros(count, dtype=np.int64)
        offsets = np.ascontiguousarray(self.frames.offsets[: count + 1])
        self.door.run(self.frames.blob, offsets, self.t_ns, STEP_NS, ticks)

    def close(self) -> None:
        if self.journal is not None:
            self.journal.close()


def run_path(
    frames: FrameSet, repeats: int, journal_root: Path | None, stages: bool = False
) -> tuple[list[np.ndarray], PathBench]:
    """Ticks of every repeat, each on a fresh engine; the first is warm-up and is dropped."""
    kept = []
    for repeat in range(repeats + 1):
        journal = None if journal_root is None else journal_root / f"{frames.name}-{repeat}"
        bench = PathBench(frames, journal, stages)
        ticks = bench.run()
        bench.close()
        if repeat:
            kept.append(ticks)
    return kept, bench


def path_row(frames: FrameSet, kept: list[np.ndarray], ratio: float) -> dict[str, Any]:
    """Median over repeats of each percentile."""
    marks = {"p50_ns": 50, "p99_ns": 99, "p99_9_ns": 99.9, "max_ns": 100}
    row: dict[str, Any] = {
        "name": f"path/{frames.name}",
        "backend": "native",
        "n": len(kept) * len(kept[0]),
        "levels_per_event": round(frames.levels_mean, 1),
    }
    for key, mark in marks.items():
        row[key] = round(float(np.median([np.percentile(t, mark) for t in kept])) * ratio, 1)
    mean = float(np.median([t.mean() for t in kept])) * ratio
    row["per_s"] = round(1e9 / mean)
    return row


def stage_rows(frames: FrameSet, bench: PathBench, ratio: float) -> list[dict[str, Any]]:
    """Percentiles of every stage from the engine's own histograms."""
    rows = []
    for name, (count, top, floors, counts) in bench.engine.latency_ticks().items():
        if not count:
            continue
        found = percentiles(count, top, floors, counts, ratio)
        mean = sum(f * c for f, c in zip(floors, counts, strict=True)) / count * ratio
        row = {"name": f"stages/{frames.name}/{name}", "backend": "native", "n": count}
        row |= {f"{k}_ns": v for k, v in found.items()}
        rows.append(row | {"per_s": round(1e9 / mean) if mean else 0})
    return rows


def host(scale: StampScale) -> dict[str, Any]:
    """What a reader must know to judge the figures."""
    return {
        "cpu": cpu_name(),
        "cores": len(os.sched_getaffinity(0)),
        "load_1min": round(os.getloadavg()[0], 2),
        "kernel": platform.release(),
        "python": platform.python_version(),
        "date": time.strftime("%Y-%m-%d", time.gmtime()),
        "stamp_pair_ns": round(scale.cost_ns, 1),
    }


def plot(folder: Path, name: str, ticks: np.ndarray, ratio: float) -> None:
    """Histogram of one frame kind as an SVG page."""
    ns = ticks * ratio
    top = np.percentile(ns, 99.9)
    counts, edges = np.histogram(ns[ns <= top], bins=80)
    folder.mkdir(parents=True, exist_ok=True)
    style = "<style>body{font:14px sans-serif;max-width:900px;margin:2rem auto}</style>"
    chart = histogram(name, edges[:-1].round().tolist(), counts.tolist())
    (folder / f"{name}.html").write_text(f"{style}<h1>{name}, ns up to p99.9</h1>{chart}")


def run(args: argparse.Namespace) -> int:
    suites = [s.strip() for s in args.suite.split(",") if s.strip()]
    for suite in suites:
        if suite not in SUITES:
            raise ConfigError(f"--suite {suite}: choose from {', '.join(SUITES)}")
    screen = console(args)
    scale = calibrate()
    ratio = scale.to_ns(1)
    folder = run_folder("bench", args.out)
    rows: list[dict[str, Any]] = []
    with tempfile.TemporaryDirectory() as scratch, progress_bar(screen, "bench") as progress:
        for k, name in enumerate(KINDS):
            frames = frame_set(name, args.frames)
            journal = None if args.no_journal else Path(scratch)
            if "path" in suites:
                kept, _ = run_path(frames, args.repeats, journal)
                rows.append(path_row(frames, kept, ratio))
                plot(folder, name, np.concatenate(kept), ratio)
            if "stages" in suites:
                _, bench = run_path(frames, 1, journal, stages=True)
                rows += stage_rows(frames, bench, ratio)
            progress(k + 1, len(KINDS))
    machine = host(scale)
    head = ("name", "n", "p50_ns", "p99_ns", "p99_9_ns", "max_ns", "per_s")
    screen.print(table("Bench", head, [[r[h] for h in head] for r in rows]))
    screen.print(", ".join(f"{key} {value}" for key, value in machine.items()))
    screen.print(f"plots: {folder}", soft_wrap=True)
    write_json(args, {"host": machine, "results": rows})
    return 0
