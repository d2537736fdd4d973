from typing import Any

import numpy.typing as npt

LANES: int

def takers(
    plan: npt.NDArray[Any],
    stream: tuple[npt.NDArray[Any], ...],
    sets: npt.NDArray[Any],
    first: int,
    count: int,
    figures: tuple[npt.NDArray[Any], ...],
) -> None: ...
def makers(
    plan: npt.NDArray[Any],
    stream: tuple[npt.NDArray[Any], ...],
    sets: npt.NDArray[Any],
    first: int,
    count: int,
    figures: tuple[npt.NDArray[Any], ...],
) -> None: ...
