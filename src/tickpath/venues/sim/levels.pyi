from typing import Any

import numpy as np
import numpy.typing as npt

from tickpath.venues.sim.frames import Recording
from tickpath.venues.sim.native import SimVenue

BOOK: np.dtype[Any]
LEVEL: np.dtype[Any]

def levels_of(
    venue: SimVenue, recording: Recording, depth: int, frames: int
) -> tuple[npt.NDArray[np.void], npt.NDArray[np.void]]: ...
