"""Trade on several simulated venues at once while every fault happens on a schedule.

    python benchmarks/live/bench_soak.py --seconds 600 --venues binance-spot kraken-spot coinbase

Each venue is a process; the engine, its sessions and this script are another. In the end the
strategies are paused, and positions, balances, open orders and the ids of orders must be the
venues' own; the ledger must sum to zero. Prints rates, what each fault cost (from the fault until
every book is good and every venue open again, 0 when nothing closed), processor time, memory,
differences.
"""

import argparse
import asyncio
import os
import random
import resource
import sys
import tempfile
import time
from collections import Counter
from decimal import Decimal
from pathlib import Path
from typing import Any

from tickpath.cli.loop import on_loop
from tickpath.core.codes import Code
from tickpath.engine.commands import Command
from tickpath.ops.live.compare import balances_differ, positions_differ, totals_differ
from tickpath.ops.live.runner import LiveRun, RunOptions
from tickpath.ops.live.session import Mode

sys.path.insert(0, str(Path(__file__).parent))
from venues import KINDS, SimulatedVenue, run_config

FAULTS: tuple[dict[str, Any], ...] = (
    {"kind": "drop", "channel": "market"},
    {"kind": "delay", "channel": "market", "value": 300},
    {"kind": "duplicate", "channel": "market"},
    {"kind": "reorder", "channel": "market"},
    {"kind": "corrupt", "channel": "market"},
    {"kind": "gap", "channel": "market"},
    {"kind": "bad_checksum"},
    {"kind": "cut", "channel": "market"},
    {"kind": "half_open", "channel": "market"},
    {"kind": "drop", "channel": "user"},
    {"kind": "delay", "channel": "user", "value": 300},
    {"kind": "duplicate", "channel": "user"},
    {"kind": "reorder", "channel": "user"},
    {"kind": "cut", "channel": "user"},
    {"kind": "cut", "channel": "api"},
    {"kind": "slow_reader", "value": 500},
    {"kind": "rate_limit", "value": 500},
    {"kind": "error_after_accept"},
    {"kind": "error_before"},
    {"kind": "lost_ack"},
    {"kind": "lost_request"},
    {"kind": "slow_ack", "value": 300},
    {"kind": "fill_before_ack", "value": 100},
    {"kind": "duplicate_fill"},
    {"kind": "shutdown", "value": 3000},
    {"kind": "stale_snapshot"},
    {"kind": "clock_skew", "value": 700},
    {"kind": "clock_skew", "value": 0},
    {"kind": "halt", "value": 2000},
    {"kind": "maintenance", "value": 1500},
    {"kind": "new_field"},
    {"kind": "ban", "value": 1500},
)
LOOK_S = 0.005
STILL_S = 30.0


class Soak:
    """One run with its schedule."""

    def __init__(self, run: LiveRun, venues: list[SimulatedVenue], seed: int) -> None:
        self.run, self.venues = run, venues
        self.random = random.Random(seed)
        self.costs: list[tuple[str, str, float]] = []
        self.refused: Counter[str] = Counter()
        self.rss: list[float] = []
        self.begun_s: dict[str, float] = {}
        self.used_s: dict[str, float] = {}

    def processors(self) -> dict[str, float]:
        """Processor seconds of the engine's process and of each venue's so far."""
        pids = {"engine": os.getpid()} | {v.name: v.process.pid for v in self.venues}
        return {name: processor_s(pid) for name, pid in pids.items()}

    def open(self) -> bool:
        """Whether every book is good and every venue takes orders."""
        return self.run.live is not None and self.run.live.open

    async def settled(self, limit_s: float) -> float:
        """Until open; how long that took, or the limit."""
        start = time.monotonic()
        while not self.open() and time.monotonic() - start < limit_s:
            await asyncio.sleep(LOOK_S)
        return time.monotonic() - start

    async def faults(self, every_s: float) -> None:
        """Every fault at every venue, in an order drawn by seed, again and again."""
        loop = asyncio.get_running_loop()
        while True:
            plan = [(venue, fault) for venue in self.venues for fault in FAULTS]
            self.random.shuffle(plan)
            for venue, fault in plan:
                await asyncio.sleep(every_s)
                label = f"{fault['kind']} {fault.get('channel', '')}".strip()
                try:
                    await loop.run_in_executor(None, venue.ask, "faults", fault)
                except OSError:
                    self.refused[f"{venue.name}: {label}"] += 1
                    continue
                start = time.monotonic()
                closed = None
                while time.monotonic() - start < every_s and closed is None:
                    closed = time.monotonic() if not self.open() else None
                    await asyncio.sleep(LOOK_S)
                cost = await self.settled(STILL_S) if closed else 0.0
                self.costs.append((venue.name, label, cost))
                self.rss.append(rss_mib())

    async def go(self, seconds: float, every_s: float) -> tuple[int, int, float]:
        """Frames, requests and seconds between ready and the pause."""
        await self.settled(60)
        counters = self.run.host.counters
        start, frames, requests = time.monotonic(), counters.frames, counters.requests
        self.begun_s = self.processors()
        self.rss.append(rss_mib())
        task = asyncio.create_task(self.faults(every_s))
        await asyncio.sleep(seconds)
        task.cancel()
        span = time.monotonic() - start
        figures = (counters.frames - frames, counters.requests - requests, span)
        self.used_s = {k: v - self.begun_s[k] for k, v in self.processors().items()}
        for strategy in range(len(self.run.config.strategies)):
            self.run.host.command(Command.PAUSE_STRATEGY, strategy)
        end = time.monotonic() + 90
        while time.monotonic() < end:
            await self.settled(60)
            await asyncio.sleep(1.0)
            if self.open() and not self.run.engine.stages.execute.orders():
                break
        return figures

    def wrong(self) -> list[str]:
        """What is not as the venues have it."""
        found = []
        engine, config = self.run.engine, self.run.config
        said, begun = {}, {}
        for venue in self.venues:
            truth = venue.account()
            index = config.venues.index(venue.name)
            held = {row["symbol"]: Decimal(row["quantity"]) for row in truth["positions"]}
            found += [f"{venue.name}: {d}" for d in positions_differ(engine, index, held)]
            totals = {asset: Decimal(amount) for asset, amount in truth["money"].items()}
            first = self.run.host.baseline[venue.name]
            said[index], begun[index] = totals, first
            found += [f"{venue.name}: {d}" for d in balances_differ(engine, index, totals, first)]
            found += [f"{venue.name}: open {row['client_id']}" for row in truth["open_orders"]]
            found += [f"{venue.name}: twice {name}" for name in truth["reused"]]
        found += [f"all venues: {d}" for d in totals_differ(engine, said, begun)]
        for currency, about in enumerate(config.currencies):
            total = sum(engine.stages.execute.ledger(currency).values())
            found += [f"ledger of {about.name}: {total}"] if total else []
        found += [f"open in the engine: {o}" for o in engine.stages.execute.orders()]
        return found


