"""What a sweep varies: a space of parameters, written in Python or on the command line.

    {"order_lots": [100, 200, 400], "half_spread_ppm": Choice((5, 10)), "lean_ppm": Range(1, 90)}

On the command line a choice is `NAME=100,200,400` or `NAME=FROM:TO:STEP` with both ends, a range is
`NAME=LOW:HIGH`, with `:log` behind it spread evenly by the logarithm. Whole numbers stay whole;
steps of decimals are exact (0.1:0.3:0.1 is 0.1, 0.2, 0.3).
"""

import hashlib
import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any, Final

from tickpath.core.errors import ConfigError

SETS_MAX: Final = 1_000_000
Value = int | float | str | bool


@dataclass(frozen=True, slots=True)
class Choice:
    """One of these values, in this order. Raises ConfigError when there is none or one is twice."""

    values: tuple[Value, ...]

    def __post_init__(self) -> None:
        if not self.values:
            raise ConfigError("a parameter without values: give at least one")
        if len(set(self.values)) != len(self.values):
            raise ConfigError(f"a value stands twice in {list(self.values)}: keep one of them")
        for value in self.values:
            if not isinstance(value, int | float | str) or value != value:
                raise ConfigError(f"{value!r} is no number or text: a parameter cannot be that")


@dataclass(frozen=True, slots=True)
class Range:
    """Any value of [low, high]; whole when both ends are. Raises ConfigError when it is empty."""

    low: int | float
    high: int | float
    log: bool = False

    def __post_init__(self) -> None:
        if not (math.isfinite(self.low) and math.isfinite(self.high) and self.low < self.high):
            raise ConfigError(f"range {self.low} to {self.high}: write the lower end first")
        if self.log and self.low <= 0:
            raise ConfigError(f"range {self.low} to {self.high}: a logarithm needs ends above 0")

    @property
    def whole(self) -> bool:
        return isinstance(self.low, int) and isinstance(self.high, int)

    def at(self, share: float) -> int | float:
        """The value a share of [0, 1) of the way."""
        if self.log:
            top = self.high + 1 if self.whole else self.high
            value = self.low * (top / self.low) ** share
            return min(max(int(value), int(self.low)), int(self.high)) if self.whole else value
        if self.whole:
            return int(self.low) + int(share * (int(self.high) - int(self.low) + 1))
        return self.low + share * (self.high - self.low)


Space = Mapping[str, Choice | Range]


def space_of(given: Mapping[str, Any]) -> dict[str, Choice | Range]:
    """A space from choices, ranges and plain sequences of values."""
    found: dict[str, Choice | Range] = {}
    for name, values in given.items():
        if not name.isidentifier():
            raise ConfigError(f"parameter {name!r}: a name has letters, digits and _ only")
        if isinstance(values, Choice | Range):
            found[name] = values
        elif isinstance(values, Sequence) and not isinstance(values, str):
            found[name] = Choice(tuple(values))
        else:
            raise ConfigError(f"parameter {name}: {values!r} is no list, Choice or Range")
    if not found:
        raise ConfigError("nothing to vary: give at least one parameter with its values")
    return found


def canonical(data: Any) -> str:
    """JSON text that is the same for equal data."""
    return json.dumps(data, sort_keys=True, separators=(",", ":"))


def digest(text: str) -> str:
    """BLAKE2b-64 of a text, in hex."""
    return hashlib.blake2b(text.encode(), digest_size=8).hexdigest()


def describe(space: Space) -> list[Any]:
    """The space as JSON data, parameters in order."""
    return [
        [name, {"choice": list(v.values)}]
        if isinstance(v, Choice)
        else [name, {"low": v.low, "high": v.high, "log": v.log}]
        for name, v in space.items()
    ]


def number_of(text: str, where: str) -> int | float:
    """A whole number if it is written as one, else a float. Raises ConfigError naming the place."""
    try:
        return int(text)
    except ValueError:
        pass
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise ConfigError(f"{where}: {text!r} is no number")
    return value


def named(item: str, option: str) -> tuple[str, str]:
    """Name and text of NAME=TEXT."""
    name, equals, text = item.partition("=")
    if not equals or not name.isidentifier() or not text:
        raise ConfigError(f"{option} {item}: write NAME=VALUES, for example order_lots=100,200")
    return name, text


def parse_grid(item: str) -> tuple[str, Choice]:
    """`NAME=1,2,4` or `NAME=FROM:TO:STEP`."""
    name, text = named(item, "--grid")
    where = f"--grid {item}"
    if ":" not in text:
        return name, Choice(tuple(number_of(part.strip(), where) for part in text.split(",")))
    parts = text.split(":")
    try:
        low, high, step = (Decimal(part) for part in parts)
    except (InvalidOperation, ValueError):
        raise ConfigError(f"{where}: write FROM:TO:STEP, for example edge=1:9:2") from None
    if not (low.is_finite() and high.is_finite() and step.is_finite()) or step <= 0 or low > high:
        raise ConfigError(f"{where}: the step must be above 0 and FROM not above TO")
    count = int((high - low) / step) + 1
    if count > SETS_MAX:
        raise ConfigError(f"{where}: {count} values; at most {SETS_MAX}: take a larger step")
    whole = all(part.lstrip("-").isdigit() for part in parts)
    values = [low + k * step for k in range(count)]
    return name, Choice(tuple(int(v) if whole else float(v) for v in values))


def parse_range(item: str) -> tuple[str, Range]:
    """`NAME=LOW:HIGH` or `NAME=LOW:HIGH:log`."""
    name, text = named(item, "--range")
    where = f"--range {item}"
    parts = text.split(":")
    if len(parts) not in (2, 3) or parts[2:] not in ([], ["log"]):
        raise ConfigError(f"{where}: write NAME=LOW:HIGH or NAME=LOW:HIGH:log")
    low, high = (number_of(part, where) for part in parts[:2])
    if isinstance(low, int) != isinstance(high, int):
        low, high = float(low), float(high)
    try:
        return name, Range(low, high, log=len(parts) == 3)
    except ConfigError as error:
        raise ConfigError(f"{where}: {error}") from None


def parse_space(grids: Sequence[str], ranges: Sequence[str]) -> dict[str, Choice | Range]:
    """The space that the options of a command line say. Raises ConfigError naming the bad one."""
    found: dict[str, Choice | Range] = {}
    pairs: list[tuple[str, Choice | Range]] = [parse_grid(item) for item in grids]
    pairs += [parse_range(item) for item in ranges]
    for name, values in pairs:
        if name in found:
            raise ConfigError(f"parameter {name} is given twice: keep one of them")
        found[name] = values
    return space_of(found)
