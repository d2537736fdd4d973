"""Canonical state of the strategy stage, version 1: the same bytes from every backend.

Little endian, no padding:
    u32 version, u32 strategies, u32 instruments
    per instrument   i32 book status last seen
    per strategy     u32 code that paused it (0: running), i64 market events seen, u64 generator,
                     u32 bytes of its state block, the block
    u32 timers, each: i64 at_ns, i32 strategy, i32 instrument, i32 tag, in the order they fire
"""

import struct
from collections.abc import Sequence
from dataclasses import dataclass

from tickpath.core.errors import VerificationError
from tickpath.core.limits import LIMITS

VERSION = 1
HEADER = struct.Struct("<III")
STATUS = struct.Struct("<i")
STRATEGY = struct.Struct("<IqQI")
COUNT = struct.Struct("<I")
TIMER = struct.Struct("<qiii")


@dataclass(slots=True)
class StrategyState:
    """What changes of one strategy."""

    paused: int
    events_seen: int
    generator: int
    block: bytes


Timer = tuple[int, int, int, int]
"""at_ns, strategy, instrument, tag."""


def pack(
    statuses: Sequence[int], strategies: Sequence[StrategyState], timers: Sequence[Timer]
) -> bytes:
    """The exported bytes."""
    out = [HEADER.pack(VERSION, len(strategies), len(statuses))]
    out += [STATUS.pack(status) for status in statuses]
    for s in strategies:
        out += [STRATEGY.pack(s.paused, s.events_seen, s.generator, len(s.block)), s.block]
    out.append(COUNT.pack(len(timers)))
    out += [TIMER.pack(*timer) for timer in timers]
    return b"".join(out)


def unpack(
    data: bytes, instruments: int, block_bytes: Sequence[int]
) -> tuple[list[int], list[StrategyState], list[Timer]]:
    """The inverse of `pack`, for a stage of this shape. Raises VerificationError."""
    try:
        version, strategies, found = HEADER.unpack_from(data)
        if version != VERSION:
            raise VerificationError(f"strategy state version {version}: this build reads {VERSION}")
        if (strategies, found) != (len(block_bytes), instruments):
            raise VerificationError(
                f"strategy state of {strategies} strategies on {found} instruments: "
                f"this configuration has {len(block_bytes)} on {instruments}"
            )
        at = HEADER.size
        statuses = [STATUS.unpack_from(data, at + 4 * k)[0] for k in range(instruments)]
        at += 4 * instruments
        states = []
        for k, wanted in enumerate(block_bytes):
            paused, seen, generator, size = STRATEGY.unpack_from(data, at)
            at += STRATEGY.size
            if size != wanted or at + size > len(data):
                raise VerificationError(
                    f"state block of strategy {k} has {size} bytes, declared are {wanted}"
                )
            states.append(StrategyState(paused, seen, generator, data[at : at + size]))
            at += size
        (count,) = COUNT.unpack_from(data, at)
        at += COUNT.size
        timers = [TIMER.unpack_from(data, at + TIMER.size * k) for k in range(count)]
    except struct.error as error:
        raise VerificationError(f"strategy state is torn: {error}") from error
    if at + TIMER.size * count != len(data):
        raise VerificationError("strategy state has bytes behind its end")
    check_timers(timers, instruments, len(block_bytes))
    return statuses, states, timers


def check_timers(timers: Sequence[Timer], instruments: int, strategies: int) -> None:
    """Bounded, in order, and of known strategies and instruments."""
    fits = len(timers) <= LIMITS["timers_max"] and all(
        0 <= strategy < strategies and 0 <= instrument < instruments
        for _, strategy, instrument, _ in timers
    )
    if not fits or [t[0] for t in timers] != sorted(t[0] for t in timers):
        raise VerificationError("strategy state has timers that do not fit this configuration")
