"""Beside hftbacktest on the same records, A B A B: level changes a second, and fill by fill.

    python benchmarks/backtest/bench_hftbacktest.py --peer ENV/bin/python --data RECORDING...

`ENV` is an environment of its own with hftbacktest 2.4.4. Both sides get the same decoded depth and
trade records in memory (book tickers left out: hftbacktest has no use for them).

Throughput: without a strategy, and with a quoting one. Ours is the shipped `imbalance_maker`,
compiled, called at every depth message and replacing its quotes; theirs looks every 100 ms. A level
change is a level of a depth message or a trade.

Agreement: the same strategy on the same grid of time on both sides (`touch_quoter.py`,
`peer_hftbacktest.py`), for every queue model and for constant and interpolated latencies: fills by
venue time, side and price, the position and the profit. What differs is traced order by order from
the records alone (`queue_trace.py`). Exit 1 when a ratio is below 1 or a difference is unexplained.
"""

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from queue_trace import Records, Resting, ours, theirs

from tickpath.backtest.recording import read_recordings
from tickpath.backtest.setup import config_for
from tickpath.core.backend import Backend
from tickpath.core.config import Config
from tickpath.core.records import EventKind
from tickpath.core.ticks import Ticks
from tickpath.engine import native
from tickpath.storage.importers.hftbacktest import CLEAR
from tickpath.storage.importers.hftbacktest_export import to_hftbacktest
from tickpath.venues.base import source_module
from tickpath.venues.flat.frames import flat_recording, ticks_of_recording
from tickpath.venues.sim import NativeLoop, SimVenue
from tickpath.venues.sim.delays import interpolated, read_delays, write_delays
from tickpath.venues.sim.frames import Recording
from tickpath.venues.sim.queue import QUEUES

HERE = Path(__file__).parent
QUOTER = str(HERE / "touch_quoter.py")
LATENCY_NS, FEED_NS = 1_000_000, 500_000
LOTS = {"binance-spot": 200, "binance-usdm": 2, "binance-coinm": 2}
POWER = 2


def from_snapshot(ticks: Ticks) -> Ticks:
    """Depth and trades from the first snapshot on, behind it what came before and follows it, and
    without depth that it has already: hftbacktest knows no sequence rules and would apply it."""
    snapshots = np.flatnonzero(ticks["kind"] == EventKind.SNAPSHOT)
    start = int(snapshots[0])
    depth = ticks["kind"] == EventKind.DEPTH
    newer = depth & (ticks["last_id"] > ticks["last_id"][start])
    row = np.arange(len(ticks))
    after = (row > start) & ((ticks["kind"] == EventKind.TRADE) | newer)
    first = snapshots[ticks["last_id"][snapshots] == ticks["last_id"][start]]
    order = np.concatenate([first, row[newer & (row < start)], row[after]])
    found = {name: column[order] for name, column in ticks.columns.items()}
    found["t_recv_ns"] = np.maximum(found["t_recv_ns"], found["t_recv_ns"][0])
    return Ticks(found)


def records(path: Path) -> tuple[Recording, Ticks, Config]:
    """The recording's depth and trades as columns."""
    recording = read_recordings([path])
    config = config_for(recording)
    decoder = source_module(config, 0, Backend.NATIVE).MarketDecoder(config, 0)
    ticks, _ = ticks_of_recording(recording, config, decoder)
    return recording, from_snapshot(ticks), config


def peer_events(ticks: Ticks, config: Config) -> Any:
    """The same records as hftbacktest's events, lived `FEED_NS` before they are received. The books
    begin empty, so the clearing before the snapshot, which costs the peer a walk over all prices,
    is left out."""
    instrument = config.instruments[0]
    lived = Ticks({**ticks.columns, "t_venue_ns": ticks["t_recv_ns"] - FEED_NS})
    events = to_hftbacktest([lived], instrument.tick_size, instrument.lot_size)
    return events[events["ev"] & 0xFF != CLEAR]


def configured(flat: Recording, strategy: str | None, queue: str, **params: int) -> Config:
    """Constant latencies, orders as records, whole fills."""
    config = config_for(flat, strategy=strategy, params=params)
    sim = replace(
        config.sim, order_latency_ns=LATENCY_NS, response_latency_ns=LATENCY_NS,
        feed_latency_ns=FEED_NS, latency_jitter_ns=0, queue=queue, queue_power=POWER,
        partial_fills=False, direct_orders=True,
    )  # fmt: skip
    return replace(config, sim=sim)


