"""A paper run of a recording: `tickpath run` at `tickpath venue-sim`, over sockets."""

import asyncio
import os
import signal
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from live_stand import KEY, SECRET, SOURCE, find_keys, live_table
from support import RECORDINGS, require

from tickpath.backtest.recording import read_recordings
from tickpath.ops.live.runner import LiveRun, RunOptions
from tickpath.venues.sim.frames import Recording
from tickpath.venues.sim.server.clock import MS
from tickpath.venues.sim.server.config import load_host
from tickpath.venues.sim.server.faults import Fault
from tickpath.venues.sim.server.host import VenueHost

LIMIT_S = 120
VENUE = """
[[venues]]
protocol = "{venue}"
limits = {{ weight_per_minute = 0, orders_per_10_s = 0, connections_per_5_min = 0 }}
[[venues.markets]]
symbol = "BTCUSDT"
source = "recording"
recording = ["{recording}"]
fills = "queue"
{queue}
[[venues.accounts]]
name = "trader"
balances = {{ USDT = "100000000", BTC = "1000" }}
[[venues.accounts.keys]]
name = "{key}"
kind = "hmac"
secret = "{secret}"
"""
RUN = """
[[strategies]]
name = "{strategy}"
instruments = ["{venue}:BTCUSDT"]
[balances]
USDT = "100000000"
BTC = "1000"
[risk]
order_rate_per_s = 1000
order_burst = 1000
[sim]
{queue}
[live]
state = "state"
status_s = 1
stop_s = 20
segment_mib = 4
"""


@dataclass(frozen=True, kw_only=True, slots=True)
class Paper:
    """What came of it; the state folder is `folder`/state."""

    folder: Path
    decisions_hash: str
    requests: int
    fills: int
    damaged: int


def sped_up(recording: Recording, times: int) -> Recording:
    first = recording.t_ns[0]
    return replace(recording, t_ns=first + (recording.t_ns - first) // times)


def trade(
    folder: Path, venue: str, recording: str, strategy: str, *, requests: int, times: int,
    queue: str = "", faults: Sequence[tuple[int, Fault]] = (), sbe: bool = False,
) -> Paper:  # fmt: skip
    """Trade on paper until so many requests have left, then stop in an orderly way. The market goes
    by `times` faster than it was recorded. `faults`: of the venue, so many ms after the start."""
    path = require(RECORDINGS / f"{recording}.gz")
    venues = folder / "venues.toml"
    venues.write_text(
        VENUE.format(venue=venue, recording=path, key=KEY, secret=SECRET, queue=queue)
    )
    spec = load_host(venues)
    recordings = {(path,): sped_up(read_recordings([path]), times)}
    found: list[Paper] = []

    async def whole() -> None:
        async with VenueHost(spec, recordings=recordings) as host:
            for after_ms, fault in faults:
                host.venues[venue].fault_at(after_ms * MS, fault)
            config = folder / "run.toml"
            live = live_table(venue, host.urls()["venues"][venue])
            more = "\nsbe = true" if sbe else ""
            live = live.replace("recv_window_ms = 500", f"recv_window_ms = 60000{more}")
            told = RUN.format(strategy=strategy, venue=venue, queue=queue)
            config.write_text(SOURCE.format(venue=venue) + told + live)
            said: list[str] = []
            run = LiveRun(config, RunOptions(watchdog=False), tell=said.append, keys=find_keys)
            task = asyncio.create_task(run.run())
            while not task.done() and run.host.counters.requests < requests:
                await asyncio.sleep(0.01)
            if not task.done():
                os.kill(os.getpid(), signal.SIGTERM)
            assert await asyncio.wait_for(task, LIMIT_S) == 0, said
            account = host.venues[venue].exchange.accounts["trader"]
            found.append(
                Paper(folder=folder, decisions_hash=run.host.decisions_hash,
                      requests=run.host.counters.requests, fills=len(account.fills),
                      damaged=host.venues[venue].sources[0].damaged)
            )  # fmt: skip

    asyncio.run(asyncio.wait_for(whole(), LIMIT_S))
    return found[0]
