"""The tail of many profits: its size, the smallest profits in order, the losses that follow.

On a device the smallest are found by counting (cuda/include/tickpath/tail.h), so that only the tail
travels back. What is collected there has no order of its own; it is sorted here.
"""

import numpy as np
import numpy.typing as npt

from tickpath.devices.gpu.batch import BLOCK, grid_of
from tickpath.devices.gpu.port import Buffer, Port

PPM = 10**6
BITS = 14
BINS = 1 << BITS
"""TP_TAIL_BINS."""
DIRECT_MAX = 1 << 16
"""So many profits travel back whole: two further kernels and copies cost as much."""


def tail_count(paths: int, confidence_ppm: int) -> int:
    """Profits in the tail: n (1 - c) rounded up, one at least."""
    return max(1, -(-paths * (PPM - confidence_ppm) // PPM))


def tail_losses(tail: npt.NDArray[np.float64]) -> tuple[float, float]:
    """Value at risk and expected shortfall of the ascending profits of a tail: the loss of its
    largest, and the mean loss."""
    return -float(tail[-1]), -float(tail.mean())


def tail_bins(profits: npt.NDArray[np.float64]) -> npt.NDArray[np.int64]:
    """The bin of each profit, as tp_tail_bin has it: 0 is the smallest, not a number the last."""
    bits = profits.view(np.uint64)
    top = np.uint64(1 << 63)
    flipped = np.where(bits >= top, ~bits, bits | top) >> np.uint64(64 - BITS)
    return np.where(np.isnan(profits), BINS - 1, flipped.astype(np.int64))


def least_profits(profits: npt.NDArray[np.float64], count: int) -> npt.NDArray[np.float64]:
    """The smallest `count` profits, ascending; a sort of all costs several times that."""
    return np.sort(np.partition(profits, count - 1)[:count])


def least_on(
    port: Port, profits: Buffer, count: int, direct_max: int = DIRECT_MAX
) -> npt.NDArray[np.float64]:
    """The smallest `count` of profits that are on a device, ascending. Raises BackendError."""
    (total,) = profits.shape
    if total <= direct_max:
        return least_profits(port.download(profits), count)
    counts = port.upload(np.zeros(BINS, np.int32))
    port.launch("tail_counts", grid_of(total), BLOCK, profits, np.int32(total), counts)
    reached = port.download(counts).cumsum()
    last = int(reached.searchsorted(count))
    room = int(reached[last])
    taken, out = port.upload(np.zeros(1, np.int32)), port.empty((room,), np.float64)
    port.launch(
        "tail_collect", grid_of(total), BLOCK,
        profits, np.int32(total), np.int32(last), np.int32(room), taken, out,
    )  # fmt: skip
    port.sync()
    return least_profits(port.download(out), count)
