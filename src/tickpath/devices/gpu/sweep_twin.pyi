import numpy as np
import numpy.typing as npt

LANES: int

def takers(
    plan: npt.NDArray[np.void],
    events: npt.NDArray[np.void],
    books: npt.NDArray[np.void],
    levels: npt.NDArray[np.void],
    sets: npt.NDArray[np.void],
    first: int,
    count: int,
    results: npt.NDArray[np.void],
    orders: npt.NDArray[np.void],
    fills: npt.NDArray[np.void],
    equity: npt.NDArray[np.int64],
) -> None: ...
def makers(
    plan: npt.NDArray[np.void],
    stream: tuple[npt.NDArray[np.void], ...],
    sets: npt.NDArray[np.void],
    first: int,
    count: int,
    results: npt.NDArray[np.void],
    orders: npt.NDArray[np.void],
    fills: npt.NDArray[np.void],
    equity: npt.NDArray[np.int64],
) -> None: ...
