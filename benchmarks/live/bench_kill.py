"""kill -9 at random moments under load, restart, reconcile, compare: again and again.

    python benchmarks/live/bench_kill.py --kills 1000 --venues binance-spot binance-usdm

Each round is a process of its own: it recovers the journal, reconciles, cancels what is open and
tells its positions and balances, which must equal the venue's own books; then it trades until it is
killed, at a moment drawn by seed, in the middle of the start-up too. Prints rounds, wrong ones, and
how long a start took until it could trade again.
"""

import argparse
import asyncio
import json
import os
import random
import select
import signal
import sys
import tempfile
import time
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np

from tickpath.cli.loop import on_loop
from tickpath.engine.commands import Command
from tickpath.ops.live.compare import balances_differ, positions_differ
from tickpath.ops.live.runner import LiveRun, RunOptions
from tickpath.ops.live.session import Mode

sys.path.insert(0, str(Path(__file__).parent))
from venues import KINDS, SimulatedVenue, run_config

QUIET_S = 0.02
READY_LIMIT_S = 60.0
EPOCHS_KEPT = 20


class CheckedRun(LiveRun):
    """Starts with paused strategies, compares itself with the venues' books, then trades."""

    def __init__(self, path: Path, venues: list[SimulatedVenue], out: int) -> None:
        keys = {venue.name: venue.keys for venue in venues}
        options = RunOptions(mode=Mode.PAPER, watchdog=False)
        super().__init__(path, options, tell=self.note, keys=lambda entry: keys[entry.name])
        self._venues, self._out = venues, out

    def note(self, text: str) -> None:
        """Alerts are in the run's log."""

    def _wake_engine(self) -> None:
        super()._wake_engine()
        for strategy in range(len(self.config.strategies)):
            self.host.command(Command.PAUSE_STRATEGY, strategy)

    async def _say(self) -> None:
        """In the place of the status line."""
        while not (self.live and self.live.open) or self.engine.stages.execute.orders():
            await asyncio.sleep(QUIET_S)
        loop = asyncio.get_running_loop()
        ready_s = (time.time_ns() - self.started_ns) / 1e9
        wrong: list[str] = []
        for venue in self._venues:
            truth = await loop.run_in_executor(None, venue.account)
            wrong += self.compare(venue, truth)
        found = self.recovery
        self.report(
            ready_s=ready_s,
            recovery_s=found.seconds if found else 0.0,
            unanswered=len(found.sent) if found else 0,
            wrong=wrong,
        )
        for strategy in range(len(self.config.strategies)):
            self.host.command(Command.RESUME_STRATEGY, strategy)
        await asyncio.Event().wait()

    def compare(self, venue: SimulatedVenue, truth: dict[str, Any]) -> list[str]:
        """What of a venue's books is not what the engine has."""
        index = self.config.venues.index(venue.name)
        positions = {row["symbol"]: Decimal(row["quantity"]) for row in truth["positions"]}
        balances = {asset: Decimal(amount) for asset, amount in truth["money"].items()}
        wrong = [str(d) for d in positions_differ(self.engine, index, positions)]
        first = self.host.baseline[venue.name]
        wrong += [str(d) for d in balances_differ(self.engine, index, balances, first)]
        wrong += [f"open: {row['client_id']}" for row in truth["open_orders"]]
        wrong += [f"twice: {name}" for name in truth["reused"]]
        return [f"{venue.name}: {text}" for text in wrong]

    def report(self, **figures: Any) -> None:
        """One line to the parent."""
        os.write(self._out, json.dumps(figures).encode() + b"\n")


def child(path: Path, venues: list[SimulatedVenue], out: int) -> None:
    """A round's process; it does not return."""
    try:
        code = on_loop(CheckedRun(path, venues, out).run())
        os.write(out, json.dumps({"ended": code}).encode() + b"\n")
    except BaseException as error:
        os.write(out, json.dumps({"failed": f"{type(error).__name__}: {error}"}).encode() + b"\n")
    finally:
        os._exit(0)


def one_round(
    path: Path, venues: list[SimulatedVenue], rng: random.Random, early: float
) -> dict[str, Any] | None:
    """Start, kill; what the process reported, None when it was killed before it could."""
    reader, writer = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.close(reader)
        child(path, venues, writer)
    os.close(writer)
    found: dict[str, Any] | None = None
    try:
        if rng.random() < early:
            select.select([reader], [], [], rng.uniform(0.0, 0.6))
        else:
            ready, _, _ = select.select([reader], [], [], READY_LIMIT_S)
            found = json.loads(os.read(reader, 1 << 16).splitlines()[0]) if ready else {"late": 1}
            select.select([], [], [], rng.uniform(0.0, 0.4))
    finally:
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
        os.close(reader)
    return found


def prune(journal: Path) -> None:
    """Journals of old epochs, which nobody recovers any more, would fill the disk."""
    epochs = sorted({path.name.split("-")[1] for path in journal.glob("*.tpj")})
    for epoch in epochs[:-EPOCHS_KEPT]:
        for path in journal.glob(f"*-{epoch}-*.tpj"):
            path.unlink()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=100)
    parser.add_argument("--venues", nargs="+", default=["binance-spot"], choices=sorted(KINDS))
    parser.add_argument("--strategy", default="every_event")
    parser.add_argument("--events-per-s", type=int, default=100, help="of each market")
    parser.add_argument("--early-ppm", type=int, default=250_000, help="killed in the start-up")
    parser.add_argument("--window-ms", type=int, default=5000, help="a request may arrive so late")
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args()
    rng = random.Random(args.seed)
    wrong: list[str] = []
    ready, recovery, unanswered, early = [], [], 0, 0
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        venues = [SimulatedVenue(venue, folder, args.events_per_s) for venue in args.venues]
        try:
            path = run_config(venues, [args.strategy], folder, window_ms=args.window_ms)
            for k in range(args.kills):
                found = one_round(path, venues, rng, args.early_ppm / 1e6)
                prune(folder / "state/journal")
                if found is None:
                    early += 1
                    continue
                if "ready_s" not in found:
                    wrong.append(f"round {k}: {found}")
                    continue
                ready.append(found["ready_s"])
                recovery.append(found["recovery_s"])
                unanswered += found["unanswered"]
                wrong += [f"round {k}: {text}" for text in found["wrong"]]
                if k % 50 == 0:
                    print(f"round {k}: {len(wrong)} wrong", flush=True)
            orders = {venue.name: venue.account()["order_count"] for venue in venues}
        finally:
            for venue in venues:
                venue.close()
    print(f"kills {args.kills}, {early} of them before the first comparison; orders {orders}")
    print(f"orders without an answer found after a crash: {unanswered}")
    for title, figures in (("until it trades again", ready), ("of it: journal", recovery)):
        p50, p99 = np.percentile(figures, [50, 99])
        print(f"{title}: p50 {p50:.3f} s, p99 {p99:.3f} s, max {max(figures):.3f} s")
    print(f"wrong: {len(wrong)}")
    print("\n".join(wrong[:20]))
    sys.exit(bool(wrong))


if __name__ == "__main__":
    main()
