"""Orders that were split and where their children stand: filled + open + dropped = total, always.

A row is written before the first child leaves. A child that the venue certainly refused (a reject
of an order it never acknowledged) may move to one other venue, once; whatever else ends unfilled is
dropped, and a late fill takes it back. Fills beyond what a child asked for are counted apart.
Bounded: ended rows are used again in turn; with all rows open no order is split.
"""

from dataclasses import dataclass, field

from tickpath.core.codes import Code
from tickpath.core.limits import LIMITS
from tickpath.core.records import Intent, OrderState, OrderUpdate, ReportKind

ROWS_MAX = LIMITS["route_parents_max"]
FILL_MAX = 2**62
ENDED = (OrderState.FILLED, OrderState.CANCELLED, OrderState.REJECTED, OrderState.EXPIRED)


@dataclass(slots=True)
class Child:
    """The part of a parent that one venue has; units of the parent's group."""

    client_order_id: int
    instrument: int
    venue: int
    lot_units: int
    moved: int
    open_units: int
    dropped_units: int


@dataclass(slots=True)
class Parent:
    """An order as asked for and its children."""

    number: int
    strategy: int
    instrument: int
    side: int
    type: int
    time_in_force: int
    flags: int
    tag: int
    refused: int
    """A bit for each venue that refused a child."""
    price_ticks: int
    expire_ns: int
    total_units: int
    filled_units: int = 0
    over_units: int = 0
    children: list[Child] = field(default_factory=list)

    @property
    def open_units(self) -> int:
        """Units that venues still have, as far as is known."""
        return sum(c.open_units for c in self.children)

    @property
    def dropped_units(self) -> int:
        """Units that nobody works on any more."""
        return sum(c.dropped_units for c in self.children)


class Parents:
    """The table of parents."""

    def __init__(self) -> None:
        self.rows: list[Parent | None] = [None] * ROWS_MAX
        self.made = 0
        self.cursor = 0
        self.places: dict[int, tuple[int, int]] = {}

    def take_row(self) -> int:
        """The next row that is free or ended, emptied; -1 when every row is open."""
        for step in range(ROWS_MAX):
            row = (self.cursor + step) % ROWS_MAX
            parent = self.rows[row]
            if parent is None or parent.open_units == 0:
                for child in parent.children if parent else ():
                    self.places.pop(child.client_order_id, None)
                self.rows[row] = None
                self.cursor = (row + 1) % ROWS_MAX
                return row
        return -1

    def open(self, intent: Intent, total_units: int) -> int:
        """A row for an order about to be sent, without children; -1 when the table is full."""
        row = self.take_row()
        if row >= 0:
            self.made += 1
            self.rows[row] = Parent(
                number=self.made,
                strategy=intent.strategy,
                instrument=intent.instrument,
                side=intent.side,
                type=intent.type,
                time_in_force=intent.time_in_force,
                flags=intent.flags,
                tag=intent.tag,
                refused=0,
                price_ticks=intent.price_ticks,
                expire_ns=intent.expire_ns,
                total_units=total_units,
            )
        return row

    def parent(self, row: int) -> Parent:
        """The parent of a row that was opened."""
        parent = self.rows[row]
        assert parent is not None
        return parent

    def sent(self, row: int, k: int, client_order_id: int) -> None:
        """Child k left under this id; 0: it could not be sent and is dropped."""
        child = self.parent(row).children[k]
        if client_order_id == 0:
            drop(child)
        else:
            child.client_order_id = client_order_id
            self.places[client_order_id] = (row, k)

    def moved(self, row: int, k: int, venue: tuple[int, int, int], client_order_id: int) -> None:
        """Child k is now this order of another (instrument, venue, lot units)."""
        child = self.parent(row).children[k]
        self.places.pop(child.client_order_id, None)
        child.instrument, child.venue, child.lot_units = venue
        child.moved = 1
        child.client_order_id = client_order_id
        self.places[client_order_id] = (row, k)

    def apply(self, update: OrderUpdate) -> tuple[int, int] | None:
        """Follow an order report. Returns (row, child) of a child that may move: decide at once,
        `moved` or `drop`."""
        order = update.order
        place = None if order is None else self.places.get(order.client_order_id)
        if place is None or order is None:
            return None
        parent = self.parent(place[0])
        child = parent.children[place[1]]
        if update.fill_lots > 0:
            self.fill(parent, child, min(FILL_MAX, update.fill_lots * child.lot_units))
        if order.state not in ENDED or child.open_units == 0:
            return None
        certain = update.report == ReportKind.REJECT and update.code == Code.OK
        if certain and order.state == OrderState.REJECTED:
            parent.refused |= 1 << child.venue
            if not child.moved:
                return place
        drop(child)
        return None

    def fill(self, parent: Parent, child: Child, units: int) -> None:
        """Filled units leave the open ones, then those dropped before; the rest is over."""
        from_open = min(units, child.open_units)
        from_dropped = min(units - from_open, child.dropped_units)
        child.open_units -= from_open
        child.dropped_units -= from_dropped
        parent.filled_units += from_open + from_dropped
        over = parent.over_units + units - from_open - from_dropped
        parent.over_units = min(FILL_MAX, over)

    def drop(self, row: int, k: int) -> None:
        """Child k goes nowhere else."""
        drop(self.parent(row).children[k])

    def end(self, client_order_id: int) -> None:
        """The order is gone without a report of its own: the cancel half of a replace."""
        place = self.places.get(client_order_id)
        if place is not None:
            drop(self.parent(place[0]).children[place[1]])


def drop(child: Child) -> None:
    """Nobody works on what is open of this child any more."""
    child.dropped_units += child.open_units
    child.open_units = 0