def processor_s(pid: int) -> float:
    """User and system time of a process, seconds."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def rss_mib() -> float:
    """Resident memory now."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * resource.getpagesize() / 2**20


async def soak(run: LiveRun, venues: list[SimulatedVenue], args: argparse.Namespace) -> int:
    """The run beside its schedule; prints the figures."""
    task = asyncio.create_task(run.run())
    job = Soak(run, venues, args.seed)
    frames, requests, span = await job.go(args.seconds, args.every)
    wrong = await asyncio.get_running_loop().run_in_executor(None, job.wrong)
    run.stop()
    await task
    print(f"{span:.0f} s: {frames / span:.0f} market frames/s, {requests / span:.0f} requests/s")
    shares = ", ".join(f"{name} {used / span:.2f}" for name, used in job.used_s.items())
    print(f"processors used: {shares}")
    half = len(job.rss) // 2
    print(f"RSS MiB: start {job.rss[0]:.0f}, middle {job.rss[half]:.0f}, end {job.rss[-1]:.0f}")
    for label in sorted({label for _, label, _ in job.costs}):
        costs = sorted(cost for _, found, cost in job.costs if found == label)
        middle = costs[len(costs) // 2]
        print(
            f"  {label}: {len(costs)} times, closed for {middle:.3f} s, at most {costs[-1]:.3f} s"
        )
    codes = {Code(k).name: v for k, v in sorted(run.engine.codes.items()) if v}
    print(f"codes of the engine: {codes}")
    print(f"faults that a venue does not have: {dict(job.refused)}")
    print(f"wrong: {len(wrong)}")
    print("\n".join(wrong[:20]))
    return bool(wrong)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=600)
    parser.add_argument("--every", type=float, default=1.0, help="seconds between two faults")
    parser.add_argument(
        "--venues", nargs="+", default=["binance-spot", "kraken-spot", "coinbase"],
        choices=sorted(KINDS),
    )  # fmt: skip
    parser.add_argument("--strategies", nargs="+", default=["every_event"])
    parser.add_argument(
        "--events-per-s", nargs="+", type=int, default=[200],
        help="of each market: one figure, or one a venue",
    )  # fmt: skip
    parser.add_argument(
        "--touch-ppm", type=int, default=0, help="events that change the best quantity alone"
    )
    parser.add_argument(
        "--order-rate", type=int, default=1000, help="a second; above 1000 limits.toml must say so"
    )
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--log", action="store_true", help="print alerts as they come")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        rates = args.events_per_s
        rates = rates * len(args.venues) if len(rates) == 1 else rates
        venues = [
            SimulatedVenue(venue, folder, rate, args.touch_ppm)
            for venue, rate in zip(args.venues, rates, strict=True)
        ]
        try:
            path = run_config(venues, args.strategies, folder, order_rate=args.order_rate)
            keys = {venue.name: venue.keys for venue in venues}
            run = LiveRun(
                path, RunOptions(mode=Mode.PAPER, watchdog=False),
                tell=print if args.log else lambda _: None, keys=lambda entry: keys[entry.name],
            )  # fmt: skip
            code = on_loop(soak(run, venues, args))
        finally:
            for venue in venues:
                venue.close()
    sys.exit(code)


if __name__ == "__main__":
    main()
