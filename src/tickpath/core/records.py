"""The records that cross stages, for Python: enums, plain classes, numpy dtypes.

Layouts are those of records.h (little endian, same order, same padding); a test compares them.
The plain classes carry the same fields by the same names; counts become lengths of lists.
"""

from collections.abc import Callable
from dataclasses import dataclass, field, fields
from enum import IntEnum
from functools import cache
from operator import attrgetter
from typing import Any, NamedTuple, TypeVar

import numpy as np

from tickpath.core.limits import LIMITS

VIEW_LEVELS = LIMITS["view_levels"]
ABI = 2
R = TypeVar("R")


@cache
def _getter(kind: Any) -> Callable[[Any], tuple[Any, ...]]:
    return attrgetter(*(each.name for each in fields(kind)))


def fields_of(record: Any) -> tuple[Any, ...]:
    """The values of a plain class of two fields or more, in their order; they are not copied, which
    takes `dataclasses.astuple` thirty times as long."""
    kind: Any = type(record)
    return _getter(kind)(record)


def copied(record: R) -> R:
    """Another one of the same fields: what `dataclasses.replace` gives, in a fifth of the time."""
    kind: Any = type(record)
    made: R = kind(*_getter(kind)(record))
    return made


class Side(IntEnum):
    BUY = 0
    SELL = 1


class InstrumentKind(IntEnum):
    SPOT = 0
    LINEAR = 1
    INVERSE = 2


class InputKind(IntEnum):
    MARKET = 1
    ORDER = 2
    TIMER = 3
    COMMAND = 4
    SLOT = 5


class EventKind(IntEnum):
    NONE = 0
    DEPTH = 1
    SNAPSHOT = 2
    BBO = 3
    TRADE = 4
    ORDER = 5
    TIMER = 6
    STATUS = 7


class Chain(IntEnum):
    """How a depth event says which one it follows: by its first id, by the id of the one before,
    or not at all."""

    FIRST = 0
    PREV = 1
    NONE = 2


class Checksum(IntEnum):
    """What a venue says of the book after an event, see hot/book."""

    NONE = 0
    CRC32_TEN = 1


class BookStatus(IntEnum):
    EMPTY = 0
    OK = 1
    CROSSED = 2
    STALE = 3


class OrderType(IntEnum):
    LIMIT = 0
    MARKET = 1
    POST_ONLY = 2
    STOP = 3
    STOP_LIMIT = 4
    TRAILING_STOP = 5


class TimeInForce(IntEnum):
    GTC = 0
    IOC = 1
    FOK = 2


class IntentKind(IntEnum):
    SUBMIT = 1
    CANCEL = 2
    REPLACE = 3
    SET_TIMER = 4
    QUERY = 5


class LinkRole(IntEnum):
    """What an order is to the others of its link."""

    OCO = 0
    ENTRY = 1
    CHILD = 2


REDUCE_ONLY = 1
TRIGGER_MID = 2
TRIGGER_BBO = 4
POSITION_LONG, POSITION_SHORT = 256, 512
ALGORITHM_SHIFT = 16
KILLED = 1
REDUCE_ONLY_ALL = 2
VENUE_CLOSED = 4
BLOCK_SHIFT = 16

FIGURE_ABSENT = -(2**63)
WATCH_VAR, WATCH_SHORTFALL, WATCH_CORRELATED = 1, 2, 4
FEE_NOT_REPORTED = -(2**63)
NO_SELL = 2**63 - 1
ALGORITHM_NONE = 255
"""A number that no configured algorithm has."""


def algorithm_flags(index: int) -> int:
    """Flags of an order that the algorithm at a place of the configuration works."""
    number = index + 1 if 0 <= index < ALGORITHM_NONE else ALGORITHM_NONE
    return number << ALGORITHM_SHIFT


class OrderState(IntEnum):
    FREE = 0
    PENDING_NEW = 1
    LIVE = 2
    PENDING_CANCEL = 3
    PENDING_REPLACE = 4
    UNKNOWN = 5
    FILLED = 6
    CANCELLED = 7
    REJECTED = 8
    EXPIRED = 9
    PARKED = 10


class ReportKind(IntEnum):
    NONE = 0
    ACK = 1
    FILL = 2
    CANCEL_ACK = 3
    REPLACE_ACK = 4
    REJECT = 5
    CANCEL_REJECT = 6
    EXPIRE = 7
    UNKNOWN = 8
    BUST = 9


