"""Latency and throughput of the whole path and of each stage, on populated structures.

  tickpath bench
  tickpath bench --suite path --json -
  tickpath bench --suite book,risk --backend reference

`path`: bytes in to order bytes out, in process, with sequence check, symbol lookup, order
management and journal write; every frame leads to an order, answered outside the stamps.
A stage's name: that stage within the same walk, with a stamp after every stage (their cost, about
10 ns each, is included); `stages` means all of them. Route and execute are stamped together.
Figures are medians over repeats; the cost of the stamp pair is printed and not subtracted.
"""

import argparse
import os
import platform
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np

from tickpath.backtest.plots import histogram
from tickpath.backtest.stats import percentiles
from tickpath.cli.bench_frames import KINDS, FrameSet, frame_set
from tickpath.cli.bench_path import PATHS, STAGE_NAMES, PathBench, ReferencePath
from tickpath.cli.output import console, json_option, progress_bar, run_folder, table, write_json
from tickpath.core.clock import StampScale, calibrate
from tickpath.core.errors import ConfigError
from tickpath.devices.cpu.host import cpu_name

ROWS_OF = {name: name for name in STAGE_NAMES} | dict.fromkeys(
    ("route", "execute"), "route_execute"
)
SUITES = ("path", "stages", *ROWS_OF)
FRAMES = {"native": 20_000, "reference": 1000}


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--suite", default="path,stages", help=f"of {', '.join(SUITES)}")
    parser.add_argument(
        "--backend", default="native", choices=sorted(PATHS), help="fused walk or plain Python"
    )
    parser.add_argument("--frames", type=int, help="distinct frames a repeat, at least 100")
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--no-journal", action="store_true", help="leave the journal write out")
    parser.add_argument("--out", metavar="DIR", help="folder of the plots (default: under runs/)")
    json_option(parser)


def run_path(
    make: type[PathBench] | type[ReferencePath],
    frames: FrameSet,
    repeats: int,
    journal_root: Path | None,
    stages: bool = False,
) -> tuple[list[np.ndarray], PathBench | ReferencePath]:
    """Times of every repeat, each on a fresh engine; the first is warm-up and is dropped."""
    kept = []
    for repeat in range(repeats + 1):
        name = f"{frames.name}-{stages:d}-{repeat}"
        journal = None if journal_root is None else journal_root / name
        bench = make(frames, journal, stages)
        taken = bench.run()
        bench.close()
        if repeat:
            kept.append(taken)
    return kept, bench


def path_row(
    frames: FrameSet, backend: str, kept: list[np.ndarray], ratio: float
) -> dict[str, Any]:
    """Median over repeats of each percentile."""
    marks = {"p50_ns": 50, "p99_ns": 99, "p99_9_ns": 99.9, "max_ns": 100}
    row: dict[str, Any] = {
        "name": f"path/{frames.name}",
        "backend": backend,
        "n": len(kept) * len(kept[0]),
        "levels_per_event": round(frames.levels_mean, 1),
    }
    for key, mark in marks.items():
        row[key] = round(float(np.median([np.percentile(t, mark) for t in kept])) * ratio, 1)
    mean = float(np.median([t.mean() for t in kept])) * ratio
    row["per_s"] = round(1e9 / mean)
    return row


def stage_rows(
    bench: PathBench | ReferencePath, backend: str, wanted: set[str], ratio: float
) -> list[dict[str, Any]]:
    """Percentiles of every wanted stage; one row counts calls of that stage."""
    rows = []
    for name, (count, top, floors, counts) in bench.stage_ticks().items():
        if name not in wanted:
            continue
        found = percentiles(count, top, floors, counts, ratio)
        mean = sum(f * c for f, c in zip(floors, counts, strict=True)) / count * ratio
        row = {"name": f"{name}/{bench.frames.name}", "backend": backend, "n": count}
        row |= {f"{k}_ns": v for k, v in found.items()}
        rows.append(row | {"per_s": round(1e9 / mean) if mean else 0})
    return rows


def suites_of(text: str) -> tuple[bool, set[str]]:
    """(whole path wanted, rows of stages wanted). Raises ConfigError for an unknown suite."""
    names = [s.strip() for s in text.split(",") if s.strip()]
    for name in names:
        if name not in SUITES:
            raise ConfigError(f"--suite {name}: choose from {', '.join(SUITES)}")
    if not names:
        raise ConfigError(f"--suite is empty: choose from {', '.join(SUITES)}")
    wanted = {ROWS_OF[name] for name in names if name in ROWS_OF}
    return "path" in names, set(STAGE_NAMES) if "stages" in names else wanted


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
    whole, wanted = suites_of(args.suite)
    count = FRAMES[args.backend] if args.frames is None else args.frames
    if count < 100 or args.repeats < 1:
        raise ConfigError("--frames is at least 100 and --repeats at least 1")
    screen = console(args)
    scale = calibrate()
    make = PATHS[args.backend]
    ratio = scale.to_ns(1) if args.backend == "native" else 1.0
    folder = run_folder("bench", args.out)
    rows: list[dict[str, Any]] = []
    with tempfile.TemporaryDirectory() as scratch, progress_bar(screen, "bench") as progress:
        for k, name in enumerate(KINDS):
            frames = frame_set(name, count)
            journal = None if args.no_journal else Path(scratch)
            if whole:
                kept, _ = run_path(make, frames, args.repeats, journal)
                rows.append(path_row(frames, args.backend, kept, ratio))
                plot(folder, name, np.concatenate(kept), ratio)
            if wanted:
                _, bench = run_path(make, frames, 1, journal, stages=True)
                rows += stage_rows(bench, args.backend, wanted, ratio)
            progress(k + 1, len(KINDS))
    machine = host(scale)
    head = ("name", "n", "p50_ns", "p99_ns", "p99_9_ns", "max_ns", "per_s")
    cells = [[r["name"], *(f"{r[h]:,.0f}" for h in head[1:])] for r in rows]
    screen.print(table(f"Bench, {args.backend}", head, cells))
    screen.print(", ".join(f"{key} {value}" for key, value in machine.items()))
    if whole:
        screen.print(f"plots: {folder}", soft_wrap=True)
    write_json(args, {"host": machine, "results": rows})
    return 0