def run(config: Config, flat: Recording) -> tuple[float, NativeLoop, Any]:
    """Seconds, the loop with its fills, and the engine."""
    engine = native.Engine(config, None)
    loop = NativeLoop(engine.capsule(), SimVenue(config), flat)
    start = time.perf_counter()
    while loop.run(512):
        engine.take_decisions()
    wall_s = time.perf_counter() - start
    loop.finish()
    return wall_s, loop, engine


class Peer:
    """hftbacktest in its own process."""

    def __init__(self, python: str, data: Path, latencies: Path, config: Config, ticks: Ticks):
        instrument = config.instruments[0]
        price = ticks["price_ticks"][ticks["price_ticks"] > 0]
        tick = float(instrument.tick_size)
        lots = LOTS[config.venues[instrument.venue]]
        options = {
            "tick": tick, "lot": float(instrument.lot_size), "lots": lots, "most": 5 * lots,
            "low": float(price.min()) * tick * 0.99, "high": float(price.max()) * tick * 1.01,
            "entry-ns": LATENCY_NS, "response-ns": LATENCY_NS, "feed-ns": FEED_NS, "power": POWER,
            "maker-fee": instrument.maker_fee_ppm / 1e6,
            "taker-fee": instrument.taker_fee_ppm / 1e6, "latencies": latencies,
            "multiplier": float(instrument.multiplier), "kind": instrument.kind.name.lower(),
        }  # fmt: skip
        words = [python, str(HERE / "peer_hftbacktest.py"), str(data)]
        words += [f"--{name}={value}" for name, value in options.items()]
        self.process = subprocess.Popen(
            words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        self.read()

    def read(self) -> dict[str, Any]:
        assert self.process.stdout is not None
        found: dict[str, Any] = json.loads(self.process.stdout.readline())
        return found

    def run(self, name: str, queue: str = "pessimistic", latency: str = "constant") -> Any:
        assert self.process.stdin is not None
        print(name, queue, latency, file=self.process.stdin, flush=True)
        return self.read()

    def close(self) -> None:
        assert self.process.stdin is not None
        print("end", file=self.process.stdin, flush=True)
        self.process.wait()


def throughput(peer: Peer, flat: Recording, rows: int, pairs: int) -> float:
    """The smaller of two medians of pairwise ratios, theirs over ours in seconds."""
    worst = []
    for strategy, name in ((None, "noop"), ("imbalance_maker", "quote")):
        config = configured(flat, strategy, "pessimistic")
        ratios, own, other = [], [], []
        for _ in range(pairs):
            own.append(run(config, flat)[0])
            other.append(float(peer.run(name)["wall_s"]))
            ratios.append(other[-1] / own[-1])
        per_s = [rows / statistics.median(times) / 1e6 for times in (own, other)]
        print(
            f"  {strategy or 'no strategy'}: {per_s[0]:.1f} M level changes/s, hftbacktest {name} "
            f"{per_s[1]:.1f} M/s; median ratio {statistics.median(ratios):.2f} "
            f"({min(ratios):.2f}..{max(ratios):.2f})"
        )
        worst.append(statistics.median(ratios))
    return min(worst)


def profit(config: Config, loop: NativeLoop, mid: float) -> float:
    """Of the fills, marked at mid, after fees, in the settle currency; fees are not rounded to the
    settle unit, since hftbacktest does not."""
    instrument = config.instruments[0]
    sign = np.where(loop.fills["side"] == 0, 1.0, -1.0)
    price = loop.fills["price_ticks"] * float(instrument.tick_size)
    lots = loop.fills["quantity_lots"] * float(instrument.lot_size * instrument.multiplier)
    rate = np.where(loop.fills["maker"], instrument.maker_fee_ppm, instrument.taker_fee_ppm) / 1e6
    if instrument.kind.name == "INVERSE":
        return float((sign * lots * (1 / price - 1 / mid) - lots / price * rate).sum())
    return float((sign * lots * (mid - price) - lots * price * rate).sum())


def explained(
    records: Records, config: Config, queue: str, peer: Any, latency_of: Any, own: set[Any]
) -> tuple[int, int, int]:
    """Their fills that are not among ours: (by the queue rule, of orders only they sent,
    unexplained)."""
    sent = {order[0]: order for order in peer["orders"]}
    rule = follow = unexplained = 0
    for number, t_ns, price_ticks, _ in peer["fills_at"]:
        _, sent_ns, side, _ = sent[number]
        if (t_ns, side, price_ticks) in own:
            continue
        order = Resting(
            instrument=config.instruments[0], queue=queue, power=POWER, side=side,
            price_ticks=price_ticks, arrival_ns=sent_ns + latency_of(sent_ns),
        )  # fmt: skip
        row = int(np.searchsorted(records.t_ns, order.arrival_ns, side="right"))
        shown = records.shown(side, price_ticks, row)
        if theirs(order, shown, records.events(order)) != t_ns:
            unexplained += 1
        elif (ours(order, shown, records.events(order)), side, price_ticks) in own:
            rule += 1
        else:
            follow += 1
    return rule, follow, unexplained if rule or not follow else unexplained + follow


def agreement(
    peer: Peer, flat: Recording, ticks: Ticks, latencies: Path, queue: str, latency: str
) -> int:
    """Fills of the same strategy, one by one; how many differences stay unexplained."""
    lots = LOTS[flat.venue]
    config = configured(flat, QUOTER, queue, lots=lots, most_lots=5 * lots)
    if latency == "interpolated":
        sim = replace(config.sim, latency=latency, latency_file=str(latencies))
        config = replace(config, sim=sim)
    _, loop, _ = run(config, flat)
    found = peer.run("quote", queue, latency)
    fills = loop.fills[["t_ns", "side", "price_ticks"]].tolist()
    sent = {order[0]: order for order in found["orders"]}
    other = [(t, sent[k][2], price) for k, t, price, _ in found["fills_at"]]
    same = len(set(fills) & set(other))
    model = read_delays(config.sim)[0] if latency == "interpolated" else None
    rule, follow, unexplained = explained(
        Records(ticks, FEED_NS), config, queue, found,
        (lambda t: interpolated(model, t)) if model else (lambda t: LATENCY_NS), set(fills),
    )  # fmt: skip
    result = profit(config, loop, found["mid"])
    print(
        f"  {queue}, {latency}: fills {len(fills)} and {len(other)}, {same} the same, "
        f"{rule} by the queue rule, {follow} of orders that follow from those, {unexplained} "
        f"unexplained; profit {result:.8f} and {found['profit']:.8f}"
    )
    return unexplained


def compare(path: Path, python: str, pairs: int, folder: Path) -> bool:
    """One recording; whether all bars were met."""
    recording, ticks, config = records(path)
    flat = flat_recording(recording.venue, recording.symbol, ticks)
    data, latencies = folder / "events.npz", folder / "latencies.npz"
    np.savez(data, data=peer_events(ticks, config))
    start, stop = int(ticks["t_recv_ns"][0]), int(ticks["t_recv_ns"][-1])
    times = np.arange(start - 10**9, stop, 500_000_000)
    random = np.random.default_rng(1)
    entry, response = random.integers(1, 20, (2, len(times))) * 1_000_000
    write_delays(
        latencies, request_t_ns=times, request_latency_ns=entry, report_t_ns=times + entry,
        report_latency_ns=response,
    )  # fmt: skip
    print(f"{path.name}: {len(ticks)} level changes and trades in {len(flat)} messages")
    peer = Peer(python, data, latencies, config, ticks)
    good = throughput(peer, flat, len(ticks), pairs) >= 1.0
    left = [agreement(peer, flat, ticks, latencies, q, "constant") for q in QUEUES]
    left.append(agreement(peer, flat, ticks, latencies, "pessimistic", "interpolated"))
    peer.close()
    return good and not any(left)


def main() -> int:
    parser = argparse.ArgumentParser(description="Beside hftbacktest on the same records.")
    parser.add_argument("--peer", required=True, help="python with hftbacktest 2.4.4")
    parser.add_argument("--data", type=Path, required=True, nargs="+", help="Binance recordings")
    parser.add_argument("--pairs", type=int, default=9)
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        good = [compare(path, args.peer, args.pairs, Path(folder)) for path in args.data]
    return int(not all(good))


if __name__ == "__main__":
    sys.exit(main())
