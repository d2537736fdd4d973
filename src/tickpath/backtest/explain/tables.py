"""What a comparison of two runs knows of each: inputs, decisions, reports, postings, states.

Instruments and strategies go by name, prices and quantities by exact decimals, so that runs of
different configurations can be compared. `n` counts the inputs of a run from 1.
"""

from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum
from pathlib import Path
from typing import NamedTuple

from tickpath.core.config import Config


class Cause(StrEnum):
    """What a difference comes from. docs/explanation/attribution.md says when which."""

    LATENCY = "latency"
    QUEUE = "queue"
    FEE = "fee"
    DATA = "data"
    DECISION = "decision"


class Trigger(NamedTuple):
    """The input that a decision followed. `kind`: frame, report, timer or command; `where`: the
    instrument of a frame; `order` and `ordinal`: the how-many-th report of a kind of that order;
    `detail`: the kind of report, or what a command says."""

    kind: str
    where: str = ""
    order: int = 0
    detail: str = ""
    ordinal: int = 0


@dataclass(frozen=True, slots=True)
class Terms:
    """What of a request the venue is told."""

    type: int
    time_in_force: int
    flags: int
    price: Decimal
    quantity: Decimal


@dataclass(frozen=True, slots=True)
class Decision:
    """One request that left. `order` is the client order id it makes, `target` the one that it
    cancels, replaces or asks for (0: none)."""

    n: int
    t_ns: int
    kind: int
    order: int
    target: int
    instrument: str
    strategy: str
    side: int
    terms: Terms
    trigger: Trigger


@dataclass(frozen=True, slots=True)
class ReportRow:
    """One report of the venue, without the fee. `t_venue_ns` is 0 where it tells none."""

    n: int
    t_ns: int
    order: int
    kind: int
    price: Decimal
    quantity: Decimal
    maker: int
    trade_id: int
    t_venue_ns: int

    @property
    def content(self) -> tuple[int, Decimal, Decimal, int]:
        """What must be equal in both runs."""
        return self.kind, self.price, self.quantity, self.maker


@dataclass(frozen=True, slots=True)
class Holdings:
    """Money at one moment, in guard units (10^-9 of a currency's unit): cash and fees paid by
    currency, (lots, cost) by instrument."""

    cash: tuple[int, ...]
    fees: tuple[int, ...]
    legs: tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class Posting:
    """What one input did to the money. `fills` are those of the input that changed something, in
    order; a posting of a command has none and order 0."""

    n: int
    t_ns: int
    before: Holdings
    after: Holdings
    fills: tuple[ReportRow, ...] = ()
    order: int = 0
    instrument: str = ""
    command: str = ""


class Shown(NamedTuple):
    """What strategies see of an instrument beside the market: position and own open orders."""

    lots: int
    orders: tuple[tuple[str, int, Decimal, int, int], ...]


@dataclass(slots=True)
class Frames:
    """Market frames of one instrument: input number, time of receipt, hash of the bytes."""

    n: list[int] = field(default_factory=list)
    t_ns: list[int] = field(default_factory=list)
    key: list[bytes] = field(default_factory=list)


@dataclass(slots=True)
class RunTables:
    """A run, read from its journal. `frames` of instrument "" could not be told apart."""

    path: Path
    config: Config
    build_hash: str
    simulated: bool
    frames: dict[str, Frames] = field(default_factory=dict)
    decisions: list[Decision] = field(default_factory=list)
    reports: dict[int, list[ReportRow]] = field(default_factory=dict)
    messages: list[tuple[int, int]] = field(default_factory=list)
    """Receipt and venue time (0: none) of each message of orders, in order."""
    postings: list[Posting] = field(default_factory=list)
    commands: list[tuple[int, int, str]] = field(default_factory=list)
    shown: dict[str, list[tuple[int, Shown]]] = field(default_factory=dict)
    begun: set[int] = field(default_factory=set)
    """Client order ids of the orders that are there at the start."""
    start: Holdings = field(default_factory=lambda: Holdings((), (), ()))
    end: Holdings = field(default_factory=lambda: Holdings((), (), ()))
    mids2: list[int] = field(default_factory=list)
    equity_units: list[int] = field(default_factory=list)
    first_ns: int = 0
    market_ns: int = 0
    last_ns: int = 0
    """First and last frame of market data, last input."""
    inputs: int = 0
    notes: list[str] = field(default_factory=list)
    names: list[str] = field(default_factory=list)
    """Instruments in their order, as "venue:symbol"."""

    def __post_init__(self) -> None:
        self.names = [f"{self.config.venues[i.venue]}:{i.symbol}" for i in self.config.instruments]
