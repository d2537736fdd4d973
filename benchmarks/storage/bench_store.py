"""What the tick store costs: bytes a tick, ticks a second in, merged, out and asked by SQL.

    python benchmarks/storage/bench_store.py --rows 5000000 --repeats 5
    python benchmarks/storage/bench_store.py --gb 10          a stream of that size, memory watched

Data: trades (time, price, quantity; 8 symbols at random, prices a random walk, quantities 1 to 999,
time steps of 1 to 2 000 000 ns between any two), as on the facts page; `--full` adds what a venue
sends too: its own time, the trade id and the aggressor. Each figure is the best of the repeats by
the clock on the wall, and beside it rows a second of processor time. Nothing else may run.
"""

import argparse
import os
import platform
import resource
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np

from tickpath.core.records import EventKind
from tickpath.core.ticks import TICK_COLUMNS, Ticks, ticks_of
from tickpath.storage import InstrumentMeta, Store, open_store

SYMBOLS = 8
START_NS = 1_723_075_200 * 10**9
STEP_NS_MAX = 2_000_000
META = InstrumentMeta(tick_size=Decimal("0.01"), lot_size=Decimal("0.001"))
VENUE = "bench"
FOUR = ["t_recv_ns", "price_ticks", "quantity_lots", "side"]
CHUNK = 1 << 20
ROW_BYTES = sum(dtype.itemsize for dtype in TICK_COLUMNS.values())
OHLC = """
SELECT symbol, t_recv_ns // 60000000000 AS minute, arg_min(price_ticks, t_recv_ns) AS open,
       max(price_ticks) AS high, min(price_ticks) AS low, arg_max(price_ticks, t_recv_ns) AS close
FROM ticks GROUP BY ALL
"""


def markets(rows: int, *, full: bool) -> list[Ticks]:
    """The rows of each symbol."""
    random = np.random.default_rng(1)
    times = START_NS + np.cumsum(random.integers(1, STEP_NS_MAX, rows))
    symbols = random.integers(0, SYMBOLS, rows)
    found = []
    for symbol in range(SYMBOLS):
        t = times[symbols == symbol]
        count = len(t)
        columns: dict[str, Any] = {
            "t_recv_ns": t,
            "price_ticks": 600_000 + np.cumsum(random.integers(-2, 3, count)),
            "quantity_lots": random.integers(1, 1000, count),
            "kind": int(EventKind.TRADE),
        }
        if full:
            columns["t_venue_ns"] = t - random.integers(100_000, 300_000, count)
            columns["last_id"] = np.arange(1, count + 1)
            columns["side"] = random.integers(0, 2, count).astype("u1")
        found.append(ticks_of(**columns))
    return found


def timed(name: str, rows: int, repeats: int, work: Callable[[], Any]) -> Any:
    """The best of the repeats, printed; what the last one gave."""
    best = best_cpu = float("inf")
    answer = None
    for _ in range(repeats):
        wall, cpu = time.perf_counter(), time.process_time()
        answer = work()
        best = min(best, time.perf_counter() - wall)
        best_cpu = min(best_cpu, time.process_time() - cpu)
    print(f"{name:44} {rows / best / 1e6:8.1f} M/s {rows / best_cpu / 1e6:8.1f} M/s of processor")
    return answer


