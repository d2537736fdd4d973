"""The verbs of an overlay. Host code speaks to a Port and to nothing else.

Registers are 32-bit words at the addresses of `regs.py`. Streams move whole batches:

    rows      int32 [beats, 8]; a row takes ceil(inputs / 8) beats, its rest padded with 0
    scores    uint64 [n * strategies, 2]; see `scores.py` for what the words hold
    messages  uint64 [n, 2]; see `messages.py`
    verdicts  uint64 [orders]
    packets   bytes of one UDP payload each; orders are bytes of one order each

Every call has a bound: an overlay that does not answer is a DeviceLostError, never a hang.
"""

from collections.abc import Sequence
from typing import Protocol

import numpy as np
import numpy.typing as npt

from tickpath.core.errors import BackendError

Words = npt.NDArray[np.uint64]
Rows = npt.NDArray[np.int32]

LANES = 8
"""Inputs of a beat."""
STROBES_ALL = 15
END_OF_BATCH = 0xFFFF
"""Code of the verdict behind the last one of a batch of messages; its tag is no order's."""
HOST_TAG_MAX = 2**31 - 1
"""Tags of the host; those of the overlay's own intents have the bit above."""


class DeviceLostError(BackendError):
    """The device does not answer any more, or answered what no sound device would."""


class RegisterError(BackendError):
    """The overlay refused an access: no such register, read only, or busy with a commit."""


class Port(Protocol):
    """An overlay, or what stands in for one. Used by one thread at a time."""

    name: str

    def read(self, address: int) -> int:
        """A register. RegisterError when there is none, DeviceLostError without an answer."""

    def write(self, address: int, word: int) -> None:
        """Set a register. RegisterError when refused, DeviceLostError without an answer."""

    def rows(self, rows: Rows, results: int) -> Words:
        """Scores of all rows: `results` of them, [results, 2], in the order of the rows.

        DeviceLostError when fewer or more come, or when nothing moves any more.
        """

    def messages(self, messages: Words, orders: int) -> Words:
        """Verdicts of the `orders` orders among the messages, in their order."""

    def packets(self, packets: Sequence[bytes]) -> None:
        """Feed the market data parser, one payload behind the other."""

    def set_time(self, now_ns: int) -> None:
        """Set the clock that order rates are counted by. BackendError where the fabric has its own,
        as on a board."""

    def orders(self) -> list[bytes]:
        """Orders that left since the last call, oldest first, at most ORDERS_MAX."""

    def close(self) -> None:
        """Give it back. A second call does nothing."""


def check_rows(rows: Rows) -> Rows:
    """Rows as the overlay reads them. BackendError for another shape or type."""
    if rows.dtype != np.int32 or rows.ndim != 2 or rows.shape[1] != LANES:
        raise BackendError(
            f"rows of {rows.dtype} {list(rows.shape)}: int32 [beats, {LANES}] are needed"
        )
    return np.ascontiguousarray(rows)


def check_messages(messages: Words) -> Words:
    """Messages as the overlay reads them. BackendError for another shape or type."""
    if messages.dtype != np.uint64 or messages.ndim != 2 or messages.shape[1] != 2:
        raise BackendError(
            f"messages of {messages.dtype} {list(messages.shape)}: uint64 [n, 2] are needed"
        )
    return np.ascontiguousarray(messages)


def check_verdicts(found: Words, orders: int) -> Words:
    """Verdicts of the host's orders, without the end of the batch and without those of intents.

    DeviceLostError when the end is missing or the count is another.
    """
    if not len(found) or int(found[-1]) & 0xFFFF != END_OF_BATCH:
        raise DeviceLostError("the gate did not end its batch of verdicts: reset the overlay")
    before = found[:-1]
    mine: Words = before[(before >> np.uint64(63)) == 0]
    if len(mine) != orders:
        raise DeviceLostError(
            f"{len(mine)} verdicts for {orders} orders: the gate lost count, reset the overlay"
        )
    return mine


def refused(verb: str, address: int) -> RegisterError:
    """What a SLVERR means."""
    return RegisterError(
        f"register 0x{address:04X}: {verb} refused: no such register, not for that, or busy; "
        "see docs/reference/fpga-registers.md"
    )


def lost(what: str, name: str) -> DeviceLostError:
    """What a missing answer means."""
    return DeviceLostError(
        f"{name}: no answer to {what}: reset the overlay, then load table and settings again"
    )
