"""Settings of an overlay in units that people use, as the words its registers take."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

from tickpath.core.errors import ConfigError
from tickpath.devices.fpga import regs

TEMPLATE_BYTES_MAX = 64


class Settings(Protocol):
    """Anything that becomes words of the settings group."""

    def words(self) -> Iterator[tuple[int, int]]:
        """Pairs of address and word."""


def field_of(register: str, name: str, value: int) -> int:
    """`value` at its place in a register. ConfigError when it does not fit."""
    place: tuple[int, int] = getattr(regs, f"{register}_{name}")
    bit, width = place
    if not 0 <= value < 1 << width:
        raise ConfigError(f"{register}.{name} = {value}: 0 to {(1 << width) - 1}")
    return int(value) << bit


def word_of(register: str, value: int, *, signed: bool = False) -> tuple[int, int]:
    """A register that is one number. ConfigError when it does not fit."""
    address = regs.SETTINGS[register]
    mask = regs.MASKS[address]
    low, high = (-(1 << 31), (1 << 31) - 1) if signed else (0, mask)
    if not low <= value <= high:
        raise ConfigError(f"{register} = {value}: {low} to {high}")
    return address, int(value) & mask


@dataclass(frozen=True, kw_only=True, slots=True)
class GateSettings:
    """Limits of the gate; the compiled ceilings hold besides.

    `equity` is in ticks times lots; an order takes `rate_step_ns` of time, a burst may run
    `rate_room_ns` ahead of it.
    """

    lots_max: int
    equity: int
    position_ppm: int
    collar_ppm: int
    rate_step_ns: int
    rate_room_ns: int

    def words(self) -> Iterator[tuple[int, int]]:
        yield word_of("GATE_LOTS_MAX", self.lots_max)
        yield word_of("GATE_POSITION_PPM", self.position_ppm)
        yield word_of("GATE_COLLAR_PPM", self.collar_ppm)
        yield word_of("GATE_EQUITY_LOW", self.equity & 0xFFFFFFFF)
        yield word_of("GATE_EQUITY_HIGH", self.equity >> 32)
        yield word_of("GATE_RATE_STEP_NS", self.rate_step_ns)
        yield word_of("GATE_RATE_ROOM_NS", self.rate_room_ns)


@dataclass(frozen=True, kw_only=True, slots=True)
class ChainSettings:
    """Whether the book's own rows are scored, and what an intent is. Shifts are of the averages."""

    on: bool
    votes: int = 1
    slip_ticks: int = 0
    lots: int = 1
    shift_fast: int = 4
    shift_slow: int = 8
    shift_imbalance: int = 4

    def words(self) -> Iterator[tuple[int, int]]:
        yield regs.MODE, field_of("MODE", "CHAIN", int(self.on))
        yield word_of("INTENT_VOTES", self.votes)
        yield word_of("INTENT_SLIP_TICKS", self.slip_ticks)
        yield word_of("INTENT_LOTS", self.lots)
        yield (
            regs.FEATURES,
            field_of("FEATURES", "SHIFT_FAST", self.shift_fast)
            | field_of("FEATURES", "SHIFT_SLOW", self.shift_slow)
            | field_of("FEATURES", "SHIFT_IMBALANCE", self.shift_imbalance),
        )


@dataclass(frozen=True, kw_only=True, slots=True)
class FeedSettings:
    """What is followed. `cents`: a tick is a cent, else 1/10000 dollar. `join`: begin at the first
    packet, right only before the instrument's first order."""

    locate: int
    cents: bool = True
    join: bool = False

    def words(self) -> Iterator[tuple[int, int]]:
        yield (
            regs.FEED,
            field_of("FEED", "LOCATE", self.locate)
            | field_of("FEED", "CENTS", int(self.cents))
            | field_of("FEED", "JOIN", int(self.join)),
        )


@dataclass(frozen=True, kw_only=True, slots=True)
class TemplateSettings:
    """Bytes of an order and where its fields go, counted from 0."""

    data: bytes
    side_at: int
    lots_at: int
    price_at: int
    token_at: int
    side_buy: int = ord("B")
    side_sell: int = ord("S")

    def words(self) -> Iterator[tuple[int, int]]:
        length = len(self.data)
        if not 1 <= length <= TEMPLATE_BYTES_MAX:
            raise ConfigError(f"template of {length} bytes: 1 to {TEMPLATE_BYTES_MAX}")
        for name, at, size in (
            ("side", self.side_at, 1),
            ("lots", self.lots_at, 4),
            ("price", self.price_at, 4),
            ("token", self.token_at, 8),
        ):
            if not 0 <= at <= length - size:
                raise ConfigError(f"template: {name} at {at} does not lie within {length} bytes")
        padded = self.data + bytes(TEMPLATE_BYTES_MAX - length)
        for k in range(0, TEMPLATE_BYTES_MAX, 4):
            yield regs.TEMPLATE_0 + k, int.from_bytes(padded[k : k + 4], "little")
        yield (
            regs.TEMPLATE_LAYOUT,
            field_of("TEMPLATE_LAYOUT", "LENGTH", length)
            | field_of("TEMPLATE_LAYOUT", "SIDE_BUY", self.side_buy)
            | field_of("TEMPLATE_LAYOUT", "SIDE_SELL", self.side_sell),
        )
        yield (
            regs.TEMPLATE_PLACES,
            field_of("TEMPLATE_PLACES", "SIDE", self.side_at)
            | field_of("TEMPLATE_PLACES", "LOTS", self.lots_at)
            | field_of("TEMPLATE_PLACES", "PRICE", self.price_at)
            | field_of("TEMPLATE_PLACES", "TOKEN", self.token_at),
        )
