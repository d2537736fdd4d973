"""Canonical state of an engine: the stages' exports joined, and the hashes over them.

Layout, little endian: u32 version = 3, u64 seq, i64 now_ns, u32 halted, u32 instruments; an
instrument: BBO (6 i64), last trade (4 i64), i64 last_market_ns, f64 score (NaN: none), u32 columns
and its feature row (f64 each); then for each part u32 length and its bytes, in the order feed,
books, features, strategy, control, portfolio, risk, route, execute, the lane where scores come from
off the path, then the order codecs that have a state, then the models that remember rows. The same
bytes come from every backend.
"""

import hashlib
import math
import struct
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from tickpath.core.errors import VerificationError
from tickpath.core.records import Bbo, Trade
from tickpath.engine.stages import Stages

VERSION = 3
HEADER = struct.Struct("<IQqII")
BBO = struct.Struct("<6q")
TRADE = struct.Struct("<4q")
TAIL = struct.Struct("<qdI")
LENGTH = struct.Struct("<I")


@dataclass(slots=True)
class Memory:
    """What the walk itself remembers of an instrument between inputs."""

    bbo: Bbo
    trade: Trade
    last_market_ns: int
    score: float
    row: list[float]


def parts_of(stages: Stages) -> list[Any]:
    """The handles that hold state, in the order of the layout."""
    return [
        *parts_before_models(stages),
        *windowed(stages),
    ]


def windowed(stages: Stages) -> list[Any]:
    """The models that remember rows."""
    return [model for model in stages.models if model.steps]


def parts_before_models(stages: Stages) -> list[Any]:
    """The handles that hold state whatever the model."""
    return [
        stages.feed,
        *stages.books,
        *stages.features,
        stages.strategy,
        stages.control,
        stages.portfolio,
        stages.risk,
        stages.route,
        stages.execute,
        *([stages.lane] if stages.lane.on else []),
        *stages.codecs,
    ]


def with_models(data: bytes, old: Stages, new: Stages) -> bytes:
    """The state of an engine with other models: the windows of `new` as they are, those of `old`
    left out, and no score. Raises VerificationError for another version or a torn state."""
    seq, now_ns, halted, memories, parts = split(data)
    for memory in memories:
        memory.score = math.nan
    kept = parts[: len(parts) - len(windowed(old))]
    begun = [model.export_state() for model in windowed(new)]
    return join(seq, now_ns, halted, memories, [*kept, *begun])


def join(
    seq: int,
    now_ns: int,
    halted: bool,
    memories: Sequence[Memory],
    parts: Iterable[bytes],
) -> bytes:
    """The engine's canonical state."""
    out = [HEADER.pack(VERSION, seq, now_ns, int(halted), len(memories))]
    for m in memories:
        bbo = m.bbo
        out += [
            BBO.pack(
                bbo.update_id, bbo.t_recv_ns, bbo.bid_ticks, bbo.bid_lots, bbo.ask_ticks,
                bbo.ask_lots,
            ),
            TRADE.pack(*m.trade),
            TAIL.pack(m.last_market_ns, m.score, len(m.row)),
            struct.pack(f"<{len(m.row)}d", *m.row),
        ]  # fmt: skip
    for part in parts:
        out += [LENGTH.pack(len(part)), part]
    return b"".join(out)


def split(data: bytes) -> tuple[int, int, bool, list[Memory], list[bytes]]:
    """The inverse of `join`. Raises VerificationError for another version or a torn state."""
    try:
        version, seq, now_ns, halted, count = HEADER.unpack_from(data)
        if version != VERSION:
            raise VerificationError(f"state version {version}: this build reads {VERSION}")
        at = HEADER.size
        memories = []
        for _ in range(count):
            bbo = Bbo(*BBO.unpack_from(data, at))
            trade = Trade(*TRADE.unpack_from(data, at + BBO.size))
            at += BBO.size + TRADE.size
            last_market_ns, score, width = TAIL.unpack_from(data, at)
            at += TAIL.size
            row = list(struct.unpack_from(f"<{width}d", data, at))
            at += 8 * width
            memories.append(Memory(bbo, trade, last_market_ns, score, row))
        parts = []
        while at < len(data):
            (length,) = LENGTH.unpack_from(data, at)
            at += LENGTH.size
            if at + length > len(data):
                raise VerificationError(f"state is torn at byte {at}")
            parts.append(data[at : at + length])
            at += length
    except struct.error as error:
        raise VerificationError(f"state is torn: {error}") from error
    return seq, now_ns, bool(halted), memories, parts


def digest(data: bytes) -> str:
    """BLAKE2b-64, hex: the form of every hash in a report."""
    return hashlib.blake2b(data, digest_size=8).hexdigest()
