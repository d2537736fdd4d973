"""A part of a recording, which a run trades with everything before it as warm-up.

A part of a recording has no snapshot at its start, and its indicators would be cold. So the run
begins with the recording (`Options.start_ns`): books, features, models and strategies see every
event, but strategies are paused until the part begins.
"""

from dataclasses import dataclass

import numpy as np

from tickpath.core.errors import ConfigError
from tickpath.venues.sim.frames import Recording


@dataclass(frozen=True, slots=True)
class Window:
    """[begin_ns, end_ns) in receive time."""

    begin_ns: int
    end_ns: int

    def __post_init__(self) -> None:
        if self.begin_ns >= self.end_ns:
            raise ConfigError(f"window {self.begin_ns} to {self.end_ns} ns is empty")

    @property
    def span_ns(self) -> int:
        return self.end_ns - self.begin_ns

    def check(self, recording: Recording) -> None:
        """Raises ConfigError when no frame of the recording was received in it."""
        begin, end = np.searchsorted(recording.t_ns, [self.begin_ns, self.end_ns])
        if begin == end:
            raise ConfigError(
                f"no frame was received in the window {self.begin_ns} to {self.end_ns} ns: "
                "take longer windows"
            )
