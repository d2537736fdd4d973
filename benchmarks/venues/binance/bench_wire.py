"""Which share of the path does decoding take? Market decode alone, frames hot in cache.

    python benchmarks/venues/binance/bench_wire.py [--pairs 9] [--frames 100000]

Rows: depth of 9 and 30 levels, bookTicker, trade (JSON), depth of 9 levels in SBE. Each figure is
fenced stamps around one decode, their cost included; the median of the rounds' medians. With
TICKPATH_PROTOTYPE set to a folder that holds the built prototype (`pipeline`), both are run in
turn, A B A B, and the median of the pairwise ratios is printed: the product reads any symbol of
its source, refuses what is off the grid and gives ticks, the prototype does none of it.
"""

import argparse
import importlib
import os
import struct
import sys
from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Any

import numpy as np

from tickpath.core.config import VENUES, Config, Currency, Instrument, Source
from tickpath.core.records import InstrumentKind
from tickpath.venues.binance.fuzzing import time_decode
from tickpath.venues.binance.native import MarketDecoder

FRAME_COUNT = 4096
MID_TICKS = 4_325_000
WARM_UP_FRAMES = 8192


def config() -> Config:
    """One spot source of BTCUSDT."""
    instrument = Instrument(
        index=0,
        symbol="BTCUSDT",
        venue=0,
        kind=InstrumentKind.SPOT,
        base=0,
        quote=1,
        settle=1,
        settle_decimals=8,
        tick_size=Decimal("0.01"),
        lot_size=Decimal("0.00001"),
        quantity_min=Decimal("0.00001"),
        quantity_max=Decimal(9000),
        notional_min=Decimal(5),
        multiplier=Decimal(1),
        maker_fee_ppm=1000,
        taker_fee_ppm=1000,
    )
    return Config(
        currencies=(Currency(name="BTC"), Currency(name="USDT")),
        venues=VENUES,
        instruments=(instrument,),
        sources=(Source(name="spot", venue=0, instruments=(0,)),),
    )


def price_text(ticks: int) -> str:
    return f"{ticks // 100}.{ticks % 100:02d}000000"


def quantity_text(lots: int) -> str:
    return f"{lots // 100000}.{lots % 100000:05d}000"


def changes(
    random: np.random.Generator, mean: int, mid: int
) -> tuple[list[tuple[int, int]], list[tuple[int, int]]]:
    """Bids and asks near the touch, 35 % of them deletions."""
    sides: list[list[tuple[int, int]]] = []
    for sign, start in ((-1, mid - 1), (1, mid)):
        count = max(1, int(random.poisson(mean)))
        distances = np.unique(np.minimum(random.geometric(0.06, count) - 1, 900))
        sides.append(
            [
                (
                    start + sign * int(d),
                    0 if d > 0 and random.random() < 0.35 else int(random.integers(1, 200000)),
                )
                for d in distances
            ]
        )
    return sides[0], sides[1]


def levels_text(levels: Sequence[tuple[int, int]]) -> str:
    return ",".join(f'["{price_text(p)}","{quantity_text(q)}"]' for p, q in levels)


def sbe_levels(levels: Sequence[tuple[int, int]]) -> bytes:
    """Exponents -2 and -5: mantissas are ticks and lots."""
    return struct.pack("<HH", 16, len(levels)) + b"".join(
        struct.pack("<qq", p, q) for p, q in levels
    )