class Level(NamedTuple):
    price_ticks: int
    quantity_lots: int


class Trade(NamedTuple):
    trade_id: int
    price_ticks: int
    quantity_lots: int
    aggressor: int


@dataclass(slots=True)
class MarketEvent:
    """One decoded event; ids are 0 when the kind has none, `prev_id` counts only when `chained` is
    `Chain.PREV`. `depth`: levels a side that the venue keeps, 0 for all; only then a checksum.
    `lost`: refused, and no later id shows what is missing: the instrument's book, without an
    instrument (-1) every book of the source, needs a snapshot."""

    kind: int
    source: int
    instrument: int
    t_recv_ns: int
    t_venue_ns: int = 0
    first_id: int = 0
    last_id: int = 0
    prev_id: int = 0
    chained: int = 0
    bids: list[Level] = field(default_factory=list)
    asks: list[Level] = field(default_factory=list)
    trades: list[Trade] = field(default_factory=list)
    depth: int = 0
    checksum: int = 0
    checksum_kind: int = 0
    lost: int = 0


@dataclass(slots=True)
class BookTop:
    """What later stages may know of a book: best first, at most VIEW_LEVELS a side."""

    bid_ticks: int = 0
    bid_lots: int = 0
    ask_ticks: int = 0
    ask_lots: int = 0
    last_id: int = 0
    t_recv_ns: int = 0
    status: int = BookStatus.EMPTY
    bids: list[Level] = field(default_factory=list)
    asks: list[Level] = field(default_factory=list)


@dataclass(slots=True)
class Bbo:
    """The venue's own best bid and offer: a record beside the book, never applied to it."""

    update_id: int = 0
    t_recv_ns: int = 0
    bid_ticks: int = 0
    bid_lots: int = 0
    ask_ticks: int = 0
    ask_lots: int = 0


@dataclass(slots=True)
class Intent:
    kind: int
    strategy: int
    instrument: int
    side: int = 0
    type: int = 0
    time_in_force: int = 0
    flags: int = 0
    tag: int = 0
    price_ticks: int = 0
    quantity_lots: int = 0
    client_order_id: int = 0
    at_ns: int = 0
    trigger_ticks: int = 0
    expire_ns: int = 0
    display_lots: int = 0
    link: int = 0
    role: int = 0


@dataclass(slots=True)
class OpenOrder:
    client_order_id: int
    price_ticks: int
    leaves_lots: int
    side: int
    state: int
    tag: int


@dataclass(slots=True)
class Position:
    """Net position of an instrument; `entry_value` is in settle units * 10**9."""

    position_lots: int = 0
    open_buy_lots: int = 0
    open_sell_lots: int = 0
    open_order_count: int = 0
    realised_units: int = 0
    fee_units: int = 0
    bought_lots: int = 0
    sold_lots: int = 0
    entry_value: int = 0


@dataclass(slots=True)
class PortfolioFigures:
    """Figures of the portfolio beside their limits: what `tp_portfolio` holds. A limit of 0 is
    none, FIGURE_ABSENT no figure; `correlated_units` are by instrument."""

    watched: int = 0
    historical_var_units: int = FIGURE_ABSENT
    historical_var_units_max: int = 0
    historical_shortfall_units: int = FIGURE_ABSENT
    historical_shortfall_units_max: int = 0
    historical_from_ns: int = 0
    historical_age_ns_max: int = 0
    parametric_var_units: int = FIGURE_ABSENT
    parametric_var_units_max: int = 0
    parametric_shortfall_units: int = FIGURE_ABSENT
    parametric_shortfall_units_max: int = 0
    parametric_from_ns: int = 0
    parametric_age_ns_max: int = 0
    monte_carlo_var_units: int = FIGURE_ABSENT
    monte_carlo_var_units_max: int = 0
    monte_carlo_shortfall_units: int = FIGURE_ABSENT
    monte_carlo_shortfall_units_max: int = 0
    monte_carlo_from_ns: int = 0
    monte_carlo_age_ns_max: int = 0
    correlated_units_max: int = 0
    correlated_from_ns: int = 0
    correlated_age_ns_max: int = 0
    correlated_units: list[int] = field(default_factory=list)


