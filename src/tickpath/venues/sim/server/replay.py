"""A recording as the crowd of a simulated venue, replayed in time.

Anonymous orders at each price of the recorded book follow the quantity of the depth messages.
A recorded trade is an immediate order of its aggressor, so resting orders of accounts fill in their
turn; a recorded level that reaches an account's order trades with it. Orders of accounts stay in
the simulator's own book, which is what it publishes. In: frames of one Binance market, wrapped
or bare. Frames that are no depth, trade or snapshot are passed over and counted.
"""

import json
from typing import Any

from tickpath.venues.sim.frames import Recording
from tickpath.venues.sim.server.exchange import Exchange
from tickpath.venues.sim.server.orders import BUY, SELL, Market, Order, crosses
from tickpath.venues.sim.server.units import parse

SNAPSHOT = b'"lastUpdateId"'


class Replay:
    """Frames of a recording onto one market, from `start` on at the recording's own pace."""

    def __init__(self, exchange: Exchange, market: Market, recording: Recording) -> None:
        self.exchange, self.market, self.recording = exchange, market, recording
        self.levels: tuple[dict[int, list[Order]], dict[int, list[Order]]] = ({}, {})
        self.position, self.shift_ns = 0, 0
        self.passed = self.damaged = 0
        self.next_ns: int | None = None

    def start(self, now_ns: int) -> None:
        """The first frame is due now. What precedes the first snapshot is skipped."""
        self.position = self.first_snapshot()
        self.shift_ns = now_ns - int(self.recording.t_ns[self.position])
        self.next_ns = now_ns
        self.advance(now_ns)

    def due(self, position: int) -> int:
        """When a frame happens."""
        return int(self.recording.t_ns[position]) + self.shift_ns

    def frame(self, position: int) -> bytes:
        start = int(self.recording.offsets[position])
        return bytes(self.recording.blob[start : start + int(self.recording.sizes[position])])

    def first_snapshot(self) -> int:
        """Where the book begins; 0 without a snapshot."""
        for position in range(len(self.recording)):
            if SNAPSHOT in self.frame(position)[:80]:
                return position
        return 0

    def advance(self, now_ns: int) -> None:
        """The frame that is due."""
        try:
            self.apply(json.loads(self.frame(self.position)))
        except (ValueError, KeyError, TypeError, IndexError, AttributeError):
            self.damaged += 1
        self.position += 1
        if self.position < len(self.recording):
            self.next_ns = self.due(self.position)
        else:
            self.next_ns = None

    def slip(self, now_ns: int, late_ns: int) -> None:
        """Go on later; no frame is left out."""
        if self.next_ns is not None:
            self.shift_ns += late_ns
            self.next_ns = self.due(self.position)

    def apply(self, message: dict[str, Any]) -> None:
        """One recorded message."""
        data = message.get("data", message)
        if data.get("e") == "depthUpdate":
            self.depth(data["b"], data["a"])
        elif data.get("e") == "trade":
            side = SELL if data["m"] else BUY
            self.trade(side, parse(data["p"]), parse(data["q"]))
        elif "lastUpdateId" in data and "bids" in data:
            self.snapshot(data["bids"], data["asks"])
        else:
            self.passed += 1

    def snapshot(self, bids: list[list[str]], asks: list[list[str]]) -> None:
        """Levels that the snapshot lacks are gone."""
        for side, levels in ((BUY, bids), (SELL, asks)):
            there = {parse(price) for price, _ in levels}
            for price in [price for price in self.levels[side] if price not in there]:
                self.set_level(side, price, 0)
        self.depth(bids, asks)

    def depth(self, bids: list[list[str]], asks: list[list[str]]) -> None:
        """Quantities at prices: what falls comes first, so that levels do not cross in between."""
        changes = [
            (side, parse(row[0]), parse(row[1]))
            for side, levels in ((BUY, bids), (SELL, asks))
            for row in levels
        ]
        for side, price, quantity in sorted(changes, key=lambda c: c[2] > 0):
            self.set_level(side, price, quantity)
        self.exchange.after(self.market)

    def set_level(self, side: int, price: int, quantity: int) -> None:
        """The crowd's quantity at a price; more of it queues behind what waits there already."""
        book = self.exchange.books[self.market.symbol]
        orders = [order for order in self.levels[side].pop(price, []) if order.shown]
        more = quantity - quantity % self.market.step - sum(order.shown for order in orders)
        for order in reversed(orders):
            less = min(order.shown, max(0, -more))
            if less:
                more += less
                order.quantity -= less
                book.shrink(order, less)
        orders = [order for order in orders if order.shown]
        if more > 0:
            more -= self.meet(side, price, more)
        if more > 0 and orders and book.orders(side, price)[-1] is orders[-1]:
            book.grow(orders[-1], more)
        elif more > 0:
            orders.append(Order(next(self.exchange.order_ids), self.market, side, price, more))
            book.join(orders[-1])
        if orders:
            self.levels[side][price] = orders

    def meet(self, side: int, price: int, quantity: int) -> int:
        """Trade with the orders of accounts that a level reaches; returns the quantity that is
        gone. In a halt nothing trades, and such a level is left out until it is recorded again."""
        exchange, done = self.exchange, 0
        within = self.accounts_within(side, price)
        if within and self.market.symbol in exchange.halted:
            return quantity
        for order in within:
            part = min(quantity - done, exchange.matching.given(order)) if order.open else 0
            if part:
                done += part
                taker = Order(next(exchange.order_ids), self.market, side, price, part)
                exchange.matching.trade(taker, order, part, exchange.books[self.market.symbol])
        return done

    def accounts_within(self, side: int, price: int) -> list[Order]:
        """Orders of accounts on the other side that a price reaches, best first."""
        found = [
            order
            for account in self.exchange.accounts.values()
            for order in account.open_orders.values()
            if order.market is self.market
            and order.side != side
            and order.shown
            and crosses(side, price, order.price)
        ]
        return sorted(found, key=lambda o: (o.price if side == BUY else -o.price, o.id))

    def trade(self, side: int, price: int, quantity: int) -> None:
        """A recorded trade: what stands before its price goes first."""
        self.exchange.crowd_take(self.market, side, quantity, price)
