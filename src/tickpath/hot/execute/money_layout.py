"""The canonical state of positions and money, version 1: little endian, no padding.

It is the last section of execute's state (layout.py).

header       u32 version, instruments, currencies, shares, fills, rates, i32 cost method,
             i32 stopped (0 or the code), i64 fees estimated
instrument   Position (8 i64 and the i128 of records.h), i32 halted, i32 hedging, i64 funding units,
             i64 changes of the long and of the short leg, the two legs
leg          i64 lots, i64 entry_ticks (one price of all its lots, 0: none or mixed), i128 value
lots         for each leg, only when lots are kept: i64 count, i128 realised, the lots as legs,
             oldest first
currency     8 i128, see ACCOUNT_NAMES; 10^-9 of the currency's unit
fees         i128 by strategy, then currency: strategies_max x currencies
share        i64 index ((strategy x instruments_max + instrument) x 2 + leg), i64 0, its leg,
             i128 realised, i128 funding; only those that are not zero, ascending
fill         FILL below, oldest first
rate         i32 from, i32 to, i64 num, i64 den, i64 t_ns
"""

import struct
from dataclasses import dataclass, field
from typing import Any

from tickpath.core.errors import DataError
from tickpath.core.limits import LIMITS
from tickpath.core.records import Position, fields_of
from tickpath.hot.execute.fifo import LotQueue
from tickpath.hot.execute.fx import FxRate
from tickpath.hot.execute.position import Leg

VERSION = 1
HEADER = struct.Struct("<6I2iq")
POSITION = struct.Struct("<8q")
STATUS = struct.Struct("<2i3q")
PAIR = struct.Struct("<2q")
COUNT = struct.Struct("<q")
FILL_WIDE = 7
FILL = struct.Struct("<Q9q6iq")
RATE = struct.Struct("<2i3q")
WIDE_BYTES = 16
LEGS = 2
ACCOUNT_NAMES = (
    "cash",
    "cost",
    "realised",
    "fees",
    "rounding",
    "opening",
    "funding",
    "transfers",
)


@dataclass(slots=True)
class Share:
    """Of one strategy in one leg, at average cost; guard units."""

    leg: Leg = field(default_factory=Leg)
    realised_guard: int = 0
    funding_guard: int = 0


@dataclass(slots=True)
class FillRecord:
    """What one fill posted, so that a bust can post it back. `lots` 0: undone."""

    value_change: int
    realised_guard: int
    fee_guard: int
    share_value_change: int
    share_realised_guard: int
    lots_value_change: int
    lots_realised_guard: int
    client_order_id: int
    trade_id: int
    ticks: int
    lots: int
    cash_units: int
    realised_units: int
    fee_units: int
    sequence: int
    entry_ticks: int
    share_entry_ticks: int
    instrument: int
    strategy: int
    side: int
    leg: int
    fee_currency: int


@dataclass(slots=True)
class Image:
    """The state as plain values."""

    cost: int
    stopped: int = 0
    fees_estimated: int = 0
    positions: list[Position] = field(default_factory=list)
    halted: list[int] = field(default_factory=list)
    hedging: list[int] = field(default_factory=list)
    funding_units: list[int] = field(default_factory=list)
    leg_fills: list[int] = field(default_factory=list)
    legs: list[Leg] = field(default_factory=list)
    queues: list[LotQueue] = field(default_factory=list)
    accounts: list[dict[str, int]] = field(default_factory=list)
    fees: list[int] = field(default_factory=list)
    shares: dict[int, Share] = field(default_factory=dict)
    fills: list[FillRecord] = field(default_factory=list)
    rates: list[FxRate] = field(default_factory=list)


def wide_bytes(value: int) -> bytes:
    return value.to_bytes(WIDE_BYTES, "little", signed=True)


def _leg_bytes(leg: Leg) -> bytes:
    return PAIR.pack(leg.lots, leg.entry_ticks) + wide_bytes(leg.value)


def _fill_bytes(fill: FillRecord) -> bytes:
    values = fields_of(fill)
    return b"".join(map(wide_bytes, values[:FILL_WIDE])) + FILL.pack(*values[FILL_WIDE:], 0, 0)


def pack(image: Image) -> bytes:
    """The section's bytes."""
    shares = {k: s for k, s in sorted(image.shares.items()) if s != Share()}
    sizes = (len(image.positions), len(image.accounts), len(shares), len(image.fills))
    parts = [
        HEADER.pack(
            VERSION, *sizes, len(image.rates), image.cost, image.stopped, image.fees_estimated
        )
    ]
    for k, p in enumerate(image.positions):
        values = fields_of(p)
        legs = slice(k * LEGS, k * LEGS + LEGS)
        parts += [
            POSITION.pack(*values[:8]),
            wide_bytes(values[8]),
            STATUS.pack(
                image.halted[k], image.hedging[k], image.funding_units[k], *image.leg_fills[legs]
            ),
        ]
        parts += map(_leg_bytes, image.legs[legs])
    for queue in image.queues:
        parts += [COUNT.pack(len(queue.lots)), wide_bytes(queue.realised_guard)]
        parts += map(_leg_bytes, queue.lots)
    parts += [wide_bytes(a[name]) for a in image.accounts for name in ACCOUNT_NAMES]
    parts += map(wide_bytes, image.fees)
    for index, share in shares.items():
        parts += [PAIR.pack(index, 0), _leg_bytes(share.leg)]
        parts += [wide_bytes(share.realised_guard), wide_bytes(share.funding_guard)]
    parts += map(_fill_bytes, image.fills)
    parts += [RATE.pack(*fields_of(rate)) for rate in image.rates]
    return b"".join(parts)


