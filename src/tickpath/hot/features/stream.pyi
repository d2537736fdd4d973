"""Types of the Python objects."""

import numpy as np
from numpy.typing import NDArray

from tickpath.hot.features.spec import Params

class Indicator:
    stem: str
    params: Params
    warm: int
    def __init__(self, stem: str, params: Params) -> None: ...
    def reset(self) -> None: ...
    @property
    def value(self) -> float: ...
    @property
    def count(self) -> int: ...

class One(Indicator):
    def update(self, x: float) -> float: ...

class Many(Indicator):
    def update(self, *x: float) -> float: ...

def over(
    indicator: Indicator,
    inputs: list[NDArray[np.float64]],
    out: NDArray[np.float64],
    exact: bool,
) -> None: ...
def across(
    indicator: Indicator, inputs: list[NDArray[np.float64]], out: NDArray[np.float64]
) -> bool: ...
def bands_over(
    x: NDArray[np.float64],
    period: int,
    width: float,
    upper: NDArray[np.float64],
    middle: NDArray[np.float64],
    lower: NDArray[np.float64],
) -> bool: ...
