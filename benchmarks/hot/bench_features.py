"""What does one feature column, and a row of six, cost when the engine samples an event?

ns per `features_update` in a loop that changes the record each time; median of 9 rounds over 4096
seeded records that fit the cache, after a warm-up. A column's own cost is its figure less that of
`empty` (the check of the record and the loop). Run: python benchmarks/hot/bench_features.py
"""

import random
import statistics
import sys

import numpy as np
from loop_build import loop

from tickpath.core.config import FeatureSpec
from tickpath.core.records import EventKind
from tickpath.hot.features import catalogue
from tickpath.hot.features.native import Features

PERIOD = 64
ROUNDS = 9
BAR_COLUMN_NS = 10.0
BAR_ROW_NS = 60.0
ROW = (
    ("mid", "mid", 1),
    ("microprice", "mid", 1),
    ("imbalance", "mid", 5),
    ("ema", "mid", 20),
    ("std", "mid", 100),
    ("ofi", "mid", 50),
)


def records() -> "np.ndarray[tuple[int, int], np.dtype[np.int64]]":
    """A seeded walk: (bid, bid lots, ask, ask lots, price, lots, aggressor)."""
    rng = random.Random(1)
    bid = 4_300_000
    rows = []
    for _ in range(4096):
        bid += rng.choice((-2, -1, 0, 0, 1, 2))
        ask = bid + rng.choice((1, 1, 1, 2))
        trade = (rng.choice((bid, ask)), rng.randrange(1, 90), rng.randrange(2))
        rows.append((bid, rng.randrange(1, 9000), ask, rng.randrange(1, 9000), *trade))
    return np.array(rows, dtype=np.int64)


def spec_of(stem: str, source: str, period: int) -> FeatureSpec:
    """A column named after its stem."""
    return FeatureSpec(name=stem, indicator=stem, source=source, period=period)


def main() -> int:
    """Print the table; 1 when the row misses its bar."""
    compiled = loop("feature_model_loop")
    quotes = records()
    kinds = {"trade": EventKind.TRADE, "bbo_mid": EventKind.BBO}

    def cost(specs: list[FeatureSpec]) -> float:
        features = Features(specs)
        kind = kinds.get(specs[0].source, EventKind.DEPTH) if specs else EventKind.DEPTH
        compiled.features_ns(features, kind, quotes, 4)
        return statistics.median(
            float(compiled.features_ns(features, kind, quotes, 16)[0]) for _ in range(ROUNDS)
        )

    empty = cost([])
    print(f"{'empty':<24}{empty:7.2f} ns")
    for stem in catalogue.stems():
        facts = catalogue.indicator(stem)
        if not facts.sources:
            continue
        period = min(facts.period[1], max(facts.period[0], PERIOD))
        total = cost([spec_of(stem, facts.sources[0].name.lower(), period)])
        mark = "" if total - empty <= BAR_COLUMN_NS else f"  over {BAR_COLUMN_NS:.0f} ns"
        print(f"{stem:<24}{total - empty:7.2f} ns{mark}")
    row = cost([spec_of(*entry) for entry in ROW])
    print(f"{'row of six':<24}{row:7.2f} ns, bar {BAR_ROW_NS:.0f} ns: {[e[0] for e in ROW]}")
    return int(row > BAR_ROW_NS)


if __name__ == "__main__":
    sys.exit(main())
