"""Memory of the parts of a batch, kept with a port from one batch to the next.

A slot has one part: pinned arrays on the host, buffers on the device, and the launches between
them. Two slots of one shape are a pair. Pairs are found by the key of their work, which has every
shape in it; PAIRS_MAX of them and HELD_BYTES_MAX are kept, the one used longest ago leaves first.
Worst case: batches of ever new shapes, each of which takes new memory.
"""

from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from typing import Any, NamedTuple
from weakref import WeakKeyDictionary

import numpy as np
import numpy.typing as npt

from tickpath.devices.gpu.port import Buffer, Graph, Launch, Mark, Port, Shape

HELD_BYTES_MAX = 1 << 28
"""Of all pairs of a port, host and device together."""
PAIRS_MAX = 8

Array = npt.NDArray[Any]


class Kind(NamedTuple):
    """Of an array."""

    shape: Shape
    dtype: np.dtype[Any]

    def nbytes(self) -> int:
        return int(np.prod(self.shape, dtype=np.int64)) * self.dtype.itemsize


class Plan(NamedTuple):
    """What a slot is made of. `launches` are given the buffers, inputs in front."""

    inputs: tuple[Kind, ...]
    outs: tuple[Kind, ...]
    launches: Callable[[list[Buffer]], list[Launch]]

    def nbytes(self) -> int:
        """Of a slot, host and device together."""
        return 2 * sum(kind.nbytes() for kind in (*self.inputs, *self.outs))


@dataclass(kw_only=True, slots=True)
class Slot:
    """One part. `first` and `count` are its columns; `done` is where its answer is ready on the
    device, `fetched` where it is on the host."""

    inputs: list[Array]
    outs: list[Array]
    buffers: list[Buffer]
    launches: list[Launch]
    graph: Graph | None = None
    used: int = 0
    first: int = 0
    count: int = 0
    done: Mark = None
    fetched: Mark = None

    def copies_in(self) -> list[tuple[Array, Buffer]]:
        return list(zip(self.inputs, self.buffers, strict=False))

    def copies_out(self) -> list[tuple[Array, Buffer]]:
        return list(zip(self.outs, self.buffers[len(self.inputs) :], strict=True))

    def start(self, port: Port) -> None:
        """Queue the launches: one by one at first, which also loads the kernels, then as one."""
        self.used += 1
        if self.used == 2:
            self.graph = port.capture(self.launches)
        if self.graph is not None:
            port.replay(self.graph)
            return
        for launch in self.launches:
            port.launch(launch.kernel, launch.grid, launch.block, *launch.arguments)


def made_slot(port: Port, plan: Plan) -> Slot:
    """New memory. Raises BackendError when there is no room."""
    buffers = [port.empty(kind.shape, kind.dtype) for kind in (*plan.inputs, *plan.outs)]
    return Slot(
        inputs=[port.pinned(kind.shape, kind.dtype) for kind in plan.inputs],
        outs=[port.pinned(kind.shape, kind.dtype) for kind in plan.outs],
        buffers=buffers,
        launches=plan.launches(buffers),
    )


Pair = tuple[Slot, Slot]


@dataclass(slots=True)
class Held:
    """Pairs by key, the one used last at the end, and the bytes of each."""

    pairs: OrderedDict[Hashable, Pair] = field(default_factory=OrderedDict)
    sizes: dict[Hashable, int] = field(default_factory=dict)

    def pair(self, port: Port, key: Hashable, plan: Plan) -> Pair:
        """The pair of a plan; `key` names all that decides its launches but the shapes. All copies
        and kernels of earlier batches must be done: memory may go to another. BackendError when the
        device has no room."""
        place = key, plan.inputs, plan.outs
        if place not in self.pairs:
            need = 2 * plan.nbytes()
            while self.pairs and (
                len(self.pairs) >= PAIRS_MAX or need + sum(self.sizes.values()) > HELD_BYTES_MAX
            ):
                del self.sizes[self.pairs.popitem(last=False)[0]]
            self.pairs[place] = made_slot(port, plan), made_slot(port, plan)
            self.sizes[place] = need
        self.pairs.move_to_end(place)
        return self.pairs[place]

    def forget(self) -> None:
        """Let go of all memory."""
        self.pairs.clear()
        self.sizes.clear()


PORTS: WeakKeyDictionary[Port, Held] = WeakKeyDictionary()


def held_by(port: Port) -> Held:
    """What is kept with a port for as long as there is one."""
    return PORTS.setdefault(port, Held())
