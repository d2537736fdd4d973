"""A recording that nobody's orders move: the market of a backtest, behind a venue's protocol.

The recorded frames are published as they are, but for the venue's time in them, and orders of
accounts are filled as a backtest fills them: by the simulated venue of `venues/sim/reference.py`,
which sees the same frames. An order waits behind what is displayed, takes what is displayed, and
changes nothing of it; orders of accounts do not meet each other, and their fills are no public
trades. Money, margin, filters, limits and faults are the server's as in any market.

Frames are due on whole milliseconds, the grain of Binance's stamps: so the stamps in a run's
journal tell which frames an order met. Worst case a frame: every resting order of every account.
"""

import re
from dataclasses import replace

from tickpath.core.config import SimSpec
from tickpath.core.config_load import config_from
from tickpath.core.errors import ConfigError
from tickpath.core.records import BookStatus, OrderType, TimeInForce
from tickpath.venues.sim.frames import Recording
from tickpath.venues.sim.reference import DEPTH_MAX, SimVenue
from tickpath.venues.sim.reference_terms import SimOrder
from tickpath.venues.sim.reference_text import Line
from tickpath.venues.sim.server.binance.streams import Streams
from tickpath.venues.sim.server.clock import MS
from tickpath.venues.sim.server.exchange import Exchange
from tickpath.venues.sim.server.orders import (
    BUY,
    SELL,
    Force,
    Market,
    Order,
    Status,
    Trade,
    opposite,
)
from tickpath.venues.sim.server.replay import SNAPSHOT, Replay
from tickpath.venues.sim.server.units import UNIT, cost_of, parse

STAMPS = re.compile(r'"([ET])"\s*:\s*\d+')
WRAPPED = re.compile(r'\s*\{\s*"stream"\s*:\s*"([^"]*)"\s*,\s*"data"\s*:\s*')
EVENT = re.compile(r'\{\s*"e"\s*:\s*"([^"]*)"')
FORCES = {
    Force.GTC: TimeInForce.GTC,
    Force.GTD: TimeInForce.GTC,
    Force.IOC: TimeInForce.IOC,
    Force.FOK: TimeInForce.FOK,
}


class Fills(SimVenue):
    """The simulated venue without its words: fills go to the exchange, whose orders these are.
    Dates and stops are the exchange's."""

    def __init__(self, queue: "Queued", venue: str, symbol: str, sim: SimSpec) -> None:
        super().__init__(replace(config_from(venue, [symbol], ()), sim=sim))
        self.queue = queue

    def fill(self, o: SimOrder, ticks: int, lots: int, maker: bool, why: int, t_ns: int) -> None:
        """One execution, as far as the account can bear it."""
        o.filled_lots += self.queue.fill(o.client_order_id, ticks, lots, maker)

    def end(self, o: SimOrder, status: str, t_ns: int) -> None:
        """The exchange remembers."""

    def emit(self, line: Line, t_ns: int) -> None:
        """The exchange speaks."""