class _Reader:
    """Takes values off the front of the bytes."""

    def __init__(self, data: bytes) -> None:
        self.data, self.at = data, 0

    def take(self, layout: struct.Struct) -> tuple[Any, ...]:
        values = layout.unpack_from(self.data, self.at)
        self.at += layout.size
        return values

    def wide(self) -> int:
        if self.at + WIDE_BYTES > len(self.data):
            raise struct.error("the state ends inside a value")
        self.at += WIDE_BYTES
        return int.from_bytes(self.data[self.at - WIDE_BYTES : self.at], "little", signed=True)

    def leg(self) -> Leg:
        lots, entry_ticks = self.take(PAIR)
        return Leg(lots, entry_ticks, self.wide())

    def fill(self) -> FillRecord:
        values = [self.wide() for _ in range(FILL_WIDE)]
        return FillRecord(*values, *self.take(FILL)[:-2])


def _refuse(why: str) -> DataError:
    return DataError(f"state of positions and money: {why}")


def _read(data: bytes, instruments: int, currencies: int) -> Image:
    reader = _Reader(data)
    version, n_instruments, n_currencies, shares, fills, rates, cost, stopped, estimated = (
        reader.take(HEADER)
    )
    if version != VERSION:
        raise _refuse(f"version {version}, this build reads {VERSION}")
    if (n_instruments, n_currencies) != (instruments, currencies):
        raise _refuse("instruments or currencies are not the configured ones")
    if fills > LIMITS["bust_fills_max"] or rates > LIMITS["fx_pairs_max"]:
        raise _refuse("more fills or rates than limits.toml allows")
    image = Image(cost, stopped, estimated)
    for _ in range(instruments):
        position = Position(*reader.take(POSITION))
        position.entry_value = reader.wide()
        image.positions.append(position)
        halted, hedging, funding, *changes = reader.take(STATUS)
        image.halted.append(halted)
        image.hedging.append(hedging)
        image.funding_units.append(funding)
        image.leg_fills += changes
        image.legs += [reader.leg() for _ in range(LEGS)]
    for _ in range(instruments * LEGS if cost else 0):
        (count,), realised = reader.take(COUNT), reader.wide()
        if not 0 <= count <= LIMITS["fifo_lots_max"]:
            raise _refuse("more open lots than limits.toml allows")
        image.queues.append(LotQueue([reader.leg() for _ in range(count)], realised))
    for _ in range(currencies):
        image.accounts.append({name: reader.wide() for name in ACCOUNT_NAMES})
    image.fees = [reader.wide() for _ in range(LIMITS["strategies_max"] * currencies)]
    for _ in range(shares):
        index, _ = reader.take(PAIR)
        image.shares[index] = Share(reader.leg(), reader.wide(), reader.wide())
    image.fills = [reader.fill() for _ in range(fills)]
    image.rates = [FxRate(*reader.take(RATE)) for _ in range(rates)]
    if reader.at != len(data):
        raise _refuse(f"{len(data)} bytes where its header asks for {reader.at}")
    return image


def _check(image: Image, hedging: list[int]) -> None:
    """Refuse indices that no table has and modes that are not configured."""
    instruments, currencies = len(image.positions), len(image.accounts)
    strategies, span = LIMITS["strategies_max"], LIMITS["instruments_max"] * LEGS
    if image.hedging != hedging:
        raise _refuse("position modes are not the configured ones")
    for index in image.shares:
        if not (0 <= index < strategies * span and index % span < instruments * LEGS):
            raise _refuse(f"share {index} is out of range")
    for fill in image.fills:
        inside = (
            0 <= fill.instrument < instruments
            and 0 <= fill.strategy < strategies
            and fill.side in (0, 1)
            and 0 <= fill.leg < LEGS
            and -1 <= fill.fee_currency < currencies
            and fill.lots >= 0
            and fill.ticks > 0
        )
        if not inside:
            raise _refuse(f"fill {fill.trade_id} is out of range")
    for rate in image.rates:
        pair = (rate.from_currency, rate.to_currency)
        if not all(0 <= k < currencies for k in pair) or rate.num <= 0 or rate.den <= 0:
            raise _refuse("a rate is out of range")


def unpack(data: bytes, currencies: int, cost: int, hedging: list[int]) -> Image:
    """The values of exported bytes. Raises DataError when they are not of this configuration."""
    try:
        image = _read(data, len(hedging), currencies)
    except struct.error as error:
        raise _refuse(f"torn: {error}") from error
    if image.cost != cost:
        raise _refuse("the cost method is not the configured one")
    _check(image, hedging)
    return image
