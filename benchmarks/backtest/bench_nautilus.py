"""Beside nautilus_trader on the same records: level changes a second, and the cost of an order.

    python benchmarks/backtest/bench_nautilus.py --peer ENV/bin/python --data RECORDING

`ENV` is an environment of its own with nautilus_trader 1.231.0; the recording is of Binance USD-M
BTCUSDT. Both sides run the depth records of the recording with the same strategy, plain Python on
both (`imbalance_taker.py`); ours also runs the shipped `imbalance_maker`, compiled, which quotes
and replaces all the time. The peer looks at every delta, ours at whole messages. Then ours sends
some 3 000 and some 19 000 orders: one must cost the same. Exit 1 when a ratio is below 10 or an
order costs 1.2 times more.
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
from bench_hftbacktest import records

from tickpath.backtest.run import Backtest, Options
from tickpath.backtest.setup import config_for
from tickpath.core.records import EventKind
from tickpath.core.ticks import LAST, Ticks
from tickpath.venues.flat.frames import flat_recording
from tickpath.venues.sim.frames import Recording
from tickpath.venues.sim.generator import generate

HERE = Path(__file__).parent
TAKER = str(HERE / "imbalance_taker.py")
STRONG = 0.98
OPTIONS = Options(measure=False, direct_orders=True)


def depth_of(ticks: Ticks) -> Ticks:
    """Without trades: deltas are all the peer's book is given."""
    kept = ticks["kind"] != EventKind.TRADE
    return Ticks({name: column[kept] for name, column in ticks.columns.items()})


def ours(
    flat: Recording, strategy: str | None, events: int = 2**62, **params: int
) -> tuple[float, int, int]:
    """(seconds, orders, fills) of a whole run, with its statistics."""
    config = config_for(flat, strategy=strategy, params=params)
    start = time.perf_counter()
    found = Backtest(config, flat, replace(OPTIONS, max_events=events)).run()
    return time.perf_counter() - start, found.orders, found.fills


def order_ns(flat: Recording, events: int, repeats: int) -> tuple[int, float]:
    """(orders, ns an order costs) of a strategy that sends one at every event, beyond what the
    market data cost; the least of some runs."""
    none = min(ours(flat, None, events)[0] for _ in range(repeats))
    runs = [ours(flat, "every_event", events) for _ in range(repeats)]
    orders = runs[0][1]
    return orders, (min(run[0] for run in runs) - none) / orders * 1e9


def peer(python: str, data: Path, strong: float) -> dict[str, Any]:
    words = [python, str(HERE / "peer_nautilus.py"), str(data), str(strong)]
    done = subprocess.run(words, check=True, capture_output=True, text=True)
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def linear(repeats: int) -> float:
    """How much more an order costs in a run of ten times the orders."""
    market = generate(1, 30_000)
    few, least = order_ns(market, 3_000, repeats)
    many, most = order_ns(market, 30_000, repeats)
    print(f"an order: {least:.0f} ns of {few}, {most:.0f} ns of {many}; ratio {most / least:.2f}")
    return most / least


def main() -> int:
    parser = argparse.ArgumentParser(description="Beside nautilus_trader on the same records.")
    parser.add_argument("--peer", required=True, help="python with nautilus_trader 1.231.0")
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--repeats", type=int, default=3)
    args = parser.parse_args()
    recording, ticks, _ = records(args.data)
    ticks = depth_of(ticks)
    flat = flat_recording(recording.venue, recording.symbol, ticks)
    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder) / "deltas.npz"
        np.savez(
            data, bid=ticks["side"] == 0, price=ticks["price_ticks"],
            quantity=ticks["quantity_lots"], t_ns=ticks["t_recv_ns"],
            last=(ticks["flags"] & LAST) != 0,
        )  # fmt: skip
        ratios: dict[str, list[float]] = {
            "imbalance_taker, Python": [], "imbalance_maker, compiled": [],
        }  # fmt: skip
        for _ in range(args.repeats):
            theirs = peer(args.peer, data, STRONG)
            for name, strategy in zip(ratios, (TAKER, "imbalance_maker"), strict=True):
                wall_s, orders, fills = ours(flat, strategy)
                ratios[name].append(theirs["wall_s"] / wall_s)
                print(
                    f"{name}: {len(ticks) / wall_s / 1e6:.2f} M level changes/s, {orders} orders, "
                    f"{fills} fills; nautilus_trader {theirs['rows'] / theirs['wall_s'] / 1e6:.3f} "
                    f"M/s, {theirs['sent']} orders; ratio {ratios[name][-1]:.0f}"
                )
    worst = min(statistics.median(found) for found in ratios.values())
    return int(linear(5 * args.repeats) > 1.2 or worst < 10)


if __name__ == "__main__":
    sys.exit(main())
