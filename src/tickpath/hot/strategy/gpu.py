"""A bank of strategies over many rows on a GPU: off the path and for research.

A strategy decides on the event in hand; its answer cannot come a batch later without being another
strategy. So `[backends] strategy = "gpu"` is for a bank that the lane scores (`[lane] bank`): its
votes over all instruments are a score that strategies read with its age. `bank` is for research.
Both have the bits of `Bank.scores` either way.
"""

from collections.abc import Callable

from tickpath.core.backend import Available
from tickpath.devices.gpu.batch import bank_rows
from tickpath.devices.gpu.opened import Opened, opened, probe_batches
from tickpath.lanes.batches import Batches, Device


def probe() -> Available:
    """Whether a GPU can score a bank in batches."""
    return probe_batches("off the path")


def device(found: Opened | None = None) -> Device:
    """`bank_rows` on the device, or why not. Never raises."""
    answer = found or opened()
    return Device(function=answer.given(bank_rows), reason=answer.reason)


def bank(found: Opened | None = None, *, tell: Callable[[str], None] | None = None) -> Batches:
    """`bank_rows(table, features)` on the device, on the CPU where there is none and from the first
    failure on."""
    return Batches("strategy", bank_rows, device(found), tell=tell)
