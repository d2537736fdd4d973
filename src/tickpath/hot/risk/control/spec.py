"""What a rule of a circuit breaker promises, as data: its unit, its memory, its boundaries.

One generic test runs every scenario of every rule on every backend: a stream that ends at the limit
leaves the breaker armed, the same stream with another end trips it.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import IntEnum, IntFlag
from typing import NamedTuple

from tickpath.core.codes import Code
from tickpath.core.config import BreakerSpec

PPM = 1_000_000
BUCKETS = 16
NO_OPINION = -1
NS_MAX = 2**63 - 1


class On(IntFlag):
    """Events a rule may ask for."""

    MARKET = 1
    REPORT = 2
    GAP = 4
    TIMER = 8
    MONEY = 16


class BreakerState(IntEnum):
    """ARMED lets orders pass; TRIPPED and COOLING refuse them."""

    ARMED = 0
    TRIPPED = 1
    COOLING = 2


@dataclass(slots=True)
class ControlEvent:
    """One event of the walk as rules see it; `ControlEvent` of rule.pxd."""

    on: int
    instrument: int
    now_ns: int
    report: int = 0
    bid_ticks: int = 0
    ask_ticks: int = 0
    latency_ns: int = -1
    fill_lots: int = 0
    peak_units: int = 0
    equity_units: int = 0


@dataclass(slots=True)
class Breaker:
    """One rule watching one instrument (-1: all together)."""

    rule: str
    plan: int
    instrument: int
    limit: int
    window_ns: int
    count: int
    words: list[int]
    state: int = BreakerState.ARMED
    over: int = 0
    until_ns: int = 0
    deadline_ns: int = 0
    trips: int = 0


class Scenario(NamedTuple):
    """`events` then `at` stays armed; `events` then `past` trips. Events are fields changed from a
    quiet one of instrument 0."""

    name: str
    numbers: Mapping[str, int]
    at: Mapping[str, int]
    past: Mapping[str, int]
    events: tuple[Mapping[str, int], ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class RuleSpec:
    """What a rule watches, how it is configured, and what proves it.

    `needs` are the fields of BreakerSpec beside `limit` that must be above zero, `together` says
    that one memory may watch all instruments (scope "engine"), `forgets` that a trip empties the
    memory, because what it counts would else hold it tripped for ever. `sane` refuses words of an
    imported state that the rule could not have left."""

    what: str
    limit: str
    code: Code
    on: On
    words: Callable[[BreakerSpec], int]
    needs: tuple[str, ...] = ()
    scopes: tuple[str, ...] = ("instrument", "engine")
    together: bool = False
    forgets: bool = False
    scenarios: tuple[Scenario, ...] = ()
    sane: Callable[[list[int], BreakerSpec], bool] = lambda words, spec: True


def later(now_ns: int, ns: int) -> int:
    """now + ns, at most 2^63 - 1."""
    return min(now_ns + ns, NS_MAX)


def times_words(spec: BreakerSpec) -> int:
    """Memory of `times_full`."""
    return 3 + spec.limit


def times_sane(words: list[int], spec: BreakerSpec) -> bool:
    """Whether `times_full` could have left these words."""
    return words[0] <= spec.limit and words[1] <= spec.limit + 1 and min(words) >= 0


def times_full(b: Breaker, now_ns: int) -> int:
    """Note a time in a ring of `limit` + 1: whether all of them lie within `window_ns`.
    words: [0] next place, [1] how many there are, then the ring."""
    size = b.limit + 1
    b.words[2 + b.words[0]] = now_ns
    b.words[0] = (b.words[0] + 1) % size
    b.words[1] = min(size, b.words[1] + 1)
    return int(b.words[1] == size and now_ns - b.words[2 + b.words[0]] <= b.window_ns)
