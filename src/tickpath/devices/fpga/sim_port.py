"""The overlay without a board: a Port over the Verilated RTL, in this process.

Calls into the library release the GIL. A batch is at most as long as the caller's arrays; nothing
waits longer than QUIET_CLOCKS clocks in which no beat moves. What the simulator cannot tell is how
long a board's memory and buses take: its clocks are the fabric's, its time is not a board's.
"""

import ctypes as c
from collections.abc import Sequence
from enum import IntEnum
from pathlib import Path
from typing import Any

import numpy as np

from tickpath.core.errors import BackendError
from tickpath.devices.fpga.overlay import board_library
from tickpath.devices.fpga.port import (
    STROBES_ALL,
    DeviceLostError,
    Rows,
    Words,
    check_messages,
    check_rows,
    check_verdicts,
    lost,
    refused,
)

QUIET_CLOCKS = 20_000
ORDERS_MAX = 4096
"""Orders kept until they are asked for; beyond, the gate's back-pressure stops the chain."""
ORDER_BEATS_MAX = 8
FEED_CLOCKS = 600
"""What a full queue of messages and the slowest changes of the book take."""
ORDER_CLOCKS = 32
"""So long without a beat means that no order is on its way."""
SLACK = 1024
"""Room for verdicts of the overlay's own intents beside those of a batch."""
LAST = 0x80


class Source(IntEnum):
    """Streams into the overlay."""

    ROWS = 0
    MESSAGES = 1
    FEED = 2


class Sink(IntEnum):
    """Streams out of it."""

    SCORES = 0
    VERDICTS = 1
    ORDERS = 2


class Fault(IntEnum):
    """What a simulated board can be made to do wrong."""

    NONE = 0
    LOST = 1
    WRONG_ID = 2
    WRONG_VERSION = 3
    FLIPPED_SCORE = 4


NO_ANSWER, SLVERR = -1, 2
FACES: dict[str, tuple[Any, list[Any]]] = {
    "board_new": (c.c_void_p, []),
    "board_free": (None, [c.c_void_p]),
    "board_reset": (None, [c.c_void_p, c.c_int]),
    "board_cycles": (c.c_uint64, [c.c_void_p]),
    "board_set_time": (None, [c.c_void_p, c.c_uint64]),
    "board_time": (c.c_uint64, [c.c_void_p]),
    "board_broken": (c.c_uint64, [c.c_void_p]),
    "board_always": (None, [c.c_void_p, c.c_int]),
    "board_seed": (None, [c.c_void_p, c.c_uint32]),
    "board_fault": (None, [c.c_void_p, c.c_int]),
    "board_stall_source": (None, [c.c_void_p, c.c_int, c.c_uint32]),
    "board_stall_sink": (None, [c.c_void_p, c.c_int, c.c_uint32]),
    "board_run": (None, [c.c_void_p, c.c_long]),
    "board_send": (None, [c.c_void_p, c.c_int, c.c_void_p, c.c_long, c.c_void_p]),
    "board_receive": (
        None,
        [c.c_void_p, c.c_int, c.c_void_p, c.c_long, c.c_void_p, c.c_int],
    ),
    "board_left": (c.c_long, [c.c_void_p, c.c_int]),
    "board_taken": (c.c_long, [c.c_void_p, c.c_int]),
    "board_ended": (c.c_int, [c.c_void_p, c.c_int]),
    "board_finish": (c.c_int, [c.c_void_p, c.c_int, c.c_int, c.c_long]),
    "board_latency": (c.c_long, [c.c_void_p, c.c_int, c.c_int]),
    "board_chain_latency": (c.c_long, [c.c_void_p]),
    "board_write_apart": (
        c.c_int,
        [c.c_void_p, c.c_uint32, c.c_uint32, c.c_uint32, c.c_int, c.c_int],
    ),
    "board_write": (c.c_int, [c.c_void_p, c.c_uint32, c.c_uint32, c.c_uint32]),
    "board_read_late": (c.c_int, [c.c_void_p, c.c_uint32, c.POINTER(c.c_uint32), c.c_int]),
    "board_read": (c.c_int, [c.c_void_p, c.c_uint32, c.POINTER(c.c_uint32)]),
}


