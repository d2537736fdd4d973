"""Beside hftbacktest on the same records, A B A B: level changes a second, and fill by fill.

    python benchmarks/backtest/bench_hftbacktest.py --peer ENV/bin/python [--data RECORDING]

`ENV` is an environment of its own with hftbacktest 2.4.4. Both sides get the same decoded depth and
trade records in memory (book tickers left out: hftbacktest has no use for them), the same constant
latencies and the same queue model, and run the same strategy on the same grid of time
(`touch_quoter.py`, `peer_hftbacktest.py`); ours compiled is the shipped `imbalance_maker`, which is
called at every depth message and replaces its quotes. A level change is a level of a depth message
or a trade. Exit 1 when a ratio is below 1.
"""

import argparse
import json
import statistics
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from tickpath.backtest.recording import read_recordings
from tickpath.backtest.setup import config_for
from tickpath.core.backend import Backend
from tickpath.core.config import Config
from tickpath.core.records import EventKind
from tickpath.core.ticks import Ticks
from tickpath.engine import native
from tickpath.venues.base import source_module
from tickpath.venues.flat.frames import flat_recording, ticks_of_recording
from tickpath.venues.sim import NativeLoop, SimVenue
from tickpath.venues.sim.frames import Recording

HERE = Path(__file__).parent
QUOTER = str(HERE / "touch_quoter.py")
LATENCY_NS, FEED_NS = 1_000_000, 500_000
EXCH, LOCAL, BUY, SELL = 1 << 31, 1 << 30, 1 << 29, 1 << 28
DEPTH, TRADE, CLEAR, SNAPSHOT = 1, 2, 3, 4
EVENT_DTYPE = np.dtype(
    [("ev", "<u8"), ("exch_ts", "<i8"), ("local_ts", "<i8"), ("px", "<f8"), ("qty", "<f8"),
     ("order_id", "<u8"), ("ival", "<i8"), ("fval", "<f8")]
)  # fmt: skip


def records(path: Path) -> tuple[Recording, Ticks, Config]:
    """The recording's depth and trades as columns."""
    recording = read_recordings([path])
    config = config_for(recording)
    decoder = source_module(config, 0, Backend.NATIVE).MarketDecoder(config, 0)
    ticks, _ = ticks_of_recording(recording, config, decoder)
    kept = ticks["kind"] != EventKind.BBO
    return recording, Ticks({name: column[kept] for name, column in ticks.columns.items()}), config


def peer_events(ticks: Ticks, config: Config) -> np.ndarray:
    """The same records as hftbacktest's events; a later snapshot clears its side first."""
    instrument = config.instruments[0]
    found = np.zeros(len(ticks), EVENT_DTYPE)
    kind = np.where(ticks["kind"] == EventKind.TRADE, TRADE, DEPTH).astype(np.uint64)
    kind[ticks["kind"] == EventKind.SNAPSHOT] = SNAPSHOT
    side = np.where(ticks["side"] == 0, BUY, SELL).astype(np.uint64)
    found["ev"] = kind | side | np.uint64(EXCH | LOCAL)
    found["local_ts"] = ticks["t_recv_ns"]
    found["exch_ts"] = ticks["t_recv_ns"] - FEED_NS
    found["px"] = np.round(ticks["price_ticks"] * float(instrument.tick_size), 10)
    found["qty"] = np.round(ticks["quantity_lots"] * float(instrument.lot_size), 10)
    return found


def configured(flat: Recording, strategy: str | None, **params: int) -> Config:
    """Constant latencies, the pessimistic queue, orders as records."""
    config = config_for(flat, strategy=strategy, params=params)
    sim = replace(
        config.sim, order_latency_ns=LATENCY_NS, response_latency_ns=LATENCY_NS,
        feed_latency_ns=FEED_NS, latency_jitter_ns=0, queue="pessimistic", direct_orders=True,
    )  # fmt: skip
    return replace(config, sim=sim)


