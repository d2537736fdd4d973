"""Commands: a person's or supervisor's inputs to the engine. They are journalled like any input."""

import struct
from enum import IntEnum

LAYOUT = struct.Struct("<iiq")


class Command(IntEnum):
    """`argument` is a venue index for the venue commands and 0 otherwise."""

    KILL = 1
    REARM = 2
    VENUE_UP = 3
    VENUE_DOWN = 4


def command_bytes(command: Command, argument: int) -> bytes:
    """Payload of a command record: i32 command, i32 reserved, i64 argument."""
    return LAYOUT.pack(command, 0, argument)


def command_parse(payload: bytes) -> tuple[Command, int]:
    """The inverse of `command_bytes`."""
    command, _, argument = LAYOUT.unpack(payload)
    return Command(command), argument
