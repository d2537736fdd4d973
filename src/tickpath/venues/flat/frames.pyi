from typing import Any

import numpy.typing as npt

from tickpath.core.config import Config
from tickpath.core.ticks import Ticks
from tickpath.venues.sim.frames import Recording

def flat_recording(
    venue: str, symbol: str, ticks: Ticks, orders: npt.NDArray[Any] | None = None
) -> Recording: ...
def ticks_of_recording(
    recording: Recording, config: Config, decoder: Any, instrument: int = 0
) -> tuple[Ticks, dict[int, int]]: ...
