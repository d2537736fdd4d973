"""The one driver: pynq's Overlay, DefaultIP and DMA, the same on a board and on a SimDevice.

Only `device` differs. `PynqPort` is a Port: registers by the IP's MMIO, streams by three AXI DMA
blocks in simple mode. Worst case on a board: pynq's Python costs some tens of microseconds an
access and a batch makes twenty, so it is for set-up, batches and checks; `uio.pyx` is the fast way.
A DMA that reports an error, halts or does not end is reset and named, never waited for.
"""

import time
import warnings
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pynq
import pynq.lib.dma
from pynq import DefaultIP

from tickpath.core.errors import BackendError
from tickpath.devices.fpga.port import (
    LANES,
    DeviceLostError,
    RegisterError,
    Rows,
    Words,
    check_messages,
    check_rows,
    check_verdicts,
    lost,
)
from tickpath.devices.fpga.table import STRATEGIES

BEATS_MAX = 4096
"""Beats of one transfer; longer batches are cut. The DMA's length register has 26 bits."""
SLACK = 1024
ORDER_BYTES_MAX = 64
ORDERS_MAX = 4096
"""Orders of one call."""
WAIT_S = 2.0
"""How long a transfer may take before it counts as lost."""
CONTROL, STATUS, RECEIVE = 0x00, 0x04, 0x30
RESET, RUN = 0x4, 0x1
HALTED, IDLE = 0x1, 0x2
ERRORS = {
    0x10: "internal error: a packet was longer than its buffer, or a length was 0",
    0x20: "slave error: memory refused an access",
    0x40: "decode error: an address leads nowhere",
}
"""Bits of a DMA's status register, PG021."""


class TickpathIP(DefaultIP):  # type: ignore[misc]
    """The register window of tp_top."""

    bindto = ["tickpath:user:tp_top:1.0"]  # noqa: RUF012  (pynq reads it as a list)


class Channel:
    """One direction of a DMA with a bound and named errors around pynq's own channel."""

    def __init__(self, dma: Any, channel: Any, offset: int, name: str) -> None:
        if channel is None:
            raise BackendError(f"{name}: the bitstream's DMA lacks a direction: build it anew")
        self.dma, self.channel, self.offset, self.name = dma, channel, offset, name

    def start(self, buffer: Any, nbytes: int) -> None:
        """Begin a transfer. BackendError when the channel is halted or refuses."""
        try:
            self.channel.transfer(buffer, nbytes=nbytes)
        except (RuntimeError, ValueError) as error:
            self.reset()
            raise DeviceLostError(f"{self.name}: {error}: the DMA was reset, try again") from error

    def status(self) -> int:
        return int(self.dma.read(self.offset + STATUS))

    def wait(self, clock: Callable[[], float] = time.monotonic) -> int:
        """Bytes moved. DeviceLostError with the DMA's own reason, or after WAIT_S."""
        end = clock() + WAIT_S
        while True:
            status = self.status()
            for bit, text in ERRORS.items():
                if status & bit:
                    self.reset()
                    raise DeviceLostError(f"{self.name}: {text}; the DMA was reset")
            if status & HALTED:
                self.reset()
                raise DeviceLostError(f"{self.name}: halted; the DMA was reset")
            if status & IDLE:
                self.channel.wait()
                return int(self.channel.transferred)
            if clock() > end:
                self.reset()
                raise lost("a transfer", self.name)

    def reset(self) -> None:
        """Soft reset of the whole DMA, both directions, and start again."""
        self.dma.write(CONTROL, RESET)
        for channel in (self.dma.sendchannel, self.dma.recvchannel):
            if channel is not None:
                channel.start()