def frames_of(kind: str, mean: int) -> list[bytes]:
    """Seeded frames of one kind, with `mean` levels a side."""
    random = np.random.default_rng(7)
    frames = []
    last_id, stamp_ms = 40_000_000_000, 1_760_000_000_000
    for k in range(FRAME_COUNT):
        mid = MID_TICKS + int(3 * np.sin(k / 50.0))
        first_id, last_id = last_id + 1, last_id + int(random.integers(1, 60))
        stamp_ms += 100
        quantities = [quantity_text(int(q)) for q in random.integers(1, 200000, 2)]
        bids, asks = changes(random, mean, mid)
        if kind == "depth":
            text = (
                f'{{"e":"depthUpdate","E":{stamp_ms},"s":"BTCUSDT","U":{first_id},"u":{last_id},'
                f'"b":[{levels_text(bids)}],"a":[{levels_text(asks)}]}}'
            )
        elif kind == "bookTicker":
            text = (
                f'{{"u":{last_id},"s":"BTCUSDT","b":"{price_text(mid - 1)}","B":"{quantities[0]}",'
                f'"a":"{price_text(mid)}","A":"{quantities[1]}"}}'
            )
        elif kind == "trade":
            text = (
                f'{{"e":"trade","E":{stamp_ms},"s":"BTCUSDT","t":{last_id},'
                f'"p":"{price_text(mid)}","q":"{quantities[0]}","T":{stamp_ms},'
                f'"m":{"true" if k & 1 else "false"},"M":true}}'
            )
        else:
            block = struct.pack("<qqqbb", stamp_ms * 1000, first_id, last_id, -2, -5)
            header = struct.pack("<HHHH", len(block), 10003, 1, 0)
            frames.append(header + block + sbe_levels(bids) + sbe_levels(asks) + b"\x07BTCUSDT")
            continue
        frames.append(text.encode())
    return frames


def prototype_timer(frames: Sequence[bytes], pipeline: Any) -> Callable[[int], float]:
    """Median nanoseconds of the prototype's decode stage, stamps not deducted."""
    blob = b"".join(frames)
    offsets = np.cumsum([0] + [len(frame) for frame in frames], dtype=np.int64)

    def run(count: int) -> float:
        bench = pipeline.Bench()
        bench.timer_cost = 0
        bench.setup(MID_TICKS, 1_000_000)
        book = [((MID_TICKS - 1 - k) * 1_000_000, 5000) for k in range(1000)]
        bench.seed(book, [((MID_TICKS + k) * 1_000_000, 5000) for k in range(1000)])
        stages, bad, _, _ = bench.run(blob, offsets, count, 0, True)
        assert bad == 0
        return float(np.median(stages[0]))

    return run


def main() -> None:
    parser = argparse.ArgumentParser(description="Time the Binance market decoder.")
    parser.add_argument("--pairs", type=int, default=9)
    parser.add_argument("--frames", type=int, default=100_000)
    options = parser.parse_args()
    pipeline = None
    if folder := os.environ.get("TICKPATH_PROTOTYPE"):
        sys.path.insert(0, folder)
        pipeline = importlib.import_module("pipeline")
    decoder = MarketDecoder(config(), 0)
    print(f"{'frame':<16}{'bytes':>7}{'levels':>8}{'ns p50':>9}{'p99':>8}{'mean':>8}", end="")
    print(f"{'prototype':>12}{'ratio':>8}" if pipeline else "")
    for kind, mean in (("depth", 5), ("depth", 20), ("bookTicker", 1), ("trade", 1), ("sbe", 5)):
        frames = frames_of(kind, mean)
        other = prototype_timer(frames, pipeline) if pipeline and kind != "sbe" else None
        time_decode(decoder, frames, WARM_UP_FRAMES, True)
        mine, theirs, p99 = [], [], []
        for _ in range(options.pairs):
            stamps = np.asarray(time_decode(decoder, frames, options.frames, True))
            mine.append(float(np.median(stamps)))
            p99.append(float(np.percentile(stamps, 99)))
            if other:
                theirs.append(other(options.frames))
        mean_ns = float(time_decode(decoder, frames, options.frames, False))
        levels = np.mean([f.count(b'["') for f in frames]) if kind == "depth" else 0.0
        size = np.mean([len(f) for f in frames])
        print(f"{kind:<16}{size:>7.0f}{levels:>8.1f}{np.median(mine):>9.1f}", end="")
        print(f"{np.median(p99):>8.1f}{mean_ns:>8.1f}", end="")
        if other:
            ratio = np.median(np.array(mine) / np.array(theirs))
            print(f"{np.median(theirs):>12.1f}{ratio:>8.2f}", end="")
        print()


if __name__ == "__main__":
    main()
