import numpy as np
import numpy.typing as npt

TILE: int

def moments(
    prices: npt.NDArray[np.float64], periods: npt.NDArray[np.int64]
) -> npt.NDArray[np.float64]: ...
def correlations(
    xs: npt.NDArray[np.float64], ys: npt.NDArray[np.float64], period: int
) -> npt.NDArray[np.float64]: ...
def averages(
    series: npt.NDArray[np.float64], alpha: float, first: int, seed: int, warm: int
) -> npt.NDArray[np.float64]: ...
