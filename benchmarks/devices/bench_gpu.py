"""From which batch size on is a GPU faster than the CPU, and what does its probe cost a host?

    python benchmarks/devices/bench_gpu.py [--plot batches.html] [--only paths] [--cores 2]

Every batch of devices/gpu at several sizes: on one core, on several where it can be shared out, and
on the GPU where the self-test passes, with its copies and without them (inputs and results stay on
the device; starts and the wait are in). Least of the rounds. Without a GPU the CPU's columns are
printed with the probe's reason. The probe is timed in a fresh interpreter each round, because a
process pays its first one.
"""

import argparse
import math
import os
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy.typing as npt
from gpu_report import NOT_MEASURED, Timed, crossover_table, table, write_page
from gpu_works import WORKS, Batch, Work

from tickpath.devices.cpu.host import cpu_name
from tickpath.devices.gpu.port import (
    Argument,
    Buffer,
    Dim,
    Graph,
    Launch,
    Mark,
    Port,
    Shape,
    Stream,
)
from tickpath.devices.gpu.probe import look
from tickpath.devices.gpu.selftest import device_port, self_test

ROUNDS = 5
ROUND_S_MAX = 0.4
"""No further round behind so many seconds of a batch."""
PROBE = (
    "import time; from tickpath.devices.gpu.probe import probe; t = time.perf_counter(); "
    "probe(); print(time.perf_counter() - t)"
)
COPIES, RESIDENT = "GPU with copies", "GPU without copies"


class ResidentPort:
    """A port whose buffers stay: the first call of a batch copies, the next ones find all there. Of
    a batch in parts a kernel then finds the last part of its slot: the time is right, the answer is
    not looked at."""

    def __init__(self, port: Port) -> None:
        self.port, self.name = port, port.name
        self.kept: list[Buffer] = []
        self.results: list[npt.NDArray[Any]] = []
        self.place = self.taken = self.calls = 0

    def again(self) -> None:
        """The next call of the same batch begins."""
        self.place = self.taken = 0
        self.calls += 1

    def keep(self, make: Callable[[], Buffer]) -> Buffer:
        if self.place == len(self.kept):
            self.kept.append(make())
        self.place += 1
        return self.kept[self.place - 1]

    def upload(self, array: npt.NDArray[Any]) -> Buffer:
        return self.keep(lambda: self.port.upload(array))

    def empty(self, shape: Shape, dtype: npt.DTypeLike) -> Buffer:
        return self.keep(lambda: self.port.empty(shape, dtype))

    def download(self, buffer: Buffer) -> npt.NDArray[Any]:
        if self.taken == len(self.results):
            self.results.append(self.port.download(buffer))
        self.taken += 1
        return self.results[self.taken - 1]

    def launch(self, kernel: str, grid: Dim, block: Dim, *arguments: Argument) -> None:
        self.port.launch(kernel, grid, block, *arguments)

    def sync(self) -> None:
        self.port.sync()

    def pinned(self, shape: Shape, dtype: npt.DTypeLike) -> npt.NDArray[Any]:
        return self.port.pinned(shape, dtype)

    def send(self, array: npt.NDArray[Any], buffer: Buffer) -> None:
        if self.calls <= 1:
            self.port.send(array, buffer)

    def fetch(self, buffer: Buffer, array: npt.NDArray[Any]) -> None:
        if self.calls <= 1:
            self.port.fetch(buffer, array)

    def mark(self, stream: Stream) -> Mark:
        return self.port.mark(stream)

    def wait(self, stream: Stream, mark: Mark) -> None:
        self.port.wait(stream, mark)

    def reach(self, mark: Mark) -> None:
        self.port.reach(mark)

    def capture(self, launches: Sequence[Launch]) -> Graph:
        return self.port.capture(launches)

    def replay(self, graph: Graph) -> None:
        self.port.replay(graph)


