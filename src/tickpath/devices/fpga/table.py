"""A strategy bank as the words that `tp_bank` takes: parameters, settings and clocks.

    packed = pack(read_bank(bank.to_bytes()))
    for address, word in packed.words: write it       then set the four settings and COMMIT

The thresholds travel as the differences `bias - buy` and `bias - sell - 1`, so that the fabric
compares by adding, and the hidden bias with half of the last place in it. Every weight of every
beat is written, also the zeros behind the last input, because the fabric's shadow half still holds
older parameters. Addresses: fpga/rtl/bank_params.sv. Worst case: 64 strategies of 32 inputs over 32
hidden units are 3 520 words.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from tickpath.core.errors import ConfigError
from tickpath.devices.bank_table import BankNumbers

LANES = 8
"""Inputs a beat."""
CHUNKS = 4
STRATEGIES = 64
HIDDEN_AT = 0x800
CONSTANTS_AT = 0xC00
HIDDEN_BIAS_AT = 0xE00
INPUTS_STRIDE = 32
CONSTANTS_STRIDE = 8
WORD = 2**32 - 1
LATENCY = 8
"""Clocks from a row's last beat to its first score; 7 in the build of one strategy and chunk."""
HIDDEN_CLOCKS = 11
"""From the last chunk of the hidden layer to the first chunk of the strategies."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Build:
    """The sizes a bitstream was built with: parameters of `tp_bank`."""

    strategies: int = STRATEGIES
    chunks: int = CHUNKS
    hidden: bool = True

    @property
    def latency(self) -> int:
        """Clocks from a row's last beat to its first score, one chunk and no hidden layer."""
        small = self.strategies == 1 and self.chunks == 1 and not self.hidden
        return LATENCY - 1 if small else LATENCY


@dataclass(frozen=True, kw_only=True, slots=True)
class Packed:
    """What makes a bank active: `words` are (address, uint32), the rest are the settings."""

    words: tuple[tuple[int, int], ...]
    strategies: int
    inputs: int
    hidden: int
    shift: int

    @property
    def beats(self) -> int:
        """Beats of 8 inputs a row."""
        return -(-self.inputs // LANES)

    @property
    def clocks(self) -> int:
        """Clocks between two rows when neither side waits."""
        deep = -(-(self.hidden or self.inputs) // LANES)
        layer = self.hidden * self.beats + HIDDEN_CLOCKS if self.hidden else 0
        return max(self.beats, layer + self.strategies * deep)


def pack(bank: BankNumbers, build: Build | None = None) -> Packed:
    """The words and settings of a bank. ConfigError when it does not fit the build."""
    build = build or Build()
    width, count, units = len(bank.inputs), len(bank.weights), len(bank.hidden_bias)
    room = LANES * build.chunks
    check(1 <= width <= room, f"{width} inputs, this build takes 1 to {room}")
    check(count <= build.strategies, f"{count} strategies, this build takes {build.strategies}")
    check(not units or build.hidden, "a hidden layer, this build has none")
    check(units <= room, f"{units} hidden units, this build takes {room}")
    words = list(constants(bank))
    half = (1 << bank.shift) >> 1
    for j, (row, bias) in enumerate(
        zip(bank.hidden_weights.tolist(), bank.hidden_bias.tolist(), strict=True)
    ):
        words += weights(HIDDEN_AT + INPUTS_STRIDE * j, row, room)
        words += wide(HIDDEN_BIAS_AT + CONSTANTS_STRIDE * j, bias + half)
    for k, row in enumerate(bank.weights.tolist()):
        words += weights(INPUTS_STRIDE * k, row, room)
    return Packed(
        words=tuple(words), strategies=count, inputs=width, hidden=units, shift=bank.shift
    )


def constants(bank: BankNumbers) -> Iterator[tuple[int, int]]:
    """Three numbers a strategy, two words each."""
    columns = (bank.bias.tolist(), bank.sell.tolist(), bank.buy.tolist())
    for k, (bias, sell, buy) in enumerate(zip(*columns, strict=True)):
        at = CONSTANTS_AT + CONSTANTS_STRIDE * k
        yield from wide(at, bias)
        yield from wide(at + 2, bias - buy)
        yield from wide(at + 4, bias - sell - 1)


def wide(at: int, number: int) -> list[tuple[int, int]]:
    """A number of up to 64 bits, low word first."""
    return [(at, number & WORD), (at + 1, (number >> 32) & WORD)]


def weights(at: int, row: Sequence[int], room: int) -> list[tuple[int, int]]:
    """One weight a word, zeros behind the last."""
    padded = [*row, *[0] * (room - len(row))]
    return [(at + i, weight & WORD) for i, weight in enumerate(padded)]


def check(good: bool, message: str) -> None:
    if not good:
        raise ConfigError(f"bank does not fit the overlay: {message}")
