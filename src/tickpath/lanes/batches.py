"""A batch on a device with its twin on the CPU: which of them runs, since when, and why.

A worker off the path calls `Batches` with the arrays of a batch. It runs on the device until the
device fails once. That batch and all later ones then run on the CPU, for the rest of the process: a
device that was lost or ran out of memory is not trusted again without its self-test. `tell` hears
of it once. A batch that the CPU refuses as well was at fault itself, unless the device says that it
was the device (BackendError). What the walk sees is an answer that comes a little later; nothing
here is called by the walk. Worst case: a device that hangs holds the worker, and its last answer
grows old and then counts as absent.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from tickpath.core.errors import BackendError

Function = Callable[..., Any]
REASON_CHARS_MAX = 200


@dataclass(frozen=True, kw_only=True, slots=True)
class Device:
    """A function on a device, or why there is none."""

    function: Function | None
    reason: str
    name: str = "gpu"


NO_DEVICE = Device(function=None, reason="not asked for", name="native")


class Batches:
    """Callable: the arrays of a batch in, its result out. Raises what the CPU's function raises."""

    def __init__(
        self,
        name: str,
        cpu: Function,
        device: Device = NO_DEVICE,
        *,
        tell: Callable[[str], None] | None = None,
    ) -> None:
        """`name` is of the stage, for what is told. A device without a function is told at once,
        unless nobody asked for one."""
        self.name, self.cpu, self.device = name, cpu, device.function
        self._asked = device.name
        self.backend = device.name if device.function is not None else "native"
        self.reason = device.reason[:REASON_CHARS_MAX]
        self.batches = self.device_batches = self.errors = 0
        self._tell = tell
        if device.function is None and device is not NO_DEVICE:
            self._say()

    def _say(self) -> None:
        if self._tell is not None:
            self._tell(f"{self.name}: {self._asked} -> native: {self.reason}")

    def __call__(self, *arguments: Any) -> Any:
        """The result of one batch."""
        self.batches += 1
        if self.device is None:
            return self.cpu(*arguments)
        try:
            found = self.device(*arguments)
        except BackendError as error:
            self.fall_back(error)
            return self.cpu(*arguments)
        except Exception as error:
            found = self.cpu(*arguments)
            self.fall_back(error)
            return found
        self.device_batches += 1
        return found

    def fall_back(self, error: Exception | str) -> None:
        """Run on the CPU from now on, because of what the device did."""
        text = str(error) or type(error).__name__
        self.errors += 1
        self.device, self.backend = None, "native"
        self.reason = " ".join(text.split())[:REASON_CHARS_MAX]
        self._say()

    def figures(self) -> dict[str, Any]:
        """Counters, and where batches run now."""
        return {
            "backend": self.backend,
            "reason": self.reason,
            "batches": self.batches,
            "device_batches": self.device_batches,
            "device_errors": self.errors,
        }
