"""Commands: a person's or supervisor's inputs to the engine. They are journalled like any input."""

import struct
from collections.abc import Sequence
from enum import IntEnum

from tickpath.core.errors import DataError

LAYOUT = struct.Struct("<iiq")


class Command(IntEnum):
    """`argument` is a venue index for the venue commands and 0 otherwise."""

    KILL = 1
    REARM = 2
    VENUE_UP = 3
    VENUE_DOWN = 4
    FUNDING = 32
    TRANSFER = 33
    FX_RATE = 34
    LEDGER_CHECK = 35
    INSTRUMENT_RESUME = 36


MONEY_COMMANDS = tuple(c for c in Command if c >= Command.FUNDING)
"""What money_commands.py makes and carries out; they may have words behind the argument."""


def command_bytes(command: Command, argument: int, words: Sequence[int] = ()) -> bytes:
    """Payload of a command record: i32 command, i32 count of words, i64 argument, the i64 words."""
    return LAYOUT.pack(command, len(words), argument) + struct.pack(f"<{len(words)}q", *words)


def command_parse(payload: bytes) -> tuple[Command, int]:
    """The inverse of `command_bytes`."""
    command, _, argument = LAYOUT.unpack_from(payload)
    return Command(command), argument


def command_words(payload: bytes) -> tuple[int, ...]:
    """The words behind the argument; commands written before there were words have none."""
    _, count, _ = LAYOUT.unpack_from(payload)
    if count < 0 or len(payload) != LAYOUT.size + 8 * count:
        raise DataError(f"command record: {len(payload)} bytes do not hold {count} words")
    return struct.unpack_from(f"<{count}q", payload, LAYOUT.size)