class Queued(Replay):
    """See the module. Raises ConfigError when the market's steps are not those of the recorded
    instrument, or no snapshot of the book is in the recording."""

    def __init__(
        self, exchange: Exchange, market: Market, recording: Recording, sim: SimSpec,
        streams: Streams,
    ) -> None:  # fmt: skip
        super().__init__(exchange, market, recording)
        self.fills = Fills(self, recording.venue, market.symbol, sim)
        self.streams = streams
        self.orders: dict[int, tuple[Order, SimOrder]] = {}
        self.mirrored = False
        about = self.fills.config.instruments[0]
        self.tick, self.lot = (int(size * UNIT) for size in (about.tick_size, about.lot_size))
        if market.tick != self.tick or market.step % self.lot:
            raise ConfigError(
                f"{market.symbol}: tick_size and lot_size are not those of the recorded "
                f"{recording.venue}:{market.symbol} ({about.tick_size}, {about.lot_size}): leave "
                'them out, or fills = "book"'
            )
        if SNAPSHOT not in self.frame(self.first_snapshot())[:80]:
            raise ConfigError(
                f"{market.symbol}: no snapshot of the book in the recording, so nobody can trade "
                "on it: name the recording before it too, first"
            )
        exchange.queued[market.symbol] = self
        streams.recorded.add(market.symbol)

    # -- the market --------------------------------------------------------------------------------

    def start(self, now_ns: int) -> None:
        """What precedes the first snapshot is not published, but its diffs may be needed."""
        for position in range(self.first_snapshot()):
            self.fills.on_market(0, self.frame(position), now_ns)
        super().start(now_ns)

    def due(self, position: int) -> int:
        """When a frame happens: on the whole millisecond."""
        return super().due(position) // MS * MS

    def advance(self, now_ns: int) -> None:
        """The frame that is due: to the orders that wait, then to everybody."""
        frame = self.frame(self.position)
        self.fills.on_market(0, frame, now_ns)
        self.drop()
        super().advance(now_ns)
        name, text = named(frame.decode())
        stamp = self.exchange.now_ns() // MS
        stamped = STAMPS.sub(lambda found: f'"{found[1]}":{stamp}', text)
        self.streams.relay(self.market.symbol, name, stamped)

    def depth(self, bids: list[list[str]], asks: list[list[str]]) -> None:
        """The book that is asked for is the one that orders meet."""
        known, levels = self.fills.books[0], self.levels
        whole = known.status != BookStatus.OK or not self.mirrored
        self.mirrored = known.status == BookStatus.OK
        changes: list[tuple[int, int, int]] = []
        for side, rows in ((BUY, bids), (SELL, asks)):
            quantities = known.sides[side].quantities if self.mirrored else {}
            prices = {parse(row[0]) for row in rows}
            if whole:
                prices = {ticks * self.tick for ticks in quantities} | set(levels[side])
            changes += [
                (side, price, quantities.get(price // self.tick, 0) * self.lot) for price in prices
            ]
        for side, price, quantity in sorted(changes, key=lambda c: c[2] > 0):
            self.set_level(side, price, quantity)
        self.exchange.books[self.market.symbol].id = known.last_id
        self.exchange.after(self.market)

    def snapshot(self, bids: list[list[str]], asks: list[list[str]]) -> None:
        """Every level anew."""
        self.mirrored = False
        self.depth([], [])

    def trade(self, side: int, price: int, quantity: int) -> None:
        """A recorded trade is public; the recorded depth says what it took."""
        ids = self.exchange.order_ids
        trade = Trade(
            next(self.exchange.trade_ids), self.market, price, quantity, side,
            self.exchange.now_ns(), next(ids), next(ids),
        )  # fmt: skip
        self.exchange.matching.print(trade)
        self.exchange.after(self.market)

    # -- orders of accounts ------------------------------------------------------------------------

    @property
    def open(self) -> bool:
        """Whether there is a book to meet."""
        return self.fills.books[0].status == BookStatus.OK

    def best(self, side: int) -> int:
        """Best price of a side, 0: none."""
        return self.fills.best(0, side) * self.tick

    def work(self, order: Order) -> None:
        """Take what is displayed, then wait in the queue or end."""
        if order.spend:
            order.quantity = order.filled + self.reach(order)
        o = SimOrder(
            instrument=0,
            client_order_id=order.id,
            side=order.side,
            type=OrderType.MARKET if order.unpriced else OrderType.LIMIT,
            time_in_force=TimeInForce.IOC if order.unpriced else FORCES[order.force],
            price_ticks=0 if order.unpriced else order.price // self.tick,
            quantity_lots=order.leaves // self.lot,
            display_lots=order.clip // self.lot,
        )
        self.orders[order.id] = (order, o)
        if o.quantity_lots:
            self.fills.work(o, self.exchange.now_ns())
        if order.open and o not in self.fills.orders:
            self.exchange.end(order, Status.EXPIRED)
        self.drop()

    def reach(self, order: Order) -> int:
        """Quantity that money buys, or that earns it, from what is displayed."""
        left, quantity, step = order.spend, 0, self.market.step
        for ticks, lots in self.fills.books[0].depth(opposite(order.side), DEPTH_MAX):
            price = ticks * self.tick
            part = min(lots * self.lot, left * UNIT // price // step * step)
            quantity, left = quantity + part, left - cost_of(price, part)
            if part < lots * self.lot:
                break
        return quantity

    def fill(self, number: int, ticks: int, lots: int, maker: bool) -> int:
        """A fill of an order of an account; returns the lots that are filled."""
        order, exchange = self.orders[number][0], self.exchange
        matching, price = exchange.matching, ticks * self.tick
        if self.market.symbol in exchange.halted:
            return 0
        lots = min(lots, matching.wanted(order, price) // self.lot)
        if lots <= 0:
            return 0
        other = Order(
            next(exchange.order_ids), self.market, opposite(order.side), price, lots * self.lot
        )
        taker, rests = (other, order) if maker else (order, other)
        matching.settle(taker, rests, matching.trade_of(taker, rests, price, lots * self.lot))
        matching.drop_reducers(order)
        return lots

    def remove(self, order: Order) -> None:
        """It waits no longer; a frame in hand still looks at it, see `drop`."""
        waiting = self.fills.orders
        self.fills.orders = [o for o in waiting if o.client_order_id != order.id]

    def shrink(self, order: Order, quantity: int) -> None:
        """Less of an order, at the place it has."""
        self.orders[order.id][1].quantity_lots -= quantity // self.lot

    def drop(self) -> None:
        """Orders that ended are no longer looked at."""
        self.orders = {k: pair for k, pair in self.orders.items() if pair[0].open}
        self.fills.orders = [o for o in self.fills.orders if o.client_order_id in self.orders]


def named(text: str) -> tuple[str, str]:
    """(kind of stream, what it carries) of a recorded frame; no kind: of no stream."""
    found = WRAPPED.match(text)
    body = text[found.end() : -1] if found else text
    kind = EVENT.match(body)
    if kind is None:
        return ("bookTicker" if found and found[1].endswith("@bookTicker") else "", body)
    return ("depth" if kind[1] == "depthUpdate" else kind[1]), body