def write_all(folder: Path, found: list[Ticks], pieces: int = 1, workers: int = 1) -> Store:
    """A new store with the markets, each day in so many writes, so many symbols at a time."""
    shutil.rmtree(folder, ignore_errors=True)
    store = open_store(folder)

    def one(symbol: int) -> None:
        ticks = found[symbol]
        for k in range(pieces):
            start, stop = (len(ticks) * n // pieces for n in (k, k + 1))
            store.write(VENUE, f"S{symbol}", ticks.rows(start, stop), instrument=META)

    with ThreadPoolExecutor(workers) as pool:
        list(pool.map(one, range(len(found))))
    return store


def read_all(store: Store, columns: list[str] | None) -> int:
    """Every symbol as a table."""
    return sum(store.read(VENUE, f"S{k}", columns=columns).num_rows for k in range(SYMBOLS))


def rates(folder: Path, rows: int, repeats: int, *, full: bool) -> None:
    """The table of the reference page."""
    found = markets(rows, full=full)
    print(f"{rows} ticks of {SYMBOLS} symbols, {'full rows' if full else 'time, price, quantity'}")
    cores = os.cpu_count() or 1
    timed("write from memory", rows, repeats, lambda: write_all(folder, found))
    store = timed(
        f"write from memory, {cores} symbols at a time", rows, repeats,
        lambda: write_all(folder, found, workers=cores),
    )  # fmt: skip
    size = sum(p.bytes for p in store.partitions())
    print(f"{'on the disk':44} {size / rows:8.2f} bytes a tick")
    timed("read t_recv_ns, price, quantity, side", rows, repeats, lambda: read_all(store, FOUR))
    timed("read all 11 columns", rows, repeats, lambda: read_all(store, None))
    wall = []
    for _ in range(repeats):
        start = time.perf_counter()
        store.sql(OHLC)
        wall.append(time.perf_counter() - start)
    print(f"{'OHLC by minute, SQL':44} {min(wall) * 1e3:8.0f} ms")
    best = best_cpu = float("inf")
    for _ in range(repeats):
        store = write_all(folder, found, pieces=8)
        clock, cpu = time.perf_counter(), time.process_time()
        done = store.compact()
        best = min(best, time.perf_counter() - clock)
        best_cpu = min(best_cpu, time.process_time() - cpu)
    print(
        f"{f'merge {done.parts_before} parts into {done.parts_after}':44} "
        f"{rows / best / 1e6:8.1f} M/s {rows / best_cpu / 1e6:8.1f} M/s of processor"
    )


def endless(rows: int) -> Iterator[Ticks]:
    """A stream made as it is written: chunks of a million rows."""
    random = np.random.default_rng(2)
    at, price, number = START_NS, 600_000, 1
    for start in range(0, rows, CHUNK):
        count = min(CHUNK, rows - start)
        t = at + np.cumsum(random.integers(1, STEP_NS_MAX, count))
        prices = np.maximum(1, price + np.cumsum(random.integers(-2, 3, count)))
        yield ticks_of(
            t_recv_ns=t, t_venue_ns=t - random.integers(100_000, 300_000, count),
            last_id=np.arange(number, number + count), price_ticks=prices,
            quantity_lots=random.integers(1, 1000, count), kind=int(EventKind.TRADE),
            side=random.integers(0, 2, count).astype("u1"),
        )  # fmt: skip
        at, price, number = int(t[-1]), int(prices[-1]), number + count


def peak_mib() -> int:
    """Peak resident memory of the process so far."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10


def large(folder: Path, gigabytes: float) -> None:
    """A stream of so many GB of columns in and out again, memory watched."""
    rows = int(gigabytes * 1e9 / ROW_BYTES)
    shutil.rmtree(folder, ignore_errors=True)
    store = open_store(folder)
    store.write(VENUE, "WARM", next(endless(1000)), instrument=META)
    print(
        f"{rows} rows, {rows * ROW_BYTES / 1e9:.1f} GB of columns; peak {peak_mib()} MiB at start"
    )
    start = time.perf_counter()
    done = store.write(VENUE, "BIG", endless(rows), instrument=META)
    wall = time.perf_counter() - start
    print(
        f"write: {wall:.0f} s, {rows / wall / 1e6:.1f} M/s with making the rows, {len(done.days)} "
        f"days, {done.bytes / 1e9:.2f} GB on the disk, {done.bytes / rows:.2f} bytes a row, peak "
        f"{peak_mib()} MiB"
    )
    start, count = time.perf_counter(), 0
    for chunk in store.events(VENUE, "BIG"):
        count += len(chunk)
    wall = time.perf_counter() - start
    assert count == rows
    print(
        f"events: {wall:.0f} s, {rows / wall / 1e6:.1f} M/s of all columns, peak {peak_mib()} MiB"
    )
    start, count = time.perf_counter(), 0
    for table in store.tables(VENUE, "BIG", columns=FOUR):
        count += table.num_rows
    wall = time.perf_counter() - start
    assert count == rows
    print(
        f"tables: {wall:.0f} s, {rows / wall / 1e6:.1f} M/s of four columns, peak {peak_mib()} MiB"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=5_000_000)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--full", action="store_true")
    parser.add_argument("--gb", type=float, default=0)
    parser.add_argument("--folder", type=Path, help="a folder on the disk to measure")
    args = parser.parse_args()
    print(f"{platform.processor() or platform.machine()}, {os.cpu_count()} cores, "
          f"load {os.getloadavg()[0]:.1f}, Python {sys.version.split()[0]}")  # fmt: skip
    with tempfile.TemporaryDirectory(dir=args.folder) as folder:
        if args.gb:
            large(Path(folder) / "store", args.gb)
        else:
            rates(Path(folder) / "store", args.rows, args.repeats, full=args.full)


if __name__ == "__main__":
    main()