class PynqPort:
    """An overlay under pynq. `bitfile` is a path; `device` is a pynq.Device, the board's own when
    None. BackendError with pynq's reason when the overlay cannot be loaded."""

    name = "pynq"

    def __init__(self, bitfile: str, device: Any = None, *, beats_max: int = BEATS_MAX) -> None:
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", UserWarning)
                self.overlay = pynq.Overlay(bitfile, device=device)
                self.ip = self.overlay.tp_top_0
                rows, messages, feed = (
                    getattr(self.overlay, name) for name in ("dma_rows", "dma_messages", "dma_feed")
                )
        except (RuntimeError, OSError, ValueError, AttributeError, KeyError) as error:
            raise BackendError(f"overlay {bitfile}: {error}") from error
        self.name = f"pynq, {getattr(self.overlay.device, 'name', 'device')}"
        self.beats_max = beats_max
        self.rows_in, self.scores_out = both(rows, "dma_rows")
        self.messages_in, self.verdicts_out = both(messages, "dma_messages")
        self.feed_in, self.orders_out = both(feed, "dma_feed")
        self._memory = {
            "rows": self._allocate((beats_max, LANES), "i4"),
            "scores": self._allocate((beats_max * STRATEGIES, 2), "u8"),
            "messages": self._allocate((beats_max, 2), "u8"),
            "verdicts": self._allocate((beats_max + SLACK,), "u8"),
            "feed": self._allocate((2048,), "u1"),
            "order": self._allocate((ORDER_BYTES_MAX,), "u1"),
        }
        self._armed = False

    def _allocate(self, shape: tuple[int, ...], dtype: str) -> Any:
        return pynq.allocate(shape, dtype, target=self.overlay.device)

    def read(self, address: int) -> int:
        return int(self._access("read", address, lambda: int(self.ip.read(address))))

    def write(self, address: int, word: int) -> None:
        self._access("write", address, lambda: self.ip.write(address, int(word) & 0xFFFFFFFF))

    def _access(self, verb: str, address: int, call: Callable[[], Any]) -> Any:
        """pynq has no errors of the bus: what a SimDevice raises passes, the rest is named."""
        try:
            return call()
        except (RegisterError, DeviceLostError):
            raise
        except (RuntimeError, OSError, ValueError, MemoryError) as error:
            raise DeviceLostError(f"{self.name}: {verb} of 0x{address:04X}: {error}") from error

    def rows(self, rows: Rows, results: int) -> Words:
        found = check_rows(rows)
        count = len(found)
        if not count:
            return np.zeros((0, 2), np.uint64)
        if results > len(self._memory["scores"]) or count > self.beats_max:
            raise BackendError(f"{count} beats with {results} results: {self.beats_max} at most")
        self._memory["rows"][:count] = found
        self.scores_out.start(self._memory["scores"], 16 * results)
        self.rows_in.start(self._memory["rows"], 4 * LANES * count)
        self.rows_in.wait()
        moved = self.scores_out.wait()
        if moved != 16 * results:
            raise DeviceLostError(
                f"{self.name}: {moved // 16} results instead of {results}: reset the overlay"
            )
        return np.array(self._memory["scores"][:results])

    def messages(self, messages: Words, orders: int) -> Words:
        found = check_messages(messages)
        count = len(found)
        if not count:
            return np.zeros(0, np.uint64)
        if count > self.beats_max:
            raise BackendError(f"{count} messages: {self.beats_max} at most")
        self._memory["messages"][:count] = found
        self.verdicts_out.start(self._memory["verdicts"], 8 * (orders + SLACK))
        self.messages_in.start(self._memory["messages"], 16 * count)
        self.messages_in.wait()
        moved = self.verdicts_out.wait()
        return check_verdicts(np.array(self._memory["verdicts"][: moved // 8]), orders)

    def set_time(self, now_ns: int) -> None:
        raise BackendError(f"{self.name}: the fabric has its own time, {now_ns} cannot be set")

    def packets(self, packets: Sequence[bytes]) -> None:
        for packet in packets:
            room = self._memory["feed"]
            if not 0 < len(packet) <= len(room):
                raise BackendError(f"packet of {len(packet)} bytes: 1 to {len(room)}")
            room[: len(packet)] = np.frombuffer(packet, np.uint8)
            self.feed_in.start(room, len(packet))
            self.feed_in.wait()

    def orders(self) -> list[bytes]:
        found: list[bytes] = []
        while len(found) < ORDERS_MAX:
            if not self._armed:
                self.orders_out.start(self._memory["order"], ORDER_BYTES_MAX)
                self._armed = True
            if not self.orders_out.status() & IDLE:
                break
            moved = self.orders_out.wait()
            found.append(bytes(self._memory["order"][:moved]))
            self._armed = False
        return found

    def close(self) -> None:
        for buffer in self._memory.values():
            buffer.freebuffer()
        self._memory.clear()


def both(dma: Any, name: str) -> tuple[Channel, Channel]:
    """The sending and the receiving direction of a DMA."""
    return (
        Channel(dma, dma.sendchannel, 0, f"{name} to the overlay"),
        Channel(dma, dma.recvchannel, RECEIVE, f"{name} from the overlay"),
    )


def open_board(bitfile: str, device: Any = None) -> PynqPort:
    """The overlay in `bitfile` on the board of this host, or on `device`."""
    return PynqPort(bitfile, device)
