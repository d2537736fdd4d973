import numpy as np
import numpy.typing as npt

from tickpath.venues.sim.frames import Recording
from tickpath.venues.sim.native import SimVenue

Ints = npt.NDArray[np.int64]

def market_of(
    venue: SimVenue, recording: Recording, depth: int, until_ns: int
) -> tuple[Ints, Ints, Ints, Ints, Ints]: ...
