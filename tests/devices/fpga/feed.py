"""The simulated feed core by its C ABI, and what it must say, from the Python decoder and book.

`Twin` reads packets as `mold.py` and `itch.py` do and keeps the book with `l3.py`; it has no limits
of size, so it says what is true, and `Rig.tops` must be a prefix of it.
"""

import ctypes
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from random import Random
from typing import Any

import numpy as np

from tickpath.core.codes import Code
from tickpath.devices.fpga import verilate
from tickpath.venues.nasdaq import itch, mold
from tickpath.venues.nasdaq.l3 import L3Book

SOURCES = (
    "price_grid", "order_way", "order_table", "price_side", "top_book", "itch_parse", "feed",
)  # fmt: skip
NAMES = (
    "feed_ok", "book_ok", "lost_reason", "ended", "next_sequence", "live_orders", "n_packets",
    "n_orders", "n_skipped", "n_duplicates", "n_gaps", "n_controls", "n_malformed", "n_unknown",
    "n_foreign", "n_tops", "n_lost", "init_busy", "top_ok", "bid_ticks", "bid_lots", "ask_ticks",
    "ask_lots", "clock", "waits", "last_beat",
)  # fmt: skip
TOP = np.dtype(
    [("clock", "u8")]
    + [(n, "u4") for n in ("ok", "book_ok", "bid_ticks", "bid_lots", "ask_ticks", "ask_lots")]
)
GAP, PACKET, SESSION, MESSAGE, UNKNOWN, DOUBLE, FULL, RANGE, WINDOW, LEVEL = range(1, 11)
"""lost_reason."""

HEADER_BEAT = 2
"""Where a packet's header ends. Damage that shows by then leaves the packet unused, no more."""

SMALL = {"SET_W": 6, "WORD_W": 3, "WORDS_W": 3}
"""Parameters of a core for 256 orders and 64 ticks a side, whose ends are soon met."""

Top = tuple[int, int, int, int]
"""bid ticks, bid lots, ask ticks, ask lots; 0, 0 for a side without orders."""

EMPTY: Top = (0, 0, 0, 0)


def build(parameters: dict[str, int] | None = None) -> ctypes.CDLL:
    """The library of the rig."""
    fabric = verilate.fabric_folder()
    sources = [fabric / f"rtl/{name}.sv" for name in SOURCES]
    path = verilate.library("tp_feed", fabric / "sim/feed_rig.cpp", sources, parameters)
    library = ctypes.CDLL(str(path))
    for name in ("rig_new", "rig_read"):
        getattr(library, name).restype = ctypes.c_uint64
    for name in ("rig_tops", "rig_init", "rig_packet"):
        getattr(library, name).restype = ctypes.c_int64
    return library


class Rig:
    """One simulated core."""

    def __init__(self, library: ctypes.CDLL, seed: int = 1) -> None:
        self.library = library
        self.handle = ctypes.c_void_p(library.rig_new(ctypes.c_uint64(seed)))
        self.buffer = np.zeros(1 << 16, TOP)
        self.listen()

    def close(self) -> None:
        if self.handle:
            self.library.rig_free(self.handle)
            self.handle = ctypes.c_void_p()

    def listen(self) -> int:
        room = ctypes.c_int64(len(self.buffer))
        return int(
            self.library.rig_tops(self.handle, ctypes.c_void_p(self.buffer.ctypes.data), room)
        )

    def reset(self) -> None:
        self.library.rig_reset(self.handle)

    def run(self, clocks: int) -> None:
        self.library.rig_run(self.handle, ctypes.c_int64(clocks))

    def init(
        self, locate: int, *, cents: bool = True, join: bool = False, wait: bool = True
    ) -> int:
        return int(self.library.rig_init(self.handle, locate, cents, join, wait))

    def packet(self, data: bytes, *, stall: int = 0, open_end: bool = False, keep: int = 0) -> int:
        """Clocks that the packet took. Fails when the core does not take it."""
        clocks = self.library.rig_packet(
            self.handle, data, ctypes.c_int64(len(data)), stall, open_end, keep
        )
        assert clocks >= 0, "the core takes no more beats"
        return int(clocks)

    def read(self, name: str) -> int:
        return int(self.library.rig_read(self.handle, NAMES.index(name)))

    def settle(self) -> None:
        """Until what was given has had its effect: a full queue and the slowest changes."""
        self.run(600)

    def take(self) -> "list[tuple[Top, bool]]":
        """(top, top_ok) of every top since the last call."""
        count = self.listen()
        assert count <= len(self.buffer), "more tops than the buffer holds"
        rows = self.buffer[:count].copy()
        names = ("bid_ticks", "bid_lots", "ask_ticks", "ask_lots")
        tops = zip(*(rows[name].tolist() for name in names), strict=True)
        return list(zip(tops, rows["ok"].astype(bool).tolist(), strict=True))


