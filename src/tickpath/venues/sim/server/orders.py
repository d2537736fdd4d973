"""Words of the simulated exchange: markets, orders and what happens to them."""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from tickpath.core.records import Side
from tickpath.venues.sim.server.units import decimals_of

if TYPE_CHECKING:
    from tickpath.venues.sim.server.accounts import Account

BUY, SELL = int(Side.BUY), int(Side.SELL)


class Kind(StrEnum):
    """How an order is priced, and when it starts."""

    LIMIT = "LIMIT"
    MARKET = "MARKET"
    STOP = "STOP"
    STOP_LIMIT = "STOP_LIMIT"
    PROFIT = "PROFIT"
    PROFIT_LIMIT = "PROFIT_LIMIT"


class Force(StrEnum):
    """Time in force."""

    GTC = "GTC"
    IOC = "IOC"
    FOK = "FOK"
    GTD = "GTD"


class Status(StrEnum):
    """Where an order is in its life."""

    NEW = "NEW"
    PARTIALLY_FILLED = "PARTIALLY_FILLED"
    FILLED = "FILLED"
    CANCELED = "CANCELED"
    EXPIRED = "EXPIRED"


class Happening(StrEnum):
    """What an execution says."""

    NEW = "NEW"
    TRADE = "TRADE"
    CANCELED = "CANCELED"
    EXPIRED = "EXPIRED"
    AMENDED = "AMENDED"
    TRIGGERED = "TRIGGERED"


class Why(StrEnum):
    """Reasons to refuse a request, in no venue's words."""

    CLOSED = "closed"
    FUNDS = "funds"
    MARGIN = "margin"
    DUPLICATE = "duplicate"
    UNKNOWN = "unknown"
    CROSSES = "crosses"
    REDUCE = "reduce"
    TRIGGERS = "triggers"
    QUANTITY = "quantity"
    NO_CHANGE = "no_change"
    EXPIRED = "expired"


class RefusedError(Exception):
    """The exchange does not do it; nothing has changed."""

    def __init__(self, why: Why) -> None:
        super().__init__(why)
        self.why = why


@dataclass(frozen=True, kw_only=True, slots=True)
class Market:
    """An instrument that trades here. Sizes and prices in 10^-8; fees in ppm."""

    symbol: str
    base: str
    quote: str
    linear: bool = False
    tick: int
    step: int
    quantity_min: int
    quantity_max: int
    notional_min: int
    maker_fee_ppm: int = 1000
    taker_fee_ppm: int = 1000
    band_ppm: int = 5_000_000
    """Limit prices are within this share of the last price; 0: no band."""

    @property
    def price_decimals(self) -> int:
        return decimals_of(self.tick)

    @property
    def quantity_decimals(self) -> int:
        return decimals_of(self.step)


@dataclass(slots=True, eq=False)
class Order:
    """One order of an account, or of the crowd when `account` is None."""

    id: int
    market: Market
    side: int
    price: int
    quantity: int
    account: "Account | None" = None
    kind: Kind = Kind.LIMIT
    force: Force = Force.GTC
    client_id: str = ""
    post_only: bool = False
    reduce_only: bool = False
    expire_ns: int = 0
    stop_price: int = 0
    clip: int = 0
    """Displayed part of an iceberg, 0: all of it."""
    spend: int = 0
    """Money that a market order may spend, 0: it has a quantity."""
    position_side: str = "BOTH"
    filled: int = 0
    paid: int = 0
    """Money of all fills."""
    fee: int = 0
    fill_count: int = 0
    filled_ns: int = 0
    """Time of the last fill."""
    shown: int = 0
    locked: int = 0
    status: Status = Status.NEW
    waiting: bool = False
    created_ns: int = 0
    updated_ns: int = 0
    working_ns: int = 0
    cancel_client_id: str = ""
    reason: str = ""
    tags: dict[str, Any] = field(default_factory=dict)
    """What only the venue's own protocol knows."""

    @property
    def leaves(self) -> int:
        return self.quantity - self.filled

    @property
    def unpriced(self) -> bool:
        """Whether it takes any price."""
        return self.kind in (Kind.MARKET, Kind.STOP, Kind.PROFIT)

    @property
    def open(self) -> bool:
        return self.status in (Status.NEW, Status.PARTIALLY_FILLED)


@dataclass(frozen=True, slots=True)
class Fill:
    """One side of a trade, as its account has it."""

    trade_id: int
    order: Order
    price: int
    quantity: int
    money: int
    fee: int
    fee_asset: str
    maker: bool
    t_ns: int
    realised: int = 0


@dataclass(frozen=True, slots=True)
class Trade:
    """A public trade; `taker_side` is the aggressor's."""

    id: int
    market: Market
    price: int
    quantity: int
    taker_side: int
    t_ns: int
    maker_order_id: int
    taker_order_id: int


@dataclass(frozen=True, slots=True)
class Execution:
    """Something happened to an order. Figures are those right after it, since orders go on."""

    id: int
    what: Happening
    order: Order
    t_ns: int
    status: Status
    filled: int
    paid: int
    client_id: str
    fill: Fill | None = None
    old_client_id: str = ""
    quantity: int = 0


Levels = list[tuple[int, int]]


def opposite(side: int) -> int:
    """The other side."""
    return BUY + SELL - side


def crosses(side: int, limit: int, price: int) -> bool:
    """Whether an order of a side with a limit may trade at a price."""
    return price <= limit if side == BUY else price >= limit
