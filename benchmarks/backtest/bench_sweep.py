"""What a sweep costs beside its jobs, and whether every executor gives the same rows.

  python benchmarks/backtest/bench_sweep.py overhead --workers 2 --seconds 10
  python benchmarks/backtest/bench_sweep.py same --data btcusdt.gz --sets 1000 --max-events 10000

`overhead`: jobs that wait a known time, 10 ms, so that a busy machine lengthens them little. The
overhead is the workers' time that is not inside jobs, after the first row of each has come, as a
share of the time inside jobs; start-up is told beside it. The bar is 5 % with chunks of 100 ms in
the process pool.

`same`: one sweep of a recording on every executor: hash, rate, and memory of the workers over the
sweep: the median of the first and of the last tenth of the rows. Exits with 4 when hashes differ.
"""

import argparse
import statistics
import sys
import time
from collections.abc import Mapping, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from tickpath.backtest.sweep import Random, Range, SweepResult, sweep
from tickpath.backtest.sweep.backtests import Subject, sweep_backtests
from tickpath.backtest.sweep.space import space_of

JOB_S = 0.01
PLACES = (("process", 1), ("process", 2), ("thread", 2), ("ray", 2), ("dask", 2))
PACKAGES = {"ray": "ray", "dask": "distributed"}
SPACE = {
    "half_spread_ppm": Range(1, 100, log=True),
    "lean_ppm": Range(0, 200),
    "imbalance_shift_ppm": Range(0, 200),
    "order_lots": [100, 200, 400],
}


def wait(params: Mapping[str, Any]) -> int:
    """A job of known length."""
    time.sleep(JOB_S)
    return int(params["k"])


class Arrivals:
    """When rows came."""

    def __init__(self) -> None:
        self.times: list[float] = []

    def __call__(self, done: int, total: int) -> None:
        self.times.append(time.perf_counter())


def overhead(executor: str, workers: int, seconds: float) -> None:
    """Print one line."""
    jobs = round(seconds * workers / JOB_S)
    seen = Arrivals()
    start = time.perf_counter()
    found = sweep(wait, {"k": range(jobs)}, executor=executor, workers=workers, progress=seen)
    begun = seen.times[workers - 1]
    inside = sum(row.seconds for row in found.rows[workers:])
    busy = inside / ((seen.times[-1] - begun) * workers)
    print(
        f"{executor:8} workers {workers}  jobs {jobs}  chunks {found.chunks}  "
        f"wall {found.wall_s:.2f} s  start-up {begun - start:.2f} s  "
        f"inside jobs {inside:.2f} s  efficiency {busy:.4f}  overhead {1 / busy - 1:.2%}"
    )


def memory(found: SweepResult) -> tuple[float, float]:
    """Median resident MiB of the first and of the last tenth of the rows."""
    sizes = [row.rss_mib for row in found.rows]
    tenth = max(len(sizes) // 10, 1)
    return statistics.median(sizes[:tenth]), statistics.median(sizes[-tenth:])


def same(places: Sequence[tuple[str, int]], args: argparse.Namespace) -> int:
    """Print one line an executor; the exit code."""
    hashes = set()
    subject = Subject(paths=args.data, strategy="imbalance_maker", max_events=args.max_events)
    for executor, workers in places:
        if find_spec(PACKAGES.get(executor, "numpy")) is None:
            print(f"{executor:8} not installed: left out")
            continue
        sampler = Random(space_of(SPACE), args.sets, seed=1)
        found = sweep_backtests(subject, sampler, executor=executor, workers=workers)
        hashes.add(found.hash)
        first, last = memory(found)
        print(
            f"{executor:8} workers {workers}  rows {len(found.rows)}  failed {len(found.failed)}  "
            f"hash {found.hash}  wall {found.wall_s:.1f} s  inside jobs {found.work_s:.1f} s  "
            f"chunks {found.chunks}  worker MiB first tenth {first:.1f} last tenth {last:.1f}",
            flush=True,
        )
    print("same hash everywhere" if len(hashes) == 1 else f"hashes differ: {sorted(hashes)}")
    return 0 if len(hashes) == 1 else 4


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    one = commands.add_parser("overhead")
    one.add_argument("--executor", default="process")
    one.add_argument("--workers", type=int, default=2)
    one.add_argument("--seconds", type=float, default=10.0)
    one.add_argument("--repeats", type=int, default=3)
    two = commands.add_parser("same")
    two.add_argument("--data", nargs="+", type=Path, required=True)
    two.add_argument("--sets", type=int, default=1000)
    two.add_argument("--max-events", type=int, default=2**62)
    two.add_argument("--only", nargs="+", help="executor:workers, for example process:2")
    args = parser.parse_args()
    if args.command == "overhead":
        for _ in range(args.repeats):
            overhead(args.executor, args.workers, args.seconds)
        return 0
    chosen = [pair.split(":") for pair in args.only or ()]
    return same([(name, int(n)) for name, n in chosen] or PLACES, args)


if __name__ == "__main__":
    sys.exit(main())
