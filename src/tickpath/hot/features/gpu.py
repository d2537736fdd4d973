"""Feature rows of many symbols and windows on a GPU: for research, never for the walk.

The walk decides on the row of the event in hand, and a batch is an event too late by its nature: a
lane of rows would change what is decided, not only how fast. So `[backends] features = "gpu"` is
refused, and what is offered is `rows`, with the bits of the indicators either way.
"""

from collections.abc import Callable

from tickpath.core.backend import Available
from tickpath.devices.gpu.batch import feature_rows
from tickpath.devices.gpu.opened import Opened, opened, probe_batches
from tickpath.lanes.batches import Batches, Device


def probe() -> Available:
    """Whether a GPU can compute rows in batches."""
    return probe_batches("for research")


def device(found: Opened | None = None) -> Device:
    """`feature_rows` on the device, or why not. Never raises."""
    answer = found or opened()
    return Device(function=answer.given(feature_rows), reason=answer.reason)


def rows(found: Opened | None = None, *, tell: Callable[[str], None] | None = None) -> Batches:
    """`feature_rows(prices, quotes, windows)` on the device, on the CPU where there is none and
    from the first failure on."""
    return Batches("features", feature_rows, device(found), tell=tell)