@dataclass
class Twin:
    """What the core must say of packets that are given in order."""

    locate: int
    units: int = 100
    join: bool = False
    window: int = 1 << 10

    def __post_init__(self) -> None:
        self.anchors = [0, 0]
        self.book = L3Book(1)
        self.levels: tuple[dict[int, int], dict[int, int]] = ({}, {})
        self.session = b""
        self.next = 1
        self.lost = 0
        self.tops: list[Top] = []
        self.counts = dict.fromkeys(NAMES, 0)

    def give(self, packets: Iterable[bytes]) -> None:
        for packet in packets:
            self.packet(packet)

    def packet(self, data: bytes) -> None:
        """A packet; a malformed one is used up to where it is malformed."""
        self.counts["n_packets"] += 1
        if len(data) < mold.HEADER.size:
            return
        session, sequence, count = mold.HEADER.unpack_from(data)
        control = count in (0, mold.END_OF_SESSION)
        messages, bad = read_blocks(data, 0 if control else count)
        if not 0 < sequence < mold.SEQUENCE_MAX or bad == HEADER_BEAT:
            return
        if self.session not in (b"", session):
            self.lost = self.lost or SESSION
            return
        if not self.session:
            self.session, self.next = session, sequence if self.join else 1
        if sequence > self.next:
            self.lost = self.lost or GAP
            self.next = sequence
        for number, message in enumerate(messages, sequence):
            if number >= self.next:
                self.message(message)
        self.next = max(self.next, sequence + (0 if control else count))
        if bad >= 0:
            self.lost = self.lost or PACKET

    def message(self, data: bytes) -> None:
        kind = chr(data[0])
        if self.lost or int.from_bytes(data[1:3], "big") != self.locate or kind not in "AFECXDU":
            self.counts["n_skipped"] += not self.lost
            return
        if itch.check(data) != Code.OK:
            self.lost = MESSAGE
            return
        self.counts["n_orders"] += 1
        fields: dict[str, Any] = itch.read(data).fields
        self.lost = self.change(kind, fields)
        if self.lost:
            return
        self.look()

    def look(self) -> None:
        """The top after a message, unless a side's levels have all left its window."""
        bids, asks = self.levels
        bid, ask = max(bids, default=0) // self.units, min(asks, default=0) // self.units
        low, high = self.anchors[0] - self.window, self.anchors[1] + self.window
        if (bids and bid <= low) or (asks and ask >= high):
            self.lost = WINDOW
        lots = bids.get(bid * self.units, 0), asks.get(ask * self.units, 0)
        top = (bid, lots[0], ask, lots[1])
        if not self.lost and top != (self.tops[-1] if self.tops else EMPTY):
            self.tops.append(top)

    def enter(self, side: int, ticks: int, first: bool) -> None:
        """An order enters the book of a side: the window begins at it, or moves to it."""
        anchor = self.anchors[side]
        better = min(anchor, ticks) if side else max(anchor, ticks)
        self.anchors[side] = ticks if first else better

    def change(self, kind: str, f: dict[str, Any]) -> int:
        """Reason of a loss, 0 when the book took it."""
        if kind in "AFU":
            if f["price"] % self.units or f["price"] // self.units >= 1 << 24:
                return RANGE
            if f["shares"] >= 1 << 24:
                return RANGE
        if kind in "AF":
            found = self.book.add(f["reference"], 0, f["side"] == "S", f["shares"], f["price"])
        elif kind in "ECX":
            found = self.book.reduce(f["reference"], f["shares"])
        elif kind == "D":
            found = self.book.delete(f["reference"])
        else:
            found = self.book.replace(f["reference"], f["reference_new"], f["shares"], f["price"])
        code, changes = found
        for side, price, shares in changes:
            levels = self.levels[side]
            if kind in "AFU" and price == f["price"]:
                self.enter(side, price // self.units, first=not levels)
            if shares:
                levels[price] = shares
            else:
                levels.pop(price, None)
            if shares >= 1 << 24:
                return LEVEL
        return {
            Code.FEED_RANGE: RANGE, Code.FEED_UNKNOWN_ORDER: UNKNOWN,
            Code.FEED_DUPLICATE_ORDER: DOUBLE,
        }.get(Code(code), 0)  # fmt: skip


def read_blocks(data: bytes, count: int) -> tuple[list[bytes], int]:
    """Messages of a packet up to where it is malformed, and the beat in which that shows, -1 for a
    good one. A message that ends in that beat is not used."""
    found: list[bytes] = []
    ends: list[int] = []
    at, bad = mold.HEADER.size, -1
    for _ in range(count):
        size = int.from_bytes(data[at : at + 2], "big")
        if at + 2 > len(data) or at + 2 + max(size, 12) > len(data):
            bad = (len(data) - 1) // 8
        if at + 2 <= len(data) and size < 12:
            bad = (at + 1) // 8
        if bad >= 0:
            break
        found.append(data[at + 2 : at + 2 + size])
        at += 2 + size
        ends.append((at - 1) // 8)
    if bad < 0 and at < len(data):
        bad = (at - 1) // 8
    if bad < 0:
        return found, bad
    return [m for m, end in zip(found, ends, strict=True) if end < bad], bad


def in_packets(
    messages: list[bytes], random: Random, *, most: int = 12, session: bytes = b"SESSION001",
    first: int = 1,
) -> Iterator[bytes]:  # fmt: skip
    """Messages in packets of 1 to `most`, now and then a heartbeat between them."""
    at = 0
    while at < len(messages):
        count = random.randrange(1, most + 1)
        yield mold.packet(session, first + at, messages[at : at + count])
        at = min(at + count, len(messages))
        if random.random() < 0.1:
            yield mold.HEADER.pack(session, first + at, 0)


def agree(rig: Rig, twin: Twin) -> int:
    """The core gave every top that its twin gave, then was lost for the same reason, or not at all.
    Returns the reason."""
    rig.settle()
    found, reason = rig.take(), rig.read("lost_reason")
    assert rig.read("book_ok") == (reason == 0)
    if reason:
        assert found.pop() == (EMPTY, False)
    for top, ok in found:
        assert ok == (0 < top[0] <= top[2]), top
    tops = [top for top, _ in found]
    if reason == FULL:
        assert tops == twin.tops[: len(tops)]
        return reason
    assert reason == twin.lost
    assert tops == twin.tops
    return reason
