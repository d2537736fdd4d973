"""A batch in parts of one shape: copies of a part go beside the kernels of the one before.

While kernels work on one slot of a pair, the host fills the other and its copy is under way; the
answer of a part is fetched behind the copy of the next one, so that no copy waits for a kernel that
it has nothing to do with. Parts are columns that a kernel treats one by one, so the bytes are those
of the whole batch. A port is for one thread at a time. Worst case: a batch of one part, which pays
a copy through pinned memory and has nothing to go beside.
"""

from collections import deque
from collections.abc import Callable, Hashable, Sequence
from contextlib import suppress
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from tickpath.core.errors import BackendError
from tickpath.devices.gpu.port import COPY, WORK, Buffer, Launch, Port, Shape
from tickpath.devices.gpu.slots import Array, Kind, Pair, Plan, Slot, held_by

PART_BYTES = 1 << 24
"""Of the columns of a part, in and out. An estimate: about 0.7 ms of a PCIe 4 link."""


class Work(NamedTuple):
    """A batch. `key` names all that decides its launches but the shapes. `whole` are arrays that
    every part reads; `cut` those that are cut along `axis`, 0 or -1, float64 and of one length
    there. `outs` are shape and kind of the answers for so many columns; `launches` start the
    kernels for so many, given the buffers of whole, cut and outs."""

    key: Hashable
    whole: Sequence[Array]
    cut: Sequence[npt.NDArray[np.float64]]
    outs: Callable[[int], Sequence[tuple[Shape, npt.DTypeLike]]]
    launches: Callable[[int, list[Buffer]], list[Launch]]
    axis: int = -1

    def length(self) -> int:
        return int(self.cut[0].shape[self.axis])

    def span(self, first: int, count: int) -> tuple[Any, ...]:
        """The index of columns of an array."""
        place = slice(first, first + count)
        return (place,) if self.axis == 0 else (..., place)

    def answers(self, width: int) -> tuple[Kind, ...]:
        return tuple(Kind(shape, np.dtype(kind)) for shape, kind in self.outs(width))

    def width(self) -> int:
        """Columns of a part: all, or as many as PART_BYTES have, one at least."""
        column = sum(array.nbytes for array in self.cut) // self.length()
        column += sum(kind.nbytes() for kind in self.answers(1))
        return min(self.length(), max(1, PART_BYTES // column))

    def plan(self, width: int) -> Plan:
        """Of a slot of that width."""
        shapes = [list(array.shape) for array in self.cut]
        for shape in shapes:
            shape[self.axis] = width
        return Plan(
            (
                *(Kind(array.shape, array.dtype) for array in self.whole),
                *(Kind(tuple(shape), np.dtype(np.float64)) for shape in shapes),
            ),
            self.answers(width),
            lambda buffers: self.launches(width, buffers),
        )


def in_parts(port: Port, work: Work) -> list[Array]:
    """The answers of a batch, whole. On an error of the device, which is raised, its memory is let
    go once nothing is under way there any more. Raises BackendError."""
    held, width = held_by(port), work.width()
    try:
        pair = held.pair(port, (work.key, work.axis), work.plan(width))
        return piped(port, work, pair, width)
    except BaseException:
        with suppress(BackendError):
            port.sync()
        held.forget()
        raise


def piped(port: Port, work: Work, pair: Pair, width: int) -> list[Array]:
    """All parts through a pair of slots."""
    length = work.length()
    found = [np.empty(kind.shape, kind.dtype) for kind in work.answers(length)]
    under_way: deque[Slot] = deque()
    for number, first in enumerate(range(0, length, width)):
        slot, fresh = pair[number % 2], number < 2
        if not fresh:
            collect(port, work, under_way.popleft(), found)
        fill(work, slot, first, fresh=fresh)
        for array, buffer in slot.copies_in()[0 if fresh else len(work.whole) :]:
            port.send(array, buffer)
        port.wait(WORK, port.mark(COPY))
        slot.start(port)
        slot.done = port.mark(WORK)
        if under_way:
            fetch(port, under_way[-1])
        under_way.append(slot)
    fetch(port, under_way[-1])
    for slot in under_way:
        collect(port, work, slot, found)
    return found


def fill(work: Work, slot: Slot, first: int, *, fresh: bool) -> None:
    """A part into pinned memory: its columns, then NaN up to the width; in a slot's first part of a
    batch also what all parts read."""
    whole = len(work.whole)
    slot.first, slot.count = first, min(work.length() - first, slot.inputs[-1].shape[work.axis])
    if fresh:
        for array, given in zip(slot.inputs, work.whole, strict=False):
            np.copyto(array, given)
    for array, given in zip(slot.inputs[whole:], work.cut, strict=True):
        array[work.span(0, slot.count)] = given[work.span(first, slot.count)]
        array[work.span(slot.count, array.shape[work.axis])] = np.nan


def fetch(port: Port, slot: Slot) -> None:
    """Queue the copies of a part's answer."""
    port.wait(COPY, slot.done)
    for array, buffer in slot.copies_out():
        port.fetch(buffer, array)
    slot.fetched = port.mark(COPY)


def collect(port: Port, work: Work, slot: Slot, found: list[Array]) -> None:
    """A part's answer to its place."""
    port.reach(slot.fetched)
    for whole, part in zip(found, slot.outs, strict=True):
        whole[work.span(slot.first, slot.count)] = part[work.span(0, slot.count)]
