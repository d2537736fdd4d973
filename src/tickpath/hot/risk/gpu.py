"""Monte Carlo figures of the portfolio on a GPU, off the path; see portfolio/worker.py.

`[backends] risk = "gpu"`. Checks and everything else of risk stay in the walk. The paths are the
same bits with a GPU and without, so that which of the two answered changes no figure.
"""

from tickpath.core.backend import Available
from tickpath.devices.gpu.opened import Opened, opened
from tickpath.devices.gpu.probe import probe as device_probe
from tickpath.hot.risk.portfolio.monte_carlo import simulate
from tickpath.lanes.batches import Device


def probe() -> Available:
    """Whether a GPU can draw the paths."""
    return device_probe()


def device(found: Opened | None = None) -> Device:
    """`simulate` on the device, or why not. Never raises."""
    answer = found or opened()
    return Device(function=answer.given(simulate), reason=answer.reason)
