"""Frames of the latency benchmark: seeded, in sequence, near the touch of a deep book.

Level changes lie at geometric distances from the touch, a third of them deletions, as in recorded
depth streams. Prices have 8 decimals on the wire, as Binance spot sends them.
"""

import json
import struct
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

MID_TICKS = 4_325_000
LEVELS_PER_SIDE = 1000
FIRST_ID = 40_000_000_000
FIRST_MS = 1_760_000_000_000
TICK_DECIMALS = 2
LOT_DECIMALS = 5


@dataclass(frozen=True, slots=True)
class FrameSet:
    """A snapshot frame and `count` frames one behind the other: blob[offsets[k]:offsets[k + 1]]."""

    name: str
    snapshot: bytes
    blob: np.ndarray
    offsets: np.ndarray
    levels_mean: float


def price_text(ticks: int) -> str:
    return f"{ticks // 100}.{ticks % 100:02d}000000"


def quantity_text(lots: int) -> str:
    return f"{lots // 100_000}.{lots % 100_000:05d}000"


def snapshot_frame(rng: np.random.Generator) -> bytes:
    """REST snapshot with LEVELS_PER_SIDE levels a side."""
    bids = [(MID_TICKS - 1 - k, int(rng.integers(1, 200_000))) for k in range(LEVELS_PER_SIDE)]
    asks = [(MID_TICKS + k, int(rng.integers(1, 200_000))) for k in range(LEVELS_PER_SIDE)]
    text = {
        "lastUpdateId": FIRST_ID,
        "bids": [[price_text(p), quantity_text(q)] for p, q in bids],
        "asks": [[price_text(p), quantity_text(q)] for p, q in asks],
    }
    return json.dumps(text, separators=(",", ":")).encode()


def changes(rng: np.random.Generator, mean: float) -> tuple[list[tuple[int, int]], ...]:
    """Bid and ask changes; the touch itself is never deleted, so the book never crosses."""
    sides = []
    for sign in (-1, 1):
        n = max(1, int(rng.poisson(mean)))
        away = np.unique(np.minimum(rng.geometric(0.06, n) - 1, 900))
        side = []
        for x in away.tolist():
            lots = 0 if x > 0 and rng.random() < 0.35 else int(rng.integers(1, 200_000))
            side.append((MID_TICKS - 1 - x if sign < 0 else MID_TICKS + x, lots))
        sides.append(side)
    return tuple(sides)


def levels_json(side: list[tuple[int, int]]) -> str:
    return ",".join(f'["{price_text(p)}","{quantity_text(q)}"]' for p, q in side)


def depth_json(rng: np.random.Generator, k: int, ids: tuple[int, int], mean: float) -> bytes:
    bids, asks = changes(rng, mean)
    return (
        f'{{"e":"depthUpdate","E":{FIRST_MS + k},"s":"BTCUSDT","U":{ids[0]},"u":{ids[1]},'
        f'"b":[{levels_json(bids)}],"a":[{levels_json(asks)}]}}'
    ).encode()


def ticker_json(rng: np.random.Generator, k: int, ids: tuple[int, int], mean: float) -> bytes:
    bid, ask = (quantity_text(int(rng.integers(1, 200_000))) for _ in range(2))
    return (
        f'{{"u":{ids[1]},"s":"BTCUSDT","b":"{price_text(MID_TICKS - 1)}","B":"{bid}",'
        f'"a":"{price_text(MID_TICKS)}","A":"{ask}"}}'
    ).encode()


def trade_json(rng: np.random.Generator, k: int, ids: tuple[int, int], mean: float) -> bytes:
    lots = quantity_text(int(rng.integers(1, 200_000)))
    maker = "true" if k & 1 else "false"
    return (
        f'{{"e":"trade","E":{FIRST_MS + k},"s":"BTCUSDT","t":{ids[1]},'
        f'"p":"{price_text(MID_TICKS)}","q":"{lots}","T":{FIRST_MS + k},"m":{maker},"M":true}}'
    ).encode()


def depth_sbe(rng: np.random.Generator, k: int, ids: tuple[int, int], mean: float) -> bytes:
    """DepthDiffStreamEvent, schema 1:0, with the exponents of the instrument's own steps."""
    body = struct.pack(
        "<HHHHqqqbb", 26, 10003, 1, 0, (FIRST_MS + k) * 1000, *ids, -TICK_DECIMALS, -LOT_DECIMALS
    )
    for side in changes(rng, mean):
        body += struct.pack("<HH", 16, len(side))
        body += b"".join(struct.pack("<qq", p, q) for p, q in side)
    return body + struct.pack("<B", 7) + b"BTCUSDT"


Maker = Callable[[np.random.Generator, int, tuple[int, int], float], bytes]
KINDS: dict[str, tuple[Maker, float]] = {
    "depth9_json": (depth_json, 5.0),
    "depth30_json": (depth_json, 20.0),
    "ticker_json": (ticker_json, 1.0),
    "trade_json": (trade_json, 1.0),
    "depth9_sbe": (depth_sbe, 5.0),
}


def frame_set(name: str, count: int, seed: int = 7) -> FrameSet:
    """`count` distinct frames of a kind, chained after the snapshot's id."""
    make, mean = KINDS[name]
    rng = np.random.default_rng(seed)
    snapshot = snapshot_frame(rng)
    frames, last, levels = [], FIRST_ID, 0
    for k in range(count):
        ids = (last + 1, last + int(rng.integers(1, 60)))
        last = ids[1]
        frame = make(rng, k, ids, mean)
        levels += frame.count(b'["') if frame[:1] == b"{" else (len(frame) - 50) // 16
        frames.append(frame)
    offsets = np.zeros(count + 1, dtype=np.int64)
    offsets[1:] = np.cumsum([len(f) for f in frames])
    blob = np.frombuffer(b"".join(frames), dtype=np.uint8)
    return FrameSet(name, snapshot, blob, offsets, levels / count)