def least(call: Callable[[], object]) -> float:
    """Least seconds over the rounds, behind one that is not counted."""
    call()
    found, spent = float("inf"), 0.0
    for _ in range(ROUNDS):
        start = time.perf_counter()
        call()
        took = time.perf_counter() - start
        found, spent = min(found, took), spent + took
        if spent > ROUND_S_MAX:
            break
    return found


def first_probe() -> float:
    """Seconds of the first probe of a process."""
    run = [sys.executable, "-c", PROBE]
    return min(float(subprocess.run(run, capture_output=True).stdout) for _ in range(ROUNDS))


def shared_seconds(batch: Batch, pool: ThreadPoolExecutor, cores: int) -> float:
    """On several cores; NaN where the batch is not shared out."""
    if batch.parts is None:
        return math.nan
    parts = batch.parts(cores)
    return least(lambda: [done.result() for done in [pool.submit(part) for part in parts]])


def resident_seconds(batch: Batch, port: Port) -> float:
    """On a port, copies left out; NaN where they cannot be."""
    if not batch.resident:
        return math.nan
    resident = ResidentPort(port)

    def call() -> None:
        resident.again()
        batch.whole(resident)

    return least(call)


def timed(work: Work, pool: ThreadPoolExecutor, cores: int, port: Port | None) -> Timed:
    """All columns of a work."""
    found = Timed(name=work.name, items=work.items, sizes=work.sizes)
    for size in work.sizes:
        batch = work.batch(size)
        own = {"CPU, 1 core": least(lambda: batch.whole(None))}  # noqa: B023
        if cores > 1:
            own[f"CPU, {cores} cores"] = shared_seconds(batch, pool, cores)
        if port is not None:
            own[COPIES] = least(lambda: batch.whole(port))  # noqa: B023
            own[RESIDENT] = resident_seconds(batch, port)
        for name, seconds in own.items():
            found.columns.setdefault(name, []).append(seconds)
    return found


def report(works: Sequence[Work], cores: int, port: Port | None, why: str) -> list[Timed]:
    """Print a table a work as it comes, then the sizes from which the GPU pays."""
    found = []
    with ThreadPoolExecutor(cores) as pool:
        for work in works:
            found.append(timed(work, pool, cores, port))
            print(table(found[-1]), end="\n\n", flush=True)
    if port is None:
        print(f"pays from: {NOT_MEASURED} ({why})")
    else:
        cpus = [name for name in found[0].columns if name.startswith("CPU")]
        print(crossover_table(found, cpus, [COPIES, RESIDENT]))
    return found


def load_line(load: float, cores: int) -> str:
    """How busy the host is before anything is timed."""
    busy = "; others run here, so every time is an upper bound" if load > cores / 2 else ""
    return f"{cpu_name()}: load average {load:.1f} on {cores} cores{busy}"


def arguments(words: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--plot", type=Path, help="write a page of plots")
    parser.add_argument("--only", default="", help="works whose name contains this word")
    parser.add_argument("--cores", type=int, default=os.cpu_count() or 1)
    return parser.parse_args(words)


def main(words: Sequence[str] | None = None) -> int:
    """Print the figures; 1 when the GPU that is there does not pass its self-test."""
    given = arguments(words)
    works = [work for work in WORKS if given.only in work.name]
    if not works or given.cores < 1:
        print(f"nothing to time: --only {given.only!r}, --cores {given.cores}", file=sys.stderr)
        return 2
    print(f"first probe of a process: {first_probe() * 1e3:.3f} ms")
    print(f"{load_line(os.getloadavg()[0], given.cores)}\n")
    seen = look()
    port = None if seen.device is None else device_port(seen)
    if port is not None and not (answer := self_test(port)).ok:
        print(f"GPU: {answer.reason}")
        return 1
    found = report(works, given.cores, port, seen.available.reason)
    if given.plot:
        load = load_line(os.getloadavg()[0], given.cores)
        head = [f"GPU: {seen.available.reason}" if port else f"GPU: {NOT_MEASURED}"]
        write_page(given.plot, found, [*head, f"{load}; least of rounds"])
        print(f"\nplots: {given.plot}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
