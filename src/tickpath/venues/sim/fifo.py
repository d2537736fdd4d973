"""Our place in a queue of single orders: read this first, fifo.pxd and fifo_queue.pxd are the twin.

An order feed (L3) tells which order was added, taken from or executed, so that nothing about our
place is a model. Every order of the market is kept with an arrival number; ours get one when they
join. What is ahead of us was displayed at our price when we joined and has a lower number.

- Quantity that an order ahead of us loses, by an execution, a cancel or its end, is no longer
  ahead; what an order behind us loses changes nothing. An order that is only reduced keeps its
  place, one that is replaced stands at the end, behind us.
- An execution of an order behind us at our price reaches us first (`queue`), one of an order at a
  price worse than ours passes through us (`through`). The recorded book is not changed.
- A trade of no displayed order (hidden, or of an order that is not kept) at our price fills us when
  nothing is ahead of us, and passes through us at a worse one.
- After a CLEAR nothing is ahead of us.

Never more is ahead than is displayed. The table has room for `fifo_orders` orders; those beyond it
are counted, and their messages with those about orders from before the data (`orders_unknown`).
Worst case: every order row looks at every resting order of ours.
"""

from dataclasses import dataclass
from typing import Any, Final

from tickpath.core.records import Side
from tickpath.core.ticks import OrderRow
from tickpath.venues.flat.wire import OrderChange
from tickpath.venues.sim.fills import WHY

QUEUE: Final = WHY.index("queue")
THROUGH: Final = WHY.index("through")


@dataclass(slots=True)
class Kept:
    """An order of the market."""

    instrument: int
    side: int
    price_ticks: int
    quantity_lots: int
    arrival: int


class Fifo:
    """The orders of the market at one venue, and what their changes do to ours."""

    def __init__(self, venue: Any, capacity: int) -> None:
        self.venue, self.capacity = venue, capacity
        self.kept: dict[tuple[int, int], Kept] = {}
        self.arrivals = 0
        self.full = self.unknown = 0
        self.told = False
        """Whether the frame in hand had an order row: its trade is that order's execution."""

    def counters(self) -> dict[str, int]:
        """Orders not kept for want of room, and rows about orders that are not kept."""
        return {"orders_full": self.full, "orders_unknown": self.unknown}

    def arrive(self) -> int:
        """The number of an order that joins now."""
        self.arrivals += 1
        return self.arrivals

    def on_frame(self, source: int, data: bytes, t_ns: int) -> None:
        """The order row of a frame, before its levels."""
        decoders = self.venue.feed.decoders
        found = decoders[source].order(data) if 0 <= source < len(decoders) else None
        self.told = found is not None
        if found is not None:
            instrument, row = found
            self.on_row(instrument, row, t_ns)

    def on_row(self, instrument: int, row: OrderChange, t_ns: int) -> None:
        if row.kind == OrderRow.CLEAR:
            self.clear(instrument)
        elif row.kind == OrderRow.ADD:
            self.add(instrument, row.side, row)
        elif row.kind == OrderRow.REPLACE:
            self.replace(instrument, row)
        else:
            self.take(instrument, row, t_ns)

    def clear(self, instrument: int) -> None:
        self.kept = {k: order for k, order in self.kept.items() if order.instrument != instrument}
        for o in self.venue.orders:
            if o.instrument == instrument:
                o.ahead_lots = 0

    def add(self, instrument: int, side: int, row: OrderChange) -> None:
        if row.quantity_lots == 0 or (instrument, row.order_id) in self.kept:
            self.unknown += 1
        elif len(self.kept) >= self.capacity:
            self.full += 1
        else:
            self.kept[instrument, row.order_id] = Kept(
                instrument, side, row.price_ticks, row.quantity_lots, self.arrive()
            )

    def replace(self, instrument: int, row: OrderChange) -> None:
        """The old order goes, the new one stands at the end of its level."""
        old = self.kept.get((instrument, row.prev_id))
        used = row.order_id != row.prev_id and (instrument, row.order_id) in self.kept
        if old is None or used:
            self.unknown += 1
            return
        self.pass_by(old, old.quantity_lots)
        del self.kept[instrument, row.prev_id]
        self.add(instrument, old.side, row)

    def take(self, instrument: int, row: OrderChange, t_ns: int) -> None:
        """REDUCE, DELETE, EXECUTE."""
        order = self.kept.get((instrument, row.order_id))
        if order is None:
            self.unknown += 1
            if row.kind == OrderRow.EXECUTE and row.side in (Side.BUY, Side.SELL):
                self.trade(instrument, 1 - row.side, row.price_ticks, row.quantity_lots, t_ns)
            return
        lots = min(row.quantity_lots, order.quantity_lots)
        if row.kind == OrderRow.DELETE:
            lots = order.quantity_lots
        if row.kind == OrderRow.EXECUTE:
            self.execute(order, lots, t_ns)
        self.pass_by(order, lots)
        order.quantity_lots -= lots
        if order.quantity_lots == 0:
            del self.kept[instrument, row.order_id]

    def pass_by(self, order: Kept, lots: int) -> None:
        """Lots leave from an order: no longer ahead of ours that came later."""
        place = (order.instrument, order.side, order.price_ticks)
        for o in self.venue.orders:
            if (o.instrument, o.side, o.price_ticks) == place and order.arrival < o.arrival:
                o.ahead_lots = max(0, o.ahead_lots - lots)

    def execute(self, order: Kept, lots: int, t_ns: int) -> None:
        """An execution meets ours that stand before the order, in order of arrival."""
        left = lots
        for o in self.venue.orders:
            if (o.instrument, o.side) != (order.instrument, order.side):
                continue
            if o.price_ticks == order.price_ticks:
                if o.arrival < order.arrival:
                    left -= self.reach(o, left, t_ns)
            elif (o.price_ticks > order.price_ticks) == (o.side == Side.BUY):
                self.venue.fill(o, o.price_ticks, o.leaves_lots, True, THROUGH, t_ns)
        self.venue.drop_done()

    def trade(self, instrument: int, aggressor: int, ticks: int, lots: int, t_ns: int) -> None:
        """A trade of no order that is kept."""
        left = lots
        for o in self.venue.orders:
            if o.instrument != instrument or o.side == aggressor or ticks <= 0 or lots <= 0:
                continue
            if o.price_ticks == ticks:
                if o.ahead_lots == 0:
                    left -= self.reach(o, left, t_ns)
            elif (o.price_ticks > ticks) == (o.side == Side.BUY):
                self.venue.fill(o, o.price_ticks, o.leaves_lots, True, THROUGH, t_ns)
        self.venue.drop_done()

    def reach(self, o: Any, left: int, t_ns: int) -> int:
        """What of a trade an order of ours gets."""
        lots = o.offer_lots
        if left <= 0:
            return 0
        if self.venue.config.sim.partial_fills:
            lots = min(left, lots)
        self.venue.fill(o, o.price_ticks, lots, True, QUEUE, t_ns)
        if o.clip_filled(lots):
            self.venue.join(o)
        return int(lots)
