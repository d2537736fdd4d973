"""Live orders, ended orders, remembered fills: the rows that `order_table.pxd` keeps natively.

A row is an order with what only execute knows of it. `Work` is what an order does beside resting at
its venue: waits for a price, ends at a time, belongs to others, refills an iceberg.
"""

from dataclasses import dataclass, field
from enum import IntEnum

from tickpath.core.records import OpenOrder, Order, OrderType, TimeInForce

ROLE_CLIP = 3
"""Beside the public LinkRole: one clip of an iceberg; `partner` is the parked parent."""


class Wait(IntEnum):
    """What a parked order waits for."""

    NONE = 0
    """Nothing: the order is at its venue."""
    ENTRY = 1
    """The end of its link's entry."""
    PRICE = 2
    """Its trigger."""
    CLEAR = 3
    """Triggered: until no other order of its link is at the venue."""
    NOW = 4
    """Nothing more: goes out with the next step."""
    CLIPS = 5
    """Its clips: the parent of an iceberg never goes out itself."""
    SLICES = 6
    """What its algorithm lets go out: its clips go out instead, as those of an iceberg."""
    PAUSED = 7
    """A command: the parent of clips sends none."""


@dataclass(slots=True)
class Work:
    trigger_ticks: int = 0
    expire_ns: int = 0
    query_ns: int = 0
    display_lots: int = 0
    extreme2: int = 0
    armed_lots: int = 0
    busted_lots: int = 0
    start_ns: int = 0
    market_lots: int = 0
    awaited_lots: int = 0
    partner: int = 0
    link: int = 0
    role: int = 0
    wait: int = Wait.NONE
    cancel: int = 0

    @property
    def due_ns(self) -> int:
        """The earlier of expiry and query, 0 when there is none."""
        return min((t for t in (self.expire_ns, self.query_ns) if t), default=0)


@dataclass(slots=True)
class Row:
    """A live or parked order and what only execute knows of it."""

    order: Order
    replaces: int = 0
    acked: bool = False
    held: bool = False
    work: Work = field(default_factory=Work)


@dataclass(slots=True)
class Ended:
    """An order that left the table; `awaited_lots` were filled at the venue, not seen here yet."""

    order: Order
    awaited_lots: int = 0
    partner: int = 0
    link: int = 0
    role: int = 0


def leaves_of(order: Order) -> int:
    """Lots still open."""
    return max(0, order.quantity_lots - order.filled_lots)


def open_order(order: Order, leaves_lots: int) -> OpenOrder:
    """An order as its strategy sees it."""
    return OpenOrder(
        order.client_order_id, order.price_ticks, leaves_lots, order.side, order.state, order.tag
    )


def rests(order: Order) -> bool:
    """Whether an order may stay in a venue's book."""
    limit = order.type in (OrderType.LIMIT, OrderType.POST_ONLY) and order.price_ticks > 0
    return limit and order.time_in_force == TimeInForce.GTC