@dataclass(slots=True)
class Committed:
    """What the open orders of an instrument have promised: ticks x lots of buys with a price, lots
    of buys without one, best own prices that rest (0 and NO_SELL: none)."""

    buy_value: int = 0
    market_buy_lots: int = 0
    best_buy: int = 0
    best_sell: int = NO_SELL


@dataclass(slots=True)
class View:
    """A strategy's read-only view, abi 2: what `tp_view` holds."""

    strategy: int
    instrument: int
    event: int
    now_ns: int
    seq: int
    top: BookTop
    bbo: Bbo
    trade: Trade
    position_lots: int
    open_buy_lots: int
    open_sell_lots: int
    orders: list[OpenOrder]
    features: list[float]
    score: float | None
    timer_tag: int
    order: OpenOrder | None
    fill_ticks: int
    fill_lots: int
    params_i: list[int]
    params_f: list[float]
    random: int


@dataclass(slots=True)
class Request:
    kind: int
    venue: int
    instrument: int
    strategy: int
    side: int
    type: int
    time_in_force: int
    flags: int
    tag: int
    price_ticks: int
    quantity_lots: int
    client_order_id: int = 0
    orig_client_order_id: int = 0
    expire_ns: int = 0
    link: int = 0
    role: int = 0
    trigger_ticks: int = 0
    display_lots: int = 0


@dataclass(slots=True)
class Report:
    kind: int
    instrument: int = -1
    maker: int = 0
    code: int = 0
    client_order_id: int = 0
    orig_client_order_id: int = 0
    venue_order_id: int = 0
    trade_id: int = -1
    last_ticks: int = 0
    last_lots: int = 0
    cumulative_lots: int = -1
    """Busted fills included."""
    fee_units: int = FEE_NOT_REPORTED
    fee_currency: int = -1
    t_venue_ns: int = 0


@dataclass(slots=True)
class Order:
    client_order_id: int
    instrument: int
    strategy: int
    venue: int
    side: int
    type: int
    time_in_force: int
    tag: int
    price_ticks: int
    quantity_lots: int
    t_sent_ns: int
    flags: int = 0
    state: int = OrderState.PENDING_NEW
    venue_order_id: int = 0
    filled_lots: int = 0
    replaced_by: int = 0

    @property
    def leaves_lots(self) -> int:
        return self.quantity_lots - self.filled_lots


@dataclass(slots=True)
class OrderUpdate:
    """What a report changed, for the strategy that owns the order (-1: not ours)."""

    code: int
    strategy: int
    instrument: int
    report: int
    order: OpenOrder | None
    fill_ticks: int = 0
    fill_lots: int = 0


LEVEL_DTYPE = np.dtype([("price_ticks", "<i8"), ("quantity_lots", "<i8")])

TRADE_DTYPE = np.dtype(
    [
        ("trade_id", "<i8"),
        ("price_ticks", "<i8"),
        ("quantity_lots", "<i8"),
        ("aggressor", "<i4"),
        ("reserved", "<i4"),
    ]
)

INTENT_DTYPE = np.dtype(
    [
        ("kind", "<i4"),
        ("strategy", "<i4"),
        ("instrument", "<i4"),
        ("side", "<i4"),
        ("type", "<i4"),
        ("time_in_force", "<i4"),
        ("flags", "<i4"),
        ("tag", "<i4"),
        ("price_ticks", "<i8"),
        ("quantity_lots", "<i8"),
        ("client_order_id", "<u8"),
        ("at_ns", "<i8"),
        ("trigger_ticks", "<i8"),
        ("expire_ns", "<i8"),
        ("display_lots", "<i8"),
        ("link", "<i4"),
        ("role", "<i4"),
    ]
)

DECISION_DTYPE = np.dtype(
    [
        ("seq", "<u8"),
        ("client_order_id", "<u8"),
        ("orig_client_order_id", "<u8"),
        ("price_ticks", "<i8"),
        ("quantity_lots", "<i8"),
        ("instrument", "<i4"),
        ("venue", "<i4"),
        ("kind", "<i2"),
        ("side", "<i2"),
        ("type", "<i2"),
        ("time_in_force", "<i2"),
        ("strategy", "<i4"),
        ("flags", "<i4"),
    ]
)
