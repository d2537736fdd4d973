"""SBE messages of the spot WebSocket API (schemas `spot_2_1` and `spot_3_5`): Python with `struct`.

In: the bytes of one message. Out: its block's fields by their place, and its texts. Verdicts in
this order: header (SCHEMA for a schema that is not read, UNKNOWN_KIND for another template), then
the whole layout from front to back (SCHEMA for a block shorter than that of schema 2:1, TRUNCATED
past the end, SYNTAX for bytes behind a version whose layout is known).
Schemas: 2:1 and every version of 3. Between these the fields that are read keep their places;
versions lengthen blocks and append data, both are skipped by the lengths in the frame.
Source: the venue's schemas of those names. Worst case: linear in the frame.
"""

import struct
from typing import NamedTuple

from tickpath.core.codes import Code
from tickpath.venues.binance.wire_sbe import HEADER, Reader
from tickpath.venues.text.rules import Refused

VERSIONS = {2: (1, 1), 3: (0, 5)}
"""By schema id: the first version that has user events, the last whose layout is known."""

ENVELOPE, ERROR, REPLACED, EXECUTION = 50, 100, 307, 603
PLACED, CANCELLED, STANDING = (300, 301, 302), 305, 304
TERMINATED, SHUTDOWN = 602, 610
QUIET = (600, 601, TERMINATED, 604, 606, 607, SHUTDOWN)
"""Events that say nothing of orders: allocations, balances, locks, lists, ends of the stream."""

NULL = -(2**63)
"""A number or time of 64 bits that is absent."""

TEMPLATE_END = 9
"""High byte of a template's number from which a frame could be text: white space, then letters."""


class Shape(NamedTuple):
    """A message's layout: the shortest block, groups as they stand, widths of texts' lengths."""

    block_bytes: int
    groups: tuple[str, ...] = ()
    widths: tuple[int, ...] = ()


SHAPES = {
    ENVELOPE: Shape(3, ("limits",), (1, 4)),
    ERROR: Shape(18, (), (2, 4)),
    300: Shape(24, (), (1, 1)),
    301: Shape(142, (), (1, 1)),
    302: Shape(142, ("fills", "prevented"), (1, 1)),
    STANDING: Shape(151, (), (1, 1)),
    CANCELLED: Shape(126, (), (1, 1, 1)),
    REPLACED: Shape(2, (), (2, 4)),
    EXECUTION: Shape(268, (), (1, 1, 1, 1, 1, 1)),
}
"""Messages that are read."""


def is_sbe(data: bytes) -> bool:
    """Whether a frame is a message and not text: no text has such a byte in that place."""
    return len(data) >= HEADER.size and data[3] < TEMPLATE_END


class Message:
    """One message: the block's fields by their place, then its texts. Raises Refused."""

    def __init__(self, data: bytes) -> None:
        reader = Reader(data)
        block_bytes, self.template, schema, version = reader.unpack(HEADER)
        known = VERSIONS.get(schema)
        if known is None or version < known[0]:
            raise Refused(Code.FEED_SCHEMA)
        if self.template not in SHAPES and self.template not in QUIET:
            raise Refused(Code.FEED_UNKNOWN_KIND)
        shape = SHAPES.get(self.template, Shape(0))
        if block_bytes < shape.block_bytes:
            raise Refused(Code.FEED_SCHEMA)
        self._data, self._block = data, reader.skip(block_bytes)
        for group in shape.groups:
            _skip_group(reader, wide=group != "limits")
        self.texts = [_text(reader, width) for width in shape.widths]
        if shape.block_bytes and version <= known[1] and reader.at != len(data):
            raise Refused(Code.FEED_SYNTAX)

    def long(self, place: int) -> int:
        return self._number("<q", place)

    def short(self, place: int) -> int:
        return self._number("<h", place)

    def word(self, place: int) -> int:
        return self._number("<H", place)

    def byte(self, place: int) -> int:
        return self._number("<B", place)

    def exponent(self, place: int) -> int:
        return self._number("<b", place)

    def _number(self, form: str, place: int) -> int:
        return int(struct.unpack_from(form, self._data, self._block + place)[0])


def _skip_group(reader: Reader, *, wide: bool) -> None:
    """A repeating group; entries of the wide ones end with a text."""
    entry_bytes, count = reader.unpack(struct.Struct("<HI" if wide else "<HH"))
    if not wide:
        reader.skip(entry_bytes * count)
        return
    for _ in range(count):
        reader.skip(entry_bytes)
        _text(reader, 1)


def _text(reader: Reader, width: int) -> bytes:
    """A text or a message, whose length has `width` bytes."""
    start = reader.skip(width)
    length = int.from_bytes(reader.data[start : reader.at], "little")
    start = reader.skip(length)
    return reader.data[start : reader.at]