def run(config: Config, flat: Recording) -> tuple[float, NativeLoop, Any, list[Any]]:
    """Seconds, the loop with its fills, the engine, and its decisions."""
    engine = native.Engine(config, None)
    loop = NativeLoop(engine.capsule(), SimVenue(config), flat)
    decisions = []
    start = time.perf_counter()
    while loop.run(512):
        decisions.append(engine.take_decisions())
    wall_s = time.perf_counter() - start
    loop.finish()
    decisions.append(engine.take_decisions())
    return wall_s, loop, engine, decisions


class Peer:
    """hftbacktest in its own process."""

    def __init__(self, python: str, data: Path, config: Config, ticks: Ticks) -> None:
        instrument = config.instruments[0]
        price = ticks["price_ticks"][ticks["price_ticks"] > 0]
        tick = float(instrument.tick_size)
        low, high = float(price.min()) * tick * 0.99, float(price.max()) * tick * 1.01
        words = [
            python, str(HERE / "peer_hftbacktest.py"), str(data), "--tick", str(tick),
            "--lot", str(float(instrument.lot_size)), "--low", str(low), "--high", str(high),
            "--entry-ns", str(LATENCY_NS), "--response-ns", str(LATENCY_NS),
            "--maker-fee", str(instrument.maker_fee_ppm / 1e6),
            "--taker-fee", str(instrument.taker_fee_ppm / 1e6),
        ]  # fmt: skip
        self.process = subprocess.Popen(
            words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        self.read()

    def read(self) -> dict[str, Any]:
        assert self.process.stdout is not None
        found: dict[str, Any] = json.loads(self.process.stdout.readline())
        return found

    def run(self, name: str) -> dict[str, Any]:
        assert self.process.stdin is not None
        print(name, file=self.process.stdin, flush=True)
        return self.read()

    def close(self) -> None:
        assert self.process.stdin is not None
        print("end", file=self.process.stdin, flush=True)
        self.process.wait()


def throughput(peer: Peer, flat: Recording, rows: int, pairs: int) -> list[float]:
    """Pairwise ratios, theirs over ours, and a line each for no strategy and a quoting one."""
    worst = []
    for ours, theirs in ((None, "noop"), ("imbalance_maker", "quote")):
        config = configured(flat, ours)
        ratios, own, other = [], [], []
        for _ in range(pairs):
            own.append(run(config, flat)[0])
            other.append(float(peer.run(theirs)["wall_s"]))
            ratios.append(other[-1] / own[-1])
        per_s = [rows / statistics.median(times) / 1e6 for times in (own, other)]
        print(
            f"{ours or 'no strategy'}: {per_s[0]:.1f} M level changes/s, hftbacktest {theirs} "
            f"{per_s[1]:.1f} M/s, median ratio {statistics.median(ratios):.2f} "
            f"({min(ratios):.2f}..{max(ratios):.2f})"
        )
        worst.append(statistics.median(ratios))
    return worst


def agreement(peer: Peer, flat: Recording) -> None:
    """Orders and fills of the same strategy, one by one."""
    config = configured(flat, QUOTER)
    _, loop, engine, decisions = run(config, flat)
    theirs = peer.run("quote")
    rows = np.concatenate(decisions)
    print(rows.dtype.names, len(rows), len(theirs["orders"]), len(loop.fills), theirs["fills"])


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--peer", required=True, help="python with hftbacktest 2.4.4")
    parser.add_argument("--data", type=Path, required=True, help="a recording of Binance")
    parser.add_argument("--pairs", type=int, default=9)
    args = parser.parse_args()
    recording, ticks, config = records(args.data)
    flat = flat_recording(recording.venue, recording.symbol, ticks)
    data = Path("/tmp") / f"{args.data.stem}.npz"
    np.savez(data, data=peer_events(ticks, config))
    print(f"{args.data.name}: {len(ticks)} level changes and trades in {len(flat)} messages")
    peer = Peer(args.peer, data, config, ticks)
    worst = throughput(peer, flat, len(ticks), args.pairs)
    agreement(peer, flat)
    peer.close()
    return int(min(worst) < 1.0)


if __name__ == "__main__":
    sys.exit(main())
