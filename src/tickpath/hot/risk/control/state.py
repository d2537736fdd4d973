"""Canonical state of control, version 2: little endian, no padding, one for all backends.

header      u32 version, instruments, strategies, currencies, breakers, u64 version of the limits,
            u64 version of the limits slot
instrument  the i64 limits in the order of LIMIT_FIELDS, i32 paused, i32 sweep
strategy    i32 paused, i32 sweep
breaker     i32 state, i32 over, i64 until_ns, deadline_ns, trips, u32 words, then i64 each
drawdown    7 i64 as in drawdown.pxd: currencies as a whole, then those of each strategy
cell        i64 lots, fee_units, pnl_units, broken, i128 cost: instruments of each strategy

A limit outside 0 to the compiled ceiling is no state of this build: importing loosens nothing.
"""

import struct
from collections.abc import Sequence
from dataclasses import dataclass, field

from tickpath.core.errors import DataError
from tickpath.hot.risk.control.plan import Plan
from tickpath.hot.risk.drawdown import COST_MAX
from tickpath.hot.risk.limits import LIMIT_FIELDS, ceilings

VERSION = 2
HEADER = struct.Struct("<IIIIIQQ")
INSTRUMENT = struct.Struct(f"<{len(LIMIT_FIELDS)}qii")
STRATEGY = struct.Struct("<ii")
BREAKER = struct.Struct("<iiqqqI")
DRAWDOWN = struct.Struct("<7q")
CELL = struct.Struct("<qqqq16s")
SWEEP_NONE, SWEEP_HELD, SWEEP_CANCEL = 0, 1, 2


@dataclass(slots=True)
class Image:
    """The state as plain values."""

    limits_version: int = 0
    slot_version: int = 0
    limits: list[list[int]] = field(default_factory=list)
    paused: list[int] = field(default_factory=list)
    sweep: list[int] = field(default_factory=list)
    paused_strategies: list[int] = field(default_factory=list)
    sweep_strategies: list[int] = field(default_factory=list)
    breakers: list[tuple[int, int, int, int, int, list[int]]] = field(default_factory=list)
    drawdowns: list[tuple[int, ...]] = field(default_factory=list)
    cells: list[tuple[int, int, int, int, int]] = field(default_factory=list)


def pack(image: Image, currencies: int) -> bytes:
    """The exported bytes."""
    counts = (len(image.limits), len(image.paused_strategies), currencies, len(image.breakers))
    out = [HEADER.pack(VERSION, *counts, image.limits_version, image.slot_version)]
    rows = zip(image.limits, image.paused, image.sweep, strict=True)
    out += [INSTRUMENT.pack(*limits, paused, sweep) for limits, paused, sweep in rows]
    pairs = zip(image.paused_strategies, image.sweep_strategies, strict=True)
    out += [STRATEGY.pack(*pair) for pair in pairs]
    for *fixed, words in image.breakers:
        out.append(BREAKER.pack(*fixed, len(words)) + struct.pack(f"<{len(words)}q", *words))
    out += [DRAWDOWN.pack(*drawdown) for drawdown in image.drawdowns]
    for *fixed, cost in image.cells:
        out.append(CELL.pack(*fixed, cost.to_bytes(16, "little", signed=True)))
    return b"".join(out)


def unpack(
    data: bytes, instruments: int, strategies: int, currencies: int, plans: Sequence[Plan]
) -> Image:
    """Raises DataError for another version or configuration, a torn state, a forged limit."""
    owners = [plan for plan in plans for _ in plan.watched]
    try:
        return _unpack(data, instruments, strategies, currencies, owners)
    except struct.error as error:
        raise DataError(f"control state: torn: {error}") from error


def _unpack(
    data: bytes, instruments: int, strategies: int, currencies: int, owners: list[Plan]
) -> Image:
    version, *counts, limits_version, slot_version = HEADER.unpack_from(data)
    if version != VERSION:
        raise DataError(f"control state: version {version}, this build reads {VERSION}")
    if counts != [instruments, strategies, currencies, len(owners)]:
        raise DataError("control state: tables are not those of the configuration")
    size = HEADER.size + instruments * INSTRUMENT.size + strategies * STRATEGY.size
    size += sum(BREAKER.size + 8 * plan.words for plan in owners)
    size += (1 + strategies) * currencies * DRAWDOWN.size
    if len(data) != size + instruments * strategies * CELL.size:
        raise DataError(f"control state: {len(data)} bytes: export it again")
    image, at = Image(limits_version, slot_version), HEADER.size
    for _ in range(instruments):
        *limits, paused, sweep = INSTRUMENT.unpack_from(data, at)
        at += INSTRUMENT.size
        image.limits.append(_checked(limits))
        image.paused.append(_within(paused, 1, "paused"))
        image.sweep.append(_within(sweep, SWEEP_CANCEL, "sweep"))
    for _ in range(strategies):
        paused, sweep = STRATEGY.unpack_from(data, at)
        at += STRATEGY.size
        image.paused_strategies.append(_within(paused, 1, "paused"))
        image.sweep_strategies.append(_within(sweep, SWEEP_CANCEL, "sweep"))
    for plan in owners:
        *fixed, count = BREAKER.unpack_from(data, at)
        at += BREAKER.size
        if count != plan.words:
            raise DataError("control state: a breaker has another memory than configured")
        _within(fixed[0], 2, "breaker")
        _within(fixed[1], 1, "breaker")
        memory = list(struct.unpack_from(f"<{count}q", data, at))
        if not plan.rule.sane(memory, plan.spec):
            raise DataError(f"control state: memory of {plan.spec.rule} was changed")
        image.breakers.append((fixed[0], fixed[1], fixed[2], fixed[3], fixed[4], memory))
        at += 8 * count
    for _ in range((1 + strategies) * currencies):
        image.drawdowns.append(DRAWDOWN.unpack_from(data, at))
        _within(image.drawdowns[-1][-1], 2, "drawdown")
        at += DRAWDOWN.size
    for _ in range(instruments * strategies):
        *amounts, cost = CELL.unpack_from(data, at)
        at += CELL.size
        wide = int.from_bytes(cost, "little", signed=True)
        _within(abs(wide), COST_MAX, "cost")
        image.cells.append((amounts[0], amounts[1], amounts[2], amounts[3], wide))
    return image


def _within(value: int, high: int, name: str) -> int:
    if not 0 <= value <= high:
        raise DataError(f"control state: {name} is {value}: it was changed since it was exported")
    return value


def _checked(limits: list[int]) -> list[int]:
    for name, value, ceiling in zip(LIMIT_FIELDS, limits, ceilings(), strict=True):
        if not 0 <= value <= ceiling:
            raise DataError(
                f"control state: {name} is {value}, the compiled ceiling is {ceiling}: "
                "start from the journal"
            )
    return limits
