"""The device of this process, opened once: probe, port, self-test, or the reason for none.

What a stage's gpu.py builds on. A device whose kernels do not give the bytes of the CPU is refused.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, partial
from typing import Any

from tickpath.core.backend import Available
from tickpath.core.errors import TickpathError
from tickpath.devices.gpu.port import Port
from tickpath.devices.gpu.probe import Found, look
from tickpath.devices.gpu.probe import probe as device_probe
from tickpath.devices.gpu.selftest import device_port, self_test


@dataclass(frozen=True, kw_only=True, slots=True)
class Opened:
    """A port that passed its self-test, or None; `reason` is the device's name or why not."""

    port: Port | None
    reason: str

    def given(self, function: Callable[..., Any]) -> Callable[..., Any] | None:
        """A function that takes a `port`, with this one; None without."""
        return None if self.port is None else partial(function, port=self.port)


def open_device(
    found: Found | None = None, open_port: Callable[[Found], Port] | None = None
) -> Opened:
    """Never raises. `found` is the probe's answer, asked for when None."""
    answer = look() if found is None else found
    if not answer.available.ok:
        return Opened(port=None, reason=answer.available.reason)
    try:
        port = (open_port or device_port)(answer)
    except TickpathError as error:
        return Opened(port=None, reason=str(error))
    test = self_test(port)
    if not test.ok:
        return Opened(port=None, reason=f"self-test: {test.reason}")
    return Opened(port=port, reason=answer.available.reason)


@cache
def opened() -> Opened:
    """Device 0 of this process; asked once, so that its kernels are compiled and tested once."""
    return open_device()


def probe_batches(where: str) -> Available:
    """Whether a GPU can run batches of a stage that none of are in the walk; `where` they are."""
    answer = device_probe()
    said = f"batches {where}, none in the walk; {answer.reason}" if answer.ok else answer.reason
    return Available(ok=answer.ok, reason=said)
