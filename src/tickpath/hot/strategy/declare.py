"""What a person writes to make a strategy: `@strategy(...)`, `Param`, `Strategy`.

    @strategy(
        name="toy",
        params={"order_lots": Param(int, 100, 1, 10**9)},
        features=[FeatureSpec(name="fast", indicator="ema", source="mid", period=20)],
        state=np.dtype([("seen", "<i8")]),
    )
    class Toy(Strategy):
        def on_book(self, view: View, state: State, out: Intents) -> None:
            state.seen += 1
            if view.top.bid_ticks > self.features.fast:
                out.submit(Side.BUY, view.top.bid_ticks, self.params.order_lots)

The body may be a class like this (plain Python), a function with `language="numba"`, or compiled
Cython (`native=`, or a module `<file>_native` beside the file that exports the capsule `BODY`).
A strategy owns its state block and nothing else: no clock, no random source but `view.random`,
no attribute of its own. All forms get the same view and are called for the same events.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

import numpy as np

from tickpath.core.config import Config, FeatureSpec, Instrument
from tickpath.core.errors import ConfigError
from tickpath.core.limits import LIMITS
from tickpath.core.records import VIEW_LEVELS, EventKind, OrderType, Side, TimeInForce, View
from tickpath.hot.strategy.bank import Bank
from tickpath.hot.strategy.intents import Intents

__all__ = [
    "Bank",
    "Declaration",
    "FeatureSpec",
    "Intents",
    "OrderType",
    "Param",
    "Side",
    "State",
    "Strategy",
    "TimeInForce",
    "View",
    "declare",
    "strategy",
]

HANDLERS: Mapping[str, tuple[EventKind, ...]] = {
    "book": (EventKind.DEPTH, EventKind.SNAPSHOT),
    "bbo": (EventKind.BBO,),
    "trade": (EventKind.TRADE,),
    "order": (EventKind.ORDER,),
    "timer": (EventKind.TIMER,),
    "status": (EventKind.STATUS,),
}
"""Event word of a declaration (handler `on_<word>`) and the kinds of view.event it covers."""

HANDLER_OF = {kind: f"on_{word}" for word, kinds in HANDLERS.items() for kind in kinds}

NO_STATE = np.dtype([])

Values = Mapping[str, int | float]
Derive = Callable[[Config, Instrument, Values], int]
Features = Sequence[FeatureSpec] | Callable[[Values], Sequence[FeatureSpec]]


@dataclass(frozen=True, slots=True)
class Param:
    """A parameter: `type` is int or float, `min` and `max` belong to the range."""

    type: type
    default: int | float
    min: int | float
    max: int | float
    text: str = ""

    def check(self, value: object, where: str) -> int | float:
        """The value in the parameter's type. Raises ConfigError with the range."""
        whole = isinstance(value, int) and not isinstance(value, bool)
        if not whole and not (self.type is float and isinstance(value, float)):
            raise ConfigError(f"{where}: {value!r} is not of type {self.type.__name__}")
        assert isinstance(value, int | float)
        if not self.min <= value <= self.max:
            raise ConfigError(f"{where}: {value} is outside {self.min} to {self.max}")
        return float(value) if self.type is float else value


class State:
    """The state block by field name: plain Python numbers, or the numpy array of an array field."""

    __slots__ = ("_record",)

    def __init__(self, record: np.void) -> None:
        object.__setattr__(self, "_record", record)

    def __getattr__(self, name: str) -> Any:
        try:
            value = self._record[name]
        except ValueError as error:
            raise AttributeError(f"the state has no field {name!r}: declare it") from error
        return value if isinstance(value, np.ndarray) else value.item()

    def __setattr__(self, name: str, value: Any) -> None:
        if name not in (self._record.dtype.names or ()):
            raise AttributeError(f"the state has no field {name!r}: declare it")
        self._record[name] = value


class Strategy:
    """Base of a plain Python strategy: override the handlers you want.

    `params` and `features` hold the values of this call by name. Everything that must survive the
    call goes to `state`; setting an attribute raises.
    """

    __slots__ = ("features", "params")

    params: Any
    features: Any

    def on_book(self, view: View, state: State, out: Intents) -> None:
        """A depth message or snapshot was applied; the book is OK."""

    def on_bbo(self, view: View, state: State, out: Intents) -> None:
        """The venue's own best bid and offer changed; the book is OK."""

    def on_trade(self, view: View, state: State, out: Intents) -> None:
        """One trade of the market; the book is OK."""

    def on_order(self, view: View, state: State, out: Intents) -> None:
        """`view.order`, an own order, changed; the book may be in any status."""

    def on_timer(self, view: View, state: State, out: Intents) -> None:
        """The timer `view.timer_tag` fired; the book may be in any status."""

    def on_status(self, view: View, state: State, out: Intents) -> None:
        """`view.top.status` changed."""

    def __setattr__(self, name: str, value: Any) -> None:
        raise AttributeError(
            f"cannot keep {name!r}: a strategy keeps everything in its state block"
        )


@dataclass(frozen=True, kw_only=True, slots=True)
class Declaration:
    """A declared strategy. `body` is the class or function, `native` a capsule or a module name."""

    name: str
    module: str
    params: Mapping[str, Param]
    derived: Mapping[str, Derive]
    features: Features
    events: tuple[str, ...]
    state: np.dtype[Any]
    warm_up: int
    levels: int
    language: str
    body: Any = None
    native: Any = None
    bank: Bank | None = None
    text: str = field(default="")

    @property
    def event_kinds(self) -> frozenset[EventKind]:
        """Kinds of view.event that it wants."""
        return frozenset(kind for word in self.events for kind in HANDLERS[word])

    def feature_specs(self, values: Values) -> tuple[FeatureSpec, ...]:
        """Its columns under these parameters."""
        found = self.features(values) if callable(self.features) else self.features
        return tuple(found)


