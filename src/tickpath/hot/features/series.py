"""Indicators for Python: `tickpath.indicators`. Each is offered as a stream and over arrays.

    import tickpath as tp
    average = tp.indicators.SMA(14)             a stream: one sample in, one value out
    value = average.update(101.5)
    values = tp.indicators.sma(prices, 14)      the whole array at once
    tp.indicators.list()                        every name
    tp.indicators.bollinger(prices, 20)         upper, middle and lower band in one pass
    tp.indicators.sma(table, 14, axis=0)        (time, symbols): a row for each time

Both run the native steps of the walk and give the same bits; where the array form adds in another
order (the page on indicators says which), `exact=True` gives the stream's bits, which `axis=0`
always does. Parameters follow
the inputs, by place or by name. A value is NaN until the indicator is warm. A step with a number
that is NaN, infinite or beyond 2**200 gives NaN and changes nothing: the next value is that of the
series without it. Raises ConfigError for parameters, DataError for arrays that do not fit.
"""

import builtins
import inspect
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from tickpath.core.errors import ConfigError, DataError
from tickpath.hot.features import catalogue
from tickpath.hot.features.spec import IndicatorSpec, Params
from tickpath.hot.features.stream import Indicator, Many, One, across, bands_over, over

Floats = NDArray[np.float64]
GROUP = 8
"""Columns turned into rows at once: their numbers of one time share a line of the cache."""


def list() -> tuple[str, ...]:
    """Every indicator's name, sorted."""
    return catalogue.stems()


def info(name: str) -> IndicatorSpec:
    """Formula, source, inputs, parameters and warm-up of an indicator."""
    if name not in catalogue.stems():
        hint = catalogue.near(name, catalogue.stems())
        raise ConfigError(f"unknown indicator {name!r}; {hint}")
    return catalogue.indicator(name)


def bound(stem: str, given: Sequence[object], named: Mapping[str, object]) -> Params:
    """Parameters from a call: by place, then by name."""
    known = [param.name for param in catalogue.indicator(stem).params]
    if len(given) > len(known):
        has = ", ".join(known) or "none"
        raise ConfigError(f"{stem}: {len(given)} parameters given; it has {has}")
    values = dict(zip(known, given, strict=False))
    twice = sorted(values.keys() & named.keys())
    if twice:
        raise ConfigError(f"{stem}: parameter {twice[0]!r} is given twice")
    return catalogue.params_of(stem, {**values, **named}, stem)


def described(stem: str, spec: IndicatorSpec) -> str:
    """Its docstring."""
    lines = [f"{spec.title}. {spec.formula}.", "", f"Source: {spec.origin}."]
    lines.append(f"Inputs: {', '.join(spec.inputs)}. Value: {spec.units}.")
    for p in spec.params:
        lines.append(f"{p.name}: {p.meaning}; {p.least:g} to {p.most:g}, default {p.default:g}.")
    lines += [text for text in (spec.notes, f"TA-Lib: {spec.talib}." if spec.talib else "") if text]
    return "\n".join(lines)


def parameters(spec: IndicatorSpec, *, inputs: bool) -> builtins.list[inspect.Parameter]:
    """What a call takes, for `help`."""
    either = inspect.Parameter.POSITIONAL_OR_KEYWORD
    names = spec.inputs if inputs else ()
    found = [inspect.Parameter(name, inspect.Parameter.POSITIONAL_ONLY) for name in names]
    found += [inspect.Parameter(p.name, either, default=p.default) for p in spec.params]
    return found


def arrays_of(stem: str, spec: IndicatorSpec, given: Sequence[ArrayLike]) -> builtins.list[Floats]:
    """Its inputs as float64, one after the other in memory. A book input becomes its levels."""
    found: builtins.list[Floats] = []
    for name, values in zip(spec.inputs, given, strict=True):
        try:
            array = np.asarray(values, dtype=np.float64, order="C")
        except (TypeError, ValueError) as error:
            raise DataError(f"{stem}: {name} is no array of numbers: {error}") from error
        found.append(array)
    shape = found[0].shape
    if len(found) > 1 and any(array.shape != shape for array in found):
        shapes = ", ".join(str(array.shape) for array in found)
        raise DataError(f"{stem}: its arrays must have one shape, not {shapes}")
    if spec.levels:
        if len(shape) != 2:
            raise DataError(f"{stem}: book inputs have the shape (levels, time), not {shape}")
        return [row[np.newaxis] for array in found for row in array]
    if len(shape) not in (1, 2):
        raise DataError(f"{stem}: arrays have the shape (time,) or (symbols, time), not {shape}")
    return found if len(shape) == 2 else [array[np.newaxis] for array in found]


def checked_axis(stem: str, axis: object, shape: tuple[int, ...], levels: bool) -> bool:
    """Whether time runs along the first of two axes. Raises DataError for an axis not there."""
    dimensions = len(shape)
    if isinstance(axis, bool) or not isinstance(axis, int) or not -dimensions <= axis < dimensions:
        raise DataError(f"{stem}: axis {axis!r} of arrays of the shape {shape}; time is 0 or -1")
    if levels and axis % dimensions != dimensions - 1:
        raise DataError(f"{stem}: book inputs have the shape (levels, time): leave axis out")
    return dimensions == 2 and axis % dimensions == 0


