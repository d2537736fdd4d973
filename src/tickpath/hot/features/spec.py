"""What an indicator file exports: `SPEC`, an `IndicatorSpec`, and `Step`, a `Column`.

`<stem>.py` holds both, `<stem>.pxd` the native `<stem>_step`; nothing else names the stem.
The native step keeps its integers in `i[]` in the order of `ints`, then two words (low first) for
each of `wide`, and its floats in `f[]` in the order of `floats`.
"""

import math
from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

from tickpath.core.limits import LIMITS
from tickpath.hot.features.sources import (
    GROUP_OF_SOURCE,
    FeatureInput,
    FeatureSource,
    sample_of,
    scale_of,
)

WINDOW_MAX = LIMITS["window_max"]
ANY_PRICE = tuple(FeatureSource)
QUOTES = (FeatureSource.MID, FeatureSource.BBO_MID)
TRADES = (FeatureSource.TRADE,)
BOOK = (FeatureSource.MID,)
BBO = (FeatureSource.BBO_MID,)


def same(period: int, factor: float) -> float:
    """The step's constant is the configured factor itself."""
    return factor


@dataclass(frozen=True, kw_only=True, slots=True)
class Factor:
    """The float parameter: allowed range, its default (used when 0 is configured)."""

    meaning: str
    least: float
    most: float
    default: float
    whole: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class IndicatorSpec:
    """Facts of an indicator: `units` of its value, `warm` samples until it is a number."""

    title: str
    formula: str
    origin: str
    units: str
    sources: tuple[FeatureSource, ...]
    period: tuple[int, int] = (1, 1)
    period_means: str = "unused, always 1"
    factor: Factor | None = None
    constant: Callable[[int, float], float] = same
    warm: Callable[[int, float], int] = lambda period, factor: 1
    ints: tuple[str, ...] = ()
    wide: tuple[str, ...] = ()
    floats: tuple[str, ...] = ()
    slots: int = 0
    """int64 of one window item; 0: no window. The window holds `period` items."""
    lag: int = 0
    """Samples taken before the first window item (1 for windows of differences)."""
    reads_levels: bool = False
    """The period counts book levels."""


class Column(ABC):
    """One column in the reference: parameters, samples taken, value, and the window if any."""

    def __init__(self, source: FeatureSource, period: int, factor: float, slots: int) -> None:
        self.source = source
        self.group = GROUP_OF_SOURCE[source]
        self.period = period
        self.factor = factor
        self.scale = scale_of(source)
        self.count = 0
        self.value = math.nan
        self.window: deque[int] = deque(maxlen=period * slots)

    def update(self, x: FeatureInput) -> None:
        """Take one sample."""
        self.count += 1
        self.step(x)

    @abstractmethod
    def step(self, x: FeatureInput) -> None:
        """Bring the state and `value` up to date; `count` has the sample in already."""

    def sample(self, x: FeatureInput) -> int:
        """The source's integer sample."""
        return sample_of(self.source, x)
