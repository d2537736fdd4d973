"""What does an update of a bounded book cost, and what of that is cutting and checking?

Recorded books of Kraken: v2 of depth 10 (300 updates) and one pair of the v1 recording of depth
1 000. The same updates are applied without depth, cut to the depth, and cut and checked; best of
200 rounds each, one after the other in one process. Beside them the decoder's ns a frame. Needs
TICKPATH_FIXTURES. Run: taskset -c 1 python benchmarks/hot/bench_checksum.py
"""

import sys
from pathlib import Path
from typing import Any

import numpy as np
from loop_build import ROOT, loop

sys.path.insert(0, str(ROOT / "tests"))
from venues.kraken import kraken_frames as recorded  # type: ignore[import-not-found]

from tickpath.core.records import MarketEvent
from tickpath.hot.book.native import Book
from tickpath.venues.kraken.native import MarketDecoder

ROUNDS = 200


def cases() -> dict[str, tuple[Any, list[bytes], int]]:
    """(configuration, book frames, instrument) by name."""
    pair = b'"XMR/USD"]'
    wide = [f for _, f in recorded.v1_wide_lines() if f.endswith(pair)]
    return {
        "v2 depth 10": (recorded.kraken_config(), recorded.v2_frames(), 0),
        "v1 depth 1000": (recorded.wide_config(), wide, 1),
    }


def main() -> int:
    module: Any = loop("checksum_loop")
    for name, (config, frames, instrument) in cases().items():
        decoder = MarketDecoder(config, 0)
        events: list[MarketEvent] = [decoder.decode(f)[1] for f in frames]  # type: ignore[misc]
        levels = np.array([level for e in events for level in (*e.bids, *e.asks)], dtype=np.int64)
        counts = np.array([(len(e.bids), len(e.asks)) for e in events], dtype=np.int64)
        sums = np.array([e.checksum for e in events], dtype=np.uint32)
        changes = float(counts[1:].sum() / (len(events) - 1))
        rows = []
        for label, depth, checked in (("plain", 0, 0), ("cut", 1, 0), ("cut and checked", 1, 1)):
            book = Book(config, instrument)
            bound = events[-1].depth * depth
            ns = module.update_ns(book, levels, counts, sums, bound, checked, ROUNDS)
            rows.append(f"{label} {ns:.1f} ns")
        decoded = module.decode_ns(decoder.capsule(), frames[1:], ROUNDS // 4)
        size = sum(map(len, frames[1:])) / (len(frames) - 1)
        print(f"{name}: {changes:.2f} changes an update; " + ", ".join(rows), end="; ")
        print(f"decode {decoded:.1f} ns a frame of {size:.0f} bytes")
    return 0


if __name__ == "__main__":
    assert Path(recorded.KRAKEN).exists(), "set TICKPATH_FIXTURES"
    sys.exit(main())
