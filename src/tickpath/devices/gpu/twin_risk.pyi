from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

TILE: int

def philox(counter: Sequence[int], key: Sequence[int]) -> list[int]: ...
def normal_of(bits: npt.NDArray[np.uint64]) -> npt.NDArray[np.float64]: ...
def normals(seed: int, run: int, first: int, count: int, pairs: int) -> npt.NDArray[np.float64]: ...
def paths(
    factor: npt.NDArray[np.float64],
    exposures: npt.NDArray[np.float64],
    inverse: npt.NDArray[np.int32],
    assets: int,
    seed: int,
    run: int,
    first: int,
    count: int,
    form: str | None = None,
) -> npt.NDArray[np.float64]: ...
def covariance(
    returns: npt.NDArray[np.float64],
    rows: npt.NDArray[np.float64],
    sampled: npt.NDArray[np.int64],
    decay: float,
    start: int,
) -> npt.NDArray[np.float64]: ...
