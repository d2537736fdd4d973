"""What an indicator file exports: `SPEC`, an `IndicatorSpec`, and `Step`, a `Column`.

`<stem>.py` holds both, `<stem>.pxd` the native `<stem>_step`; nothing else names the stem.
A step reads float64 numbers, named in `inputs`, and brings `value` up to date. Its state is the
floats that the class annotates, in `f[]` of the native step in their order, and its windows.
"""

import math
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from inspect import get_annotations
from typing import Any

from tickpath.core.limits import LIMITS
from tickpath.hot.features.sources import FEEDS, FeatureSource, Feed
from tickpath.hot.features.windows import Window

WINDOW_MAX = LIMITS["window_max"]
INPUT_MAX = 2.0**200
"""Larger numbers, infinities and NaN are not stepped over: the step is left out."""
ANY_PRICE = tuple(FeatureSource)
QUOTES = (FeatureSource.MID, FeatureSource.BBO_MID)
TRADES = (FeatureSource.TRADE,)
BOOK = (FeatureSource.MID,)
BBO = (FeatureSource.BBO_MID,)
PRICE = ("price",)
QUOTE = ("bid", "bid_quantity", "ask", "ask_quantity")
HIGH_LOW = ("high", "low")
HIGH_LOW_CLOSE = ("high", "low", "close")
BAR_VOLUME = ("high", "low", "close", "volume")


class Params:
    """Checked parameters by name, whole ones as int."""

    def __init__(self, values: Mapping[str, float]) -> None:
        self.__dict__.update(values)

    def __getattr__(self, name: str) -> Any:
        raise AttributeError(f"no parameter {name!r}")


@dataclass(frozen=True, kw_only=True, slots=True)
class Param:
    """A parameter: its range, and its default in Python. `factor`: a configured column says it
    as `factor`, 0 meaning the default."""

    name: str
    meaning: str
    least: float
    most: float
    default: float
    whole: bool = True
    factor: bool = False


def period(
    default: int = 14,
    least: int = 1,
    meaning: str = "samples in the window",
    most: int = WINDOW_MAX,
    name: str = "period",
) -> Param:
    """A whole number of samples."""
    return Param(name=name, meaning=meaning, least=least, most=most, default=default)


def number(name: str, meaning: str, least: float, most: float, default: float) -> Param:
    """A number that need not be whole."""
    return Param(name=name, meaning=meaning, least=least, most=most, default=default, whole=False)


def width(default: float = 2.0, meaning: str = "k, standard deviations") -> Param:
    """How far a band lies from its middle."""
    return Param(
        name="width",
        meaning=meaning,
        least=0.01,
        most=100.0,
        default=default,
        whole=False,
        factor=True,
    )


BAR = Param(
    name="bar", meaning="samples of a bar", least=1, most=WINDOW_MAX, default=1, factor=True
)
"""Of a configured column that reads bars; in Python a step reads bars as they are."""


@dataclass(frozen=True, kw_only=True, slots=True)
class IndicatorSpec:
    """Facts of an indicator: `units` of its value, `warm` steps until it is a number."""

    title: str
    formula: str
    origin: str
    units: str
    inputs: tuple[str, ...] = PRICE
    sources: tuple[FeatureSource, ...]
    """What a configured column can read; none: it is offered in Python only."""
    params: tuple[Param, ...] = ()
    warm: Callable[[Params], int] = lambda p: 1
    windows: Callable[[Params], tuple[Window, ...]] = lambda p: ()
    constants: Callable[[Params], tuple[float, ...]] = lambda p: ()
    """`p[]` of both steps."""
    varies: bool = False
    """`warm` is the earliest: it depends on the data."""
    rising: tuple[str, ...] = ()
    """Parameters that must rise in this order."""
    levels: bool = False
    """The inputs are so many book levels as the period says."""
    reorders: bool = False
    """The batch form adds in another order: it agrees to 1e-10, relative to the largest value."""
    fabric: bool = False
    """The FPGA overlay computes it too: its constants are which feature, then the three shifts."""
    talib: str = ""
    """How it stands to TA-Lib's function, when there is one."""
    notes: str = ""
    """Conventions, and what happens where the formula has no value."""

    @property
    def period(self) -> tuple[int, int]:
        """Range of the parameter of that name; (1, 1) without one."""
        for param in self.params:
            if param.name == "period":
                return int(param.least), int(param.most)
        return 1, 1

    @property
    def feed(self) -> tuple[Feed, int]:
        """Which numbers of an event a configured column reads."""
        return FEEDS[self.inputs]

    @property
    def reads_bars(self) -> bool:
        """Whether its inputs are bars."""
        return self.inputs in FEEDS and FEEDS[self.inputs][0] == Feed.BAR

    def width(self, params: Params) -> int:
        """Numbers that a step reads."""
        return len(self.inputs) * (int(params.period) if self.levels else 1)


class Column(ABC):
    """One indicator in the reference: constants, steps taken, value, floats and windows."""

    floats: tuple[str, ...] = ()

    def __init_subclass__(cls) -> None:
        cls.floats = (*cls.floats, *get_annotations(cls))

    def __init__(self, spec: IndicatorSpec, params: Params) -> None:
        self.spec = spec
        self.period = int(getattr(params, "period", 1))
        self.p = spec.constants(params)
        self.windows: tuple[Any, ...] = spec.windows(params)
        self.count = 0
        self.value = math.nan
        for name in self.floats:
            setattr(self, name, 0.0)

    def update(self, *x: float) -> float:
        """Take one step; NaN, and nothing changed, when a number cannot be stepped over."""
        if not all(abs(number) <= INPUT_MAX for number in x):
            return math.nan
        self.count += 1
        self.step(x)
        return self.value

    @abstractmethod
    def step(self, x: Sequence[float]) -> None:
        """Bring the state and `value` up to date; `count` has the step in already."""
