"""What does a level change cost with hash and best kept, beside a bare ladder without either?

Streams: near the touch (distance geometric 0.06, 35 % deletes, 1 000 levels a side) and uniform
over those levels. The prototype's ladder and the product alternate A B A B in one process on one
core; the figure is the median of the pairwise ratios, each side the best of three rounds. The
prototype divides by the tick size and drops far prices; the product does neither, and keeps far
levels, the hash and the range checks. Bar 2.3, aim 1.6. The prototype's sources are found by
TICKPATH_PROTOTYPE (default ../shared/prototypes/hotpath); without them only absolute figures are
printed. Run: taskset -c 1 python benchmarks/hot/bench_book.py
"""

import importlib
import math
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
from loop_build import ROOT, loop

from tickpath.core.config import VENUES, Config, Currency, Instrument, Source
from tickpath.core.records import EventKind, InstrumentKind, Level, MarketEvent
from tickpath.hot.book.native import Book

PLACE = Path(os.environ.get("TICKPATH_PROTOTYPE", ROOT.parent / "shared/prototypes/hotpath"))
MID, TICK_UNITS, LEVELS, PAIRS, ROUNDS = 4_325_000, 1_000_000, 1000, 11, 3
BAR_RATIO = 2.3
Stream = list[tuple[int, int, int]]


def prototype(scratch: Path) -> Any:
    """The prototype's module, or None when its sources are absent."""
    if not PLACE.exists():
        return None
    folder = scratch / "proto"
    shutil.copytree(PLACE, folder)
    (folder / "pyproject.toml").unlink(missing_ok=True)
    environment = {
        **os.environ,
        "PROTO_ONLY": "pipeline",
        "PROTO_NATIVE": "0",
        "PROTO_ARCH": "x86-64-v2",
    }
    command = [sys.executable, "setup.py", "-q", "build_ext", "--inplace"]
    subprocess.run(command, cwd=folder, env=environment, check=True, capture_output=True)
    sys.path.insert(0, str(folder))
    return importlib.import_module("pipeline")


def populated(rng: np.random.Generator) -> tuple[Book, list[Level], list[Level]]:
    """A book of LEVELS levels a side and what it holds."""
    instrument = Instrument(
        index=0, symbol="BTCUSDT", venue=0, kind=InstrumentKind.SPOT, base=0, quote=1, settle=1,
        settle_decimals=8, tick_size=Decimal("0.01"), lot_size=Decimal("0.00001"),
        quantity_min=Decimal("0.00001"), quantity_max=Decimal(9000), notional_min=Decimal(5),
        multiplier=Decimal(1), maker_fee_ppm=0, taker_fee_ppm=0,
    )  # fmt: skip
    config = Config(
        currencies=(Currency(name="BTC"), Currency(name="USDT")),
        venues=VENUES,
        instruments=(instrument,),
        sources=(Source(name="spot", venue=0, instruments=(0,)),),
    )
    bids = [Level(MID - 1 - k, int(rng.integers(1, 200_000))) for k in range(LEVELS)]
    asks = [Level(MID + k, int(rng.integers(1, 200_000))) for k in range(LEVELS)]
    book = Book(config, 0)
    event = MarketEvent(kind=EventKind.SNAPSHOT, source=0, instrument=0, t_recv_ns=0)
    event.bids, event.asks = bids, asks
    assert book.snapshot(event) == 0
    return book, bids, asks


def near_top(rng: np.random.Generator, sway: int) -> list[Stream]:
    """Messages of about 9 changes near a touch that sways by so many ticks (which leaves crossed
    levels behind: for single changes only)."""
    messages = []
    for k in range(4000):
        mid = MID + int(sway * math.sin(k / 50))
        message: Stream = []
        for side in (0, 1):
            for away in np.unique(np.minimum(rng.geometric(0.06, 5) - 1, 900)):
                gone = rng.random() < 0.35 and away > 0
                price = mid - 1 - away if side == 0 else mid + away
                message.append((side, int(price), 0 if gone else int(rng.integers(1, 200_000))))
        messages.append(message)
    return messages


def uniform(rng: np.random.Generator) -> list[Stream]:
    """Single changes anywhere among the levels, 30 % deletes, the touch itself kept."""
    messages = []
    for _ in range(40_000):
        side, away = int(rng.integers(2)), int(rng.integers(LEVELS))
        gone = rng.random() < 0.3 and away > 0
        price = MID - 1 - away if side == 0 else MID + away
        messages.append([(side, price, 0 if gone else int(rng.integers(1, 9)))])
    return messages


def flat(messages: list[Stream]) -> tuple[np.ndarray, np.ndarray]:
    """(sides, rows of price and quantity) of all changes in order."""
    changes = np.array([change for message in messages for change in message], np.int64)
    return np.ascontiguousarray(changes[:, 0]), np.ascontiguousarray(changes[:, 1:])


def by_side(messages: list[Stream]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """(bids, asks, counts a message) for whole messages."""
    counts = [[sum(c[0] == side for c in m) for side in (0, 1)] for m in messages]
    sides = [[c[1:] for m in messages for c in m if c[0] == side] for side in (0, 1)]
    bids, asks = (np.array(levels, np.int64).reshape(-1, 2) for levels in sides)
    return bids, asks, np.array(counts, np.int64)


def beside(compiled: Any, proto: Any, name: str, messages: list[Stream]) -> float:
    """Print the rows of single changes; the ratio to the bare ladder, 0 without one."""
    book, bids, asks = populated(np.random.default_rng(7))
    sides, levels = flat(messages)
    units = levels * np.array([TICK_UNITS, 1000])
    arguments = (
        sides, np.ascontiguousarray(units[:, 0]), np.ascontiguousarray(units[:, 1]),
        [(p * TICK_UNITS, q * 1000) for p, q in bids],
        [(p * TICK_UNITS, q * 1000) for p, q in asks], TICK_UNITS, MID, ROUNDS,
    )  # fmt: skip
    mine, theirs = [], []
    clock = proto.Bench().ns_per_tick if proto else 0.0
    for _ in range(PAIRS):
        if proto:
            theirs.append(proto.book_bench(*arguments, clock)["ladder"])
        mine.append(compiled.change_ns(book, sides, levels, ROUNDS)[0])
    print(f"{name:<12} change, bests read  {statistics.median(mine):7.2f} ns")
    if not proto:
        return 0.0
    ratio: float = statistics.median(a / b for a, b in zip(mine, theirs, strict=True))
    print(f"{'':<12} bare ladder         {statistics.median(theirs):7.2f} ns")
    print(f"{'':<12} ratio               {ratio:7.2f}     bar {BAR_RATIO}")
    return ratio


def main() -> int:
    """Print the table; 1 when a ratio misses its bar."""
    compiled = loop("book_loop")
    rng = np.random.default_rng(7)
    with tempfile.TemporaryDirectory() as scratch:
        proto = prototype(Path(scratch))
        ratios = [
            beside(compiled, proto, "near touch", near_top(rng, 3)),
            beside(compiled, proto, "uniform", uniform(rng)),
        ]
    messages = near_top(rng, 0)
    columns = by_side(messages)
    changes = sum(map(len, messages)) / len(messages)
    for text, count in (("message", 0), ("message, top 5", 5), ("message, top 10", 10)):
        cost = compiled.message_ns(populated(rng)[0], *columns, ROUNDS * 3, count)[0]
        print(f"{text:<32} {cost:7.2f} ns, {changes:.1f} changes")
    return int(max(ratios) > BAR_RATIO)


if __name__ == "__main__":
    sys.exit(main())
