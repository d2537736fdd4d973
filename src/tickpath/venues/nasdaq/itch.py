"""NASDAQ TotalView-ITCH 5.0 messages: plain Python, the definition of correct.

In: one message as it stands in a MoldUDP64 packet or a BinaryFILE, without its length. Out: a code
and a `Message`. Numbers are big-endian and unsigned; prices stay integers, price(4) in 10^-4 and
price(8) in 10^-8 of a dollar; text is left-justified and loses its padding.

The verdicts come in this order, the first that applies is given; the native decoder keeps it:
  1. no byte at all TRUNCATED, a first byte that is no message type UNKNOWN_KIND
  2. shorter than the type's length TRUNCATED; what is longer is a newer layout: the tail is ignored
  3. `side` is B or S, `printable` Y or N: else RANGE
  4. text with a byte outside ASCII: ENCODING
Worst case: a message of 50 bytes.
"""

import struct
from dataclasses import dataclass

from tickpath.core.codes import Code

HEAD = struct.Struct(">HH6s")
"""Stock locate, tracking number, nanoseconds since midnight; behind the type."""

HEAD_BYTES = 11
NUMBERS = {"u16": 2, "u32": 4, "u64": 8, "p4": 4, "p8": 8}

FIELDS: dict[str, str] = {
    "S": "event:1",
    "R": "stock:8 category:1 financial:1 round_lot:u32 round_lots_only:1 classification:1 "
    "subtype:2 authenticity:1 short_threshold:1 ipo:1 luld_tier:1 etp:1 etp_leverage:u32 inverse:1",
    "H": "stock:8 state:1 reserved:1 reason:4",
    "Y": "stock:8 action:1",
    "L": "mpid:4 stock:8 primary:1 mode:1 state:1",
    "V": "level1:p8 level2:p8 level3:p8",
    "W": "level:1",
    "K": "stock:8 release_s:u32 qualifier:1 price:p4",
    "J": "stock:8 reference_price:p4 upper:p4 lower:p4 extension:u32",
    "h": "stock:8 market:1 action:1",
    "A": "reference:u64 side:1 shares:u32 stock:8 price:p4",
    "F": "reference:u64 side:1 shares:u32 stock:8 price:p4 mpid:4",
    "E": "reference:u64 shares:u32 match:u64",
    "C": "reference:u64 shares:u32 match:u64 printable:1 price:p4",
    "X": "reference:u64 shares:u32",
    "D": "reference:u64",
    "U": "reference:u64 reference_new:u64 shares:u32 price:p4",
    "P": "reference:u64 side:1 shares:u32 stock:8 price:p4 match:u64",
    "Q": "shares:u64 stock:8 price:p4 match:u64 cross:1",
    "B": "match:u64",
    "I": "paired:u64 imbalance:u64 direction:1 stock:8 far:p4 near:p4 reference_price:p4 cross:1 "
    "variation:1",
    "N": "stock:8 interest:1",
    "O": "stock:8 eligible:1 price_min:p4 price_max:p4 near:p4 near_time:u64 lower:p4 upper:p4",
}
"""Fields of every type in order, each `name:width`; digits are bytes of text."""

CHOICES = {"side": ("B", "S"), "printable": ("Y", "N")}
"""What a field may say where the book depends on it."""


@dataclass(frozen=True, slots=True)
class Message:
    """One decoded message. `t_ns`: since midnight of the venue's day; `fields`: see FIELDS."""

    kind: str
    locate: int
    tracking: int
    t_ns: int
    fields: dict[str, int | str]


def layout(kind: str) -> list[tuple[str, str, int]]:
    """(name, width, bytes) of the fields of a type."""
    pairs = [item.split(":") for item in FIELDS[kind].split()]
    return [(name, width, NUMBERS.get(width) or int(width)) for name, width in pairs]


LAYOUTS = {ord(kind): layout(kind) for kind in FIELDS}
LENGTHS = {kind: HEAD_BYTES + sum(n for _, _, n in rows) for kind, rows in LAYOUTS.items()}
"""Bytes of a message by its first byte."""


def check(data: bytes) -> int:
    """Verdicts 1 to 3: what a book needs to know of a message before it is read."""
    if not data:
        return Code.FEED_TRUNCATED
    if data[0] not in LENGTHS:
        return Code.FEED_UNKNOWN_KIND
    if len(data) < LENGTHS[data[0]]:
        return Code.FEED_TRUNCATED
    fields = read(data).fields
    for name, allowed in CHOICES.items():
        if fields.get(name, allowed[0]) not in allowed:
            return Code.FEED_RANGE
    return Code.OK


def read(data: bytes) -> Message:
    """Every field of a message that is long enough for its type."""
    locate, tracking, stamp = HEAD.unpack_from(data, 1)
    fields: dict[str, int | str] = {}
    at = HEAD_BYTES
    for name, width, size in LAYOUTS[data[0]]:
        raw = data[at : at + size]
        at += size
        if width in NUMBERS:
            fields[name] = int.from_bytes(raw, "big")
        else:
            fields[name] = raw.decode("latin-1").rstrip(" ")
    return Message(chr(data[0]), locate, tracking, int.from_bytes(stamp, "big"), fields)


def decode(data: bytes) -> tuple[int, Message | None]:
    """(0, message), or (code, None)."""
    code = int(check(data))
    if code != Code.OK:
        return code, None
    message = read(data)
    if any(isinstance(v, str) and not v.isascii() for v in message.fields.values()):
        return int(Code.FEED_ENCODING), None
    return code, message


def encode(message: Message) -> bytes:
    """The message as the venue would send it: for files of our own, tests and simulations."""
    parts = [
        message.kind.encode(),
        HEAD.pack(message.locate, message.tracking, message.t_ns.to_bytes(6, "big")),
    ]
    for name, width, size in LAYOUTS[ord(message.kind)]:
        value = message.fields[name]
        if width in NUMBERS:
            parts.append(int(value).to_bytes(size, "big"))
        else:
            parts.append(str(value).encode("latin-1").ljust(size))
    return b"".join(parts)