def columns_over(stem: str, params: Params, arrays: builtins.list[Floats], out: Floats) -> None:
    """A series in each column of `(time, symbols)`, with the bits of the stream."""
    if across(stream_of(stem, params), arrays, out):
        return
    for first in range(0, out.shape[1], GROUP):
        columns = slice(first, first + GROUP)
        rows = [np.ascontiguousarray(array[:, columns].T) for array in arrays]
        found = np.empty(rows[0].shape, dtype=np.float64)
        over(stream_of(stem, params), rows, found, True)
        out[:, columns] = found.T


class Batch:
    """An indicator over arrays: `(time,)`; `(symbols, time)` with one series a row; or with
    `axis=0` `(time, symbols)`, one series a column, which takes many symbols at once. Arrays that
    are not C-contiguous float64 are copied."""

    def __init__(self, stem: str) -> None:
        self.stem = self.__name__ = stem
        self.spec = catalogue.indicator(stem)
        self.__doc__ = described(stem, self.spec)
        only = inspect.Parameter.KEYWORD_ONLY
        more = [inspect.Parameter("exact", only, default=False)]
        more += [inspect.Parameter("axis", only, default=-1)]
        self.__signature__ = inspect.Signature([*parameters(self.spec, inputs=True), *more])

    def __call__(self, *given: Any, exact: bool = False, axis: int = -1, **named: object) -> Floats:
        """Float64 of the inputs' shape. `axis`: along which time runs, -1 or 0."""
        count = len(self.spec.inputs)
        if len(given) < count:
            raise DataError(f"{self.stem} reads {count} arrays: {', '.join(self.spec.inputs)}")
        arrays = arrays_of(self.stem, self.spec, given[:count])
        if self.spec.levels and len(given) == count:
            named = {"period": len(arrays) // count, **named}
        params = bound(self.stem, given[count:], named)
        out = np.empty(arrays[0].shape, dtype=np.float64)
        shape = np.shape(given[0])
        if axis != -1 and checked_axis(self.stem, axis, shape, self.spec.levels):
            columns_over(self.stem, params, arrays, out)
            return out
        over(stream_of(self.stem, params), arrays, out, exact)
        return out[0] if self.spec.levels or len(shape) == 1 else out

    def __repr__(self) -> str:
        return f"<indicator {self.stem}{self.__signature__}>"


def stream_of(stem: str, params: Params) -> Indicator:
    """A stream with checked parameters."""
    return (Many if wide(catalogue.indicator(stem)) else One)(stem, params)


def wide(spec: IndicatorSpec) -> bool:
    """Whether a step reads more than one number."""
    return len(spec.inputs) > 1


def starts(self: Any, *given: object, **named: object) -> None:
    """Parameters by place or name."""
    base = Many if wide(catalogue.indicator(self.STEM)) else One
    base.__init__(self, self.STEM, bound(self.STEM, given, named))


def says(self: Any) -> str:
    """As it is called."""
    values = ", ".join(f"{name}={value}" for name, value in vars(self.params).items())
    return f"{type(self).__name__}({values})"


@cache
def stream_class(stem: str) -> Any:
    """The class of an indicator's streams: a subclass of `One` or `Many`."""
    spec = catalogue.indicator(stem)
    body = {
        "STEM": stem,
        "__slots__": (),
        "__init__": starts,
        "__repr__": says,
        "__doc__": described(stem, spec),
        "__module__": "tickpath.indicators",
        "__signature__": inspect.Signature(parameters(spec, inputs=False)),
    }
    return type(class_name(stem), (Many if wide(spec) else One,), body)


def class_name(stem: str) -> str:
    """`SMA` of a short stem, `BollingerUpper` of words."""
    words = stem.split("_")
    return stem.upper() if len(words) == 1 and len(stem) <= 5 else "".join(map(str.title, words))


@cache
def batch(stem: str) -> Batch:
    """The array form of an indicator."""
    return Batch(stem)


def bollinger(
    price: ArrayLike, period: int = 20, width: float = 2.0, *, axis: int = -1
) -> tuple[Floats, Floats, Floats]:
    """Both Bollinger bands and their middle: (upper, middle, lower), float64 of the shape of the
    input, in one pass over `(time,)`. The bands have the bits of `bollinger_upper` and
    `bollinger_lower`; the middle is `sma` to 1e-10. A series with a number that is left out takes
    three passes, and so do many symbols, `axis` as for the others."""
    upper, lower = batch("bollinger_upper"), batch("bollinger_lower")
    params = bound("bollinger_upper", (period, width), {})
    (x,) = arrays_of("bollinger", upper.spec, (price,))
    if len(x) == 1 and np.ndim(price) == 1 and axis in (-1, 0):
        outs = [np.empty(x.shape[1], dtype=np.float64) for _ in range(3)]
        if bands_over(x[0], params.period, params.width, *outs):
            return outs[0], outs[1], outs[2]
    return (
        upper(price, period, width, axis=axis),
        batch("sma")(price, period, axis=axis),
        lower(price, period, width, axis=axis),
    )


@cache
def classes() -> dict[str, str]:
    """Stem by lower-case class name: the case of a class does not matter."""
    return {stem.replace("_", ""): stem for stem in catalogue.stems()}


def __getattr__(name: str) -> Any:
    if name in catalogue.stems():
        return batch(name)
    stem = classes().get(name.lower())
    if stem is not None and name != name.lower():
        return stream_class(stem)
    if name.startswith("__"):
        raise AttributeError(name)
    raise AttributeError(f"no indicator {name!r}; {catalogue.near(name, catalogue.stems())}")


def __dir__() -> builtins.list[str]:
    return [*catalogue.stems(), *map(class_name, catalogue.stems()), "bollinger", "info", "list"]
