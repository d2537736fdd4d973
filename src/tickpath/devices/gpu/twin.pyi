import numpy as np
import numpy.typing as npt

def rows(
    prices: npt.NDArray[np.float64], quotes: npt.NDArray[np.float64], windows: npt.NDArray[np.void]
) -> npt.NDArray[np.void]: ...
def bank(
    table: npt.NDArray[np.void], features: npt.NDArray[np.float64]
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int8], npt.NDArray[np.int32]]: ...