def load(path: Path) -> c.CDLL:
    """The library with its types. BackendError when it cannot be loaded."""
    try:
        found = c.CDLL(str(path))
        for name, (result, arguments) in FACES.items():
            face = getattr(found, name)
            face.restype, face.argtypes = result, arguments
    except (OSError, AttributeError) as error:
        raise BackendError(
            f"simulated board {path} cannot be loaded ({error}): tickpath fpga build-sim"
        ) from error
    return found


class SimPort:
    """A simulated board of its own. `library` is found or built when None."""

    name = "simulated board"

    def __init__(self, library: Path | None = None, *, seed: int = 1) -> None:
        self.library = load(library or board_library())
        self.board: int | None = self.library.board_new()
        self.library.board_seed(self.board, seed)
        self.quiet = QUIET_CLOCKS
        self._orders = np.zeros((ORDERS_MAX * ORDER_BEATS_MAX, 8), np.uint8)
        self._marks = np.zeros(ORDERS_MAX * ORDER_BEATS_MAX, np.uint8)
        self._left = b""
        self._kept: dict[int, Any] = {}
        self._await_orders()

    # ---------------------------------------------------------------- registers
    def read(self, address: int) -> int:
        word = c.c_uint32()
        answer = self.library.board_read(self._open(), address, c.byref(word))
        if answer == NO_ANSWER:
            raise lost(f"a read of 0x{address:04X}", self.name)
        if answer == SLVERR:
            raise refused("read", address)
        return word.value

    def write(self, address: int, word: int, strobes: int = STROBES_ALL) -> None:
        answer = self.library.board_write(self._open(), address, word & 0xFFFFFFFF, strobes)
        if answer == NO_ANSWER:
            raise lost(f"a write to 0x{address:04X}", self.name)
        if answer == SLVERR:
            raise refused("write", address)

    # ---------------------------------------------------------------- streams
    def rows(self, rows: Rows, results: int) -> Words:
        if not len(rows):
            return np.zeros((0, 2), np.uint64)
        self.send(Source.ROWS, check_rows(rows))
        out = np.zeros((results + 1, 2), np.uint64)
        return self.received(Source.ROWS, Sink.SCORES, out, results, "rows")

    def messages(self, messages: Words, orders: int) -> Words:
        if not len(messages):
            return np.zeros(0, np.uint64)
        self.send(Source.MESSAGES, check_messages(messages))
        out = np.zeros(orders + SLACK, np.uint64)
        found = self.received(Source.MESSAGES, Sink.VERDICTS, out, -1, "messages")
        return check_verdicts(found, orders)

    def packets(self, packets: Sequence[bytes]) -> None:
        beats, marks = feed_beats(packets)
        if len(marks):
            self.send(Source.FEED, beats, marks)
            if self.library.board_finish(self._open(), Source.FEED, -1, self.quiet):
                raise lost("packets", self.name)
            self.run(FEED_CLOCKS)

    def orders(self) -> list[bytes]:
        taken = -1
        while taken != (taken := self.taken(Sink.ORDERS)):
            self.run(ORDER_CLOCKS)
        found, rest = order_bytes(self._orders[:taken], self._marks[:taken], self._left)
        self._left = rest
        self._await_orders()
        return found

    def close(self) -> None:
        if self.board is not None:
            self.library.board_free(self.board)
            self.board = None

    # ---------------------------------------------------------------- what only a simulator has
    def send(self, source: Source, beats: Any, marks: Any = None) -> None:
        """Offer beats from now on; they move with the clocks that pass."""
        self._kept[source] = (beats, marks)
        at = None if marks is None else marks.ctypes.data
        self.library.board_send(self._open(), source, beats.ctypes.data, len(beats), at)

    def receive(self, sink: Sink, out: Words) -> None:
        """Take beats from now on, until the last one of a packet."""
        self._kept[~sink] = out
        self.library.board_receive(self._open(), sink, out.ctypes.data, len(out), None, 0)

    def received(self, source: Source, sink: Sink, out: Words, count: int, what: str) -> Words:
        """What came into `out` until both ended; `count` of them are expected, -1: any."""
        self.receive(sink, out)
        if self.library.board_finish(self._open(), source, sink, self.quiet):
            self.cancel(source)
            raise lost(what, self.name)
        taken = self.taken(sink)
        if count not in (-1, taken):
            raise DeviceLostError(
                f"{self.name}: {taken} results for {what} instead of {count}: reset the overlay"
            )
        return out[:taken]

    def taken(self, sink: Sink) -> int:
        """Beats that came since `receive`."""
        return int(self.library.board_taken(self._open(), sink))

    def left(self, source: Source) -> int:
        """Beats that are still to be taken."""
        return int(self.library.board_left(self._open(), source))

    def ended(self, sink: Sink) -> bool:
        """Whether the last beat of a packet came since `receive`."""
        return bool(self.library.board_ended(self._open(), sink))

    def cancel(self, source: Source) -> None:
        """Offer nothing more; a beat that was offered is taken back, as by a reset."""
        self.library.board_send(self._open(), source, None, 0, None)

    def run(self, clocks: int) -> None:
        """Let clocks pass."""
        self.library.board_run(self._open(), clocks)

    def reset(self, clocks: int = 4) -> None:
        """Hold the reset for so many clocks; what was on its way is lost."""
        self.library.board_reset(self._open(), clocks)
        self._left = b""
        self._await_orders()

    def fault(self, fault: Fault) -> None:
        """Do something wrong from now on."""
        self.library.board_fault(self._open(), fault)

    def stall(self, stream: Source | Sink, chance: int) -> None:
        """Pause a stream in `chance` of 256 clocks; 256 stops it for ever."""
        name = "board_stall_source" if isinstance(stream, Source) else "board_stall_sink"
        getattr(self.library, name)(self._open(), stream, chance)

    def set_time(self, now_ns: int) -> None:
        """What the fabric's clock of time says until the next one is set, or a reset."""
        self.library.board_set_time(self._open(), now_ns)

    @property
    def now_ns(self) -> int:
        """The fabric's time."""
        return int(self.library.board_time(self._open()))

    def never_stop(self) -> None:
        """Keep every clock going, also of what is idle, as on a board."""
        self.library.board_always(self._open(), 1)

    def latency(self, source: Source, sink: Sink) -> int:
        """Clocks from the first beat in to the first beat out, of the last batch."""
        return int(self.library.board_latency(self._open(), source, sink))

    @property
    def chain_latency(self) -> int:
        """Clocks from the newest change of the book's top to the first order behind it."""
        return int(self.library.board_chain_latency(self._open()))

    @property
    def cycles(self) -> int:
        """Clocks since power-up."""
        return int(self.library.board_cycles(self._open()))

    @property
    def broken(self) -> int:
        """Breaches of AXI by the overlay since power-up."""
        return int(self.library.board_broken(self._open()))

    def _open(self) -> int:
        if self.board is None:
            raise DeviceLostError(f"{self.name} is closed: open another")
        return self.board

    def _await_orders(self) -> None:
        self.library.board_receive(
            self._open(), Sink.ORDERS, self._orders.ctypes.data, len(self._orders),
            self._marks.ctypes.data, 1,
        )  # fmt: skip


def feed_beats(packets: Sequence[bytes]) -> tuple[Any, Any]:
    """Beats [n, 8] uint8 and their marks: bytes kept, LAST at the end of a packet."""
    beats, marks = bytearray(), bytearray()
    for packet in packets:
        if not packet:
            continue
        beats += packet + bytes(-len(packet) % 8)
        whole, rest = divmod(len(packet), 8)
        counts = [8] * whole + ([rest] if rest else [])
        counts[-1] |= LAST
        marks += bytes(counts)
    data = np.frombuffer(bytes(beats), np.uint8).reshape(-1, 8)
    return data, np.frombuffer(bytes(marks), np.uint8)


def order_bytes(beats: Any, marks: Any, left: bytes) -> tuple[list[bytes], bytes]:
    """Whole orders, and the bytes of one that has not ended."""
    found: list[bytes] = []
    for beat, mark in zip(beats, marks, strict=True):
        left += bytes(beat[: mark & 15])
        if mark & LAST:
            found.append(left)
            left = b""
    return found, left
