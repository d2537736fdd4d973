"""Commands: a person's or supervisor's inputs to the engine. They are journalled like any input.

The limits slot holds a value of `LIMITS_VALUE`: u64 version, then the limits of LimitName in order,
for all instruments; -1 leaves a limit as it is. Whoever writes it raises the version each time.
"""

import struct
from collections.abc import Mapping, Sequence
from enum import IntEnum

from tickpath.core.errors import DataError

LAYOUT = struct.Struct("<iiq")
LIMITS_VALUE = struct.Struct("<Q21q")
UNCHANGED = -1
INSTRUMENTS_ALL = -1
ORDER_MASK = 2**64 - 1
"""A client order id is unsigned, an argument is not: the id is these bits of it."""


class Command(IntEnum):
    """What `argument` is: a venue (VENUE_*), a strategy or instrument (PAUSE_*, RESUME_*), a
    configured breaker or -1 for all (REARM_BREAKER), a strategy or -1 for the currencies as a whole
    (RESET_DRAWDOWN), the new value (SET_LIMIT, `detail` is from `limit_detail`), a price in ticks
    that orders of the instrument `detail` are compared with, 0 for none (SET_REFERENCE), a source
    whose connection begins anew, so that its books wait for a snapshot (RESTART_SOURCE), a parent
    of clips as `order_argument` says it (PAUSE_ORDER, RESUME_ORDER), else 0."""

    KILL = 1
    REARM = 2
    VENUE_UP = 3
    VENUE_DOWN = 4
    PAUSE_STRATEGY = 5
    RESUME_STRATEGY = 6
    PAUSE_INSTRUMENT = 7
    RESUME_INSTRUMENT = 8
    REARM_BREAKER = 9
    RESET_DRAWDOWN = 10
    SET_LIMIT = 11
    SET_REFERENCE = 12
    RESTART_SOURCE = 13
    PAUSE_ORDER = 24
    RESUME_ORDER = 25
    FUNDING = 32
    TRANSFER = 33
    FX_RATE = 34
    LEDGER_CHECK = 35
    INSTRUMENT_RESUME = 36


class LimitName(IntEnum):
    """A limit that may change while the engine runs, in the order of risk's LIMIT_FIELDS."""

    ORDER_LOTS = 0
    ORDER_NOTIONAL_UNITS = 1
    POSITION_CEILING_PPM = 2
    PRICE_COLLAR_PPM = 3
    ORDER_RATE_PER_S = 4
    ORDER_BURST = 5
    STALE_NS = 6
    REFERENCE_COLLAR_PPM = 7
    FAT_FINGER_PPM = 8
    OPEN_ORDERS = 9
    DUPLICATE_NS = 10
    VENUE_ORDER_RATE_PER_S = 11
    VENUE_ORDER_BURST = 12
    MESSAGE_RATE_PER_S = 13
    MESSAGE_BURST = 14
    VENUE_MESSAGE_RATE_PER_S = 15
    VENUE_MESSAGE_BURST = 16
    GROSS_UNITS = 17
    NET_UNITS = 18
    LEVERAGE_PPM = 19
    CONCENTRATION_PPM = 20


def command_bytes(command: int, argument: int, detail: int = 0, words: Sequence[int] = ()) -> bytes:
    """Payload of a command record: i32 command, i32 detail, i64 argument, the i64 words."""
    try:
        head = LAYOUT.pack(command, detail, argument)
        return head + struct.pack(f"<{len(words)}q", *words)
    except struct.error as error:
        raise OverflowError(f"command {command!r}, {argument!r}, {detail!r}: {error}") from error


def command_parse(payload: bytes) -> tuple[int, int, int]:
    """Command, argument and detail: the inverse of `command_bytes`."""
    command, detail, argument = LAYOUT.unpack_from(payload)
    return command, argument, detail


def command_words(payload: bytes) -> tuple[int, ...]:
    """The words behind the argument."""
    count, rest = divmod(len(payload) - LAYOUT.size, 8)
    if rest or count < 0:
        raise DataError(f"command record: {len(payload)} bytes do not end with a whole word")
    return struct.unpack_from(f"<{count}q", payload, LAYOUT.size)


def order_argument(client_order_id: int) -> int:
    """`argument` of a PAUSE_ORDER or RESUME_ORDER: the 64 bits of the id as a signed number."""
    return (client_order_id & ORDER_MASK ^ 1 << 63) - (1 << 63)


def limit_detail(limit: LimitName, instrument: int = INSTRUMENTS_ALL) -> int:
    """`detail` of a SET_LIMIT: the limit in the low 8 bits, the instrument + 1 above them."""
    return int(limit) | (instrument + 1) << 8


def limits_value(version: int, limits: Mapping[LimitName, int]) -> bytes:
    """What a monitor writes into the limits slot."""
    return LIMITS_VALUE.pack(version, *(limits.get(name, UNCHANGED) for name in LimitName))