def leaf_bytes(dtype: np.dtype[Any]) -> int:
    """Bytes of the fields alone: less than itemsize when there is padding."""
    if dtype.subdtype is not None:
        base, shape = dtype.subdtype
        return leaf_bytes(base) * int(np.prod(shape))
    if dtype.names is not None:
        assert dtype.fields is not None
        return sum(leaf_bytes(dtype.fields[name][0]) for name in dtype.names)
    if dtype.kind not in "iufb" or dtype.byteorder == ">":
        raise ConfigError(f"state field of type {dtype}: use little-endian integers and floats")
    return int(dtype.itemsize)


def check_state(name: str, state: np.dtype[Any] | None, language: str) -> np.dtype[Any]:
    """A dtype that can be exported as it lies in memory."""
    if state is None:
        return NO_STATE
    dtype = np.dtype(state)
    if dtype.names is None:
        raise ConfigError(f"strategy {name!r}: state must be a structured dtype with named fields")
    taken = [n for n in dtype.names if language == "numba" and hasattr(np.record, n)]
    if taken:
        raise ConfigError(f"strategy {name!r}: numpy keeps the field names {taken}: rename them")
    if leaf_bytes(dtype) != dtype.itemsize:
        raise ConfigError(
            f"strategy {name!r}: state has padding: order fields by size, add a field"
        )
    if dtype.itemsize > LIMITS["strategy_state_bytes_max"]:
        raise ConfigError(
            f"strategy {name!r}: state has {dtype.itemsize} bytes; limits.toml allows "
            f"{LIMITS['strategy_state_bytes_max']} (strategy_state_bytes_max)"
        )
    return dtype


def check_params(name: str, params: Mapping[str, Param], derived: Mapping[str, Derive]) -> None:
    """Types, ranges and counts. Raises ConfigError."""
    for key, param in params.items():
        if param.type not in (int, float):
            raise ConfigError(f"strategy {name!r}: parameter {key!r} is neither int nor float")
        param.check(param.default, f"strategy {name!r}: default of {key!r}")
    both = params.keys() & derived.keys()
    if both:
        raise ConfigError(f"strategy {name!r}: {sorted(both)} are both given and derived")
    ints = sum(p.type is int for p in params.values()) + len(derived)
    most = LIMITS["params_max"]
    if ints > most or len(params) + len(derived) - ints > most:
        raise ConfigError(f"strategy {name!r}: at most {most} int and {most} float parameters")


def events_of(name: str, events: Sequence[str] | None, body: Any) -> tuple[str, ...]:
    """The declared events, or those whose handlers a class overrides."""
    if events is None:
        if not isinstance(body, type):
            raise ConfigError(f"strategy {name!r}: say which events it wants: {list(HANDLERS)}")
        return tuple(
            word
            for word in HANDLERS
            if getattr(body, f"on_{word}", None) not in (None, getattr(Strategy, f"on_{word}"))
        )
    for word in events:
        if word not in HANDLERS:
            raise ConfigError(f"strategy {name!r}: unknown event {word!r}; known: {list(HANDLERS)}")
    return tuple(dict.fromkeys(events))


def declare(
    *,
    name: str,
    params: Mapping[str, Param] | None = None,
    derived: Mapping[str, Derive] | None = None,
    features: Features = (),
    events: Sequence[str] | None = None,
    state: Any = None,
    warm_up: int = 0,
    levels: int = VIEW_LEVELS,
    language: str = "python",
    body: Any = None,
    native: Any = None,
    bank: Bank | None = None,
) -> Declaration:
    """A declaration without the decorator: for a compiled body alone, or a bank.

    `derived` are integer parameters worked out for each instrument at configuration; in params_i
    they stand before those of `params`. `features` may be a function of the parameter values.
    `levels` of the book a side is what the view shows at least; fewer cost less.
    """
    if language not in ("python", "numba"):
        raise ConfigError(f"strategy {name!r}: language {language!r} is neither python nor numba")
    if body is None and native is None and bank is None:
        raise ConfigError(f"strategy {name!r}: give a body, native= or bank=")
    if not 1 <= levels <= VIEW_LEVELS:
        raise ConfigError(f"strategy {name!r}: levels {levels}: choose 1 to {VIEW_LEVELS}")
    if warm_up < 0:
        raise ConfigError(f"strategy {name!r}: warm_up {warm_up} is below 0")
    if language == "python" and body is not None and not isinstance(body, type):
        raise ConfigError(f"strategy {name!r}: decorate a class, or say language='numba'")
    params, derived = dict(params or {}), dict(derived or {})
    check_params(name, params, derived)
    return Declaration(
        name=name,
        module=getattr(body, "__module__", ""),
        params=params,
        derived=derived,
        features=features,
        events=events_of(name, events, body),
        state=check_state(name, state, language),
        warm_up=warm_up,
        levels=levels,
        language=language,
        body=body,
        native=native,
        bank=bank,
        text="" if body is None else (getattr(body, "__doc__", None) or "").strip(),
    )


Body = TypeVar("Body")


def strategy(**facts: Any) -> Callable[[Any], Declaration]:
    """Declare the decorated class or function; the arguments are those of `declare`."""

    def decorate(body: Any) -> Declaration:
        return declare(body=body, **facts)

    return decorate
