"""Matching of one order after another: best price first, then first come first served.

A market or immediate order takes what is there and ends; a fill-or-kill order takes all or nothing;
any other rests with what is left. Stops wait beside the book until a trade reaches their price.
"""

from typing import TYPE_CHECKING

from tickpath.venues.sim.server.book import Book
from tickpath.venues.sim.server.orders import (
    BUY,
    Force,
    Happening,
    Kind,
    Market,
    Order,
    Status,
    Trade,
    crosses,
    opposite,
)
from tickpath.venues.sim.server.units import UNIT

if TYPE_CHECKING:
    from tickpath.venues.sim.server.exchange import Exchange

TRADES_KEPT = 1000
"""Public trades of a market that can be asked for."""


class Matching:
    """The rules, over the books of an exchange."""

    def __init__(self, exchange: "Exchange") -> None:
        self.exchange = exchange

    def limit_of(self, order: Order) -> int:
        """Worst price an order accepts, 0: any."""
        return 0 if order.kind in (Kind.MARKET, Kind.STOP, Kind.PROFIT) else order.price

    def work(self, order: Order) -> None:
        """Take what it may, then rest or end."""
        book = self.exchange.books[order.market.symbol]
        if order.force is not Force.FOK or self.covered(order, book):
            self.take(order, book)
        if order.leaves == 0:
            return
        if self.limit_of(order) and order.force in (Force.GTC, Force.GTD):
            book.join(order)
            return
        done = bool(order.spend and order.filled)
        if order.spend:
            order.quantity = order.filled
        self.exchange.end(order, Status.FILLED if done else Status.EXPIRED)

    def covered(self, order: Order, book: Book) -> bool:
        """Whether the book can fill all of it at once."""
        limit, left = self.limit_of(order), order.leaves
        side = opposite(order.side)
        for price in book.sides[side].prices():
            if limit and not crosses(order.side, limit, price):
                break
            left -= sum(other.leaves for other in book.sides[side].levels[price].values())
            if left <= 0:
                return True
        return False

    def take(self, order: Order, book: Book) -> None:
        """Trade with the best of the other side while it may."""
        side, limit = opposite(order.side), self.limit_of(order)
        while order.leaves and book.best(side):
            price = book.best(side)
            if limit and not crosses(order.side, limit, price):
                return
            maker = book.first(side)
            quantity = min(self.wanted(order, price), maker.shown)
            if quantity <= 0:
                return
            self.trade(order, maker, quantity, book)

    def wanted(self, order: Order, price: int) -> int:
        """What an order still wants at a price."""
        wanted = order.leaves
        if order.spend:
            step = order.market.step
            wanted = min(wanted, (order.spend - order.paid) * UNIT // price // step * step)
        if order.reduce_only and order.account is not None:
            position = order.account.position(order.market, order.position_side).quantity
            wanted = min(wanted, max(0, -position if order.side == BUY else position))
        return wanted

    def trade(self, taker: Order, maker: Order, quantity: int, book: Book) -> None:
        """One trade at the maker's price."""
        exchange, price = self.exchange, maker.price
        book.shrink(maker, quantity)
        now, symbol = exchange.now_ns(), taker.market.symbol
        trade = Trade(
            next(exchange.trade_ids),
            taker.market,
            price,
            quantity,
            taker.side,
            now,
            maker.id,
            taker.id,
        )
        exchange.last[symbol] = price
        kept = exchange.trades[symbol]
        kept.append(trade)
        if len(kept) > 2 * TRADES_KEPT:
            del kept[:TRADES_KEPT]
        for order in (taker, maker):
            order.filled += quantity
            order.paid += price * quantity // UNIT
            order.status = Status.PARTIALLY_FILLED if order.leaves else Status.FILLED
            order.updated_ns = now
        exchange.listener.on_trade(trade)
        for order, is_maker in ((taker, False), (maker, True)):
            exchange.settlement.fill(order, trade, is_maker)
            if order.leaves == 0:
                exchange.end(order, Status.FILLED)
        if maker.leaves and maker.shown == 0:
            book.join(maker)

    # -- stops -------------------------------------------------------------------------------------

    def reached(self, order: Order, last: int) -> bool:
        """Whether a last price starts a waiting order."""
        if not last:
            return False
        up = (order.side == BUY) == (order.kind in (Kind.STOP, Kind.STOP_LIMIT))
        return last >= order.stop_price if up else last <= order.stop_price

    def trigger(self, market: Market) -> None:
        """Start the waiting orders that the last trade reached, in order of arrival."""
        waiting, exchange = self.exchange.waiting[market.symbol], self.exchange
        while waiting:
            last = exchange.last[market.symbol]
            found = next((order for order in waiting if self.reached(order, last)), None)
            if found is None:
                return
            waiting.remove(found)
            found.waiting = False
            found.working_ns = exchange.now_ns()
            exchange.say(found, Happening.TRIGGERED)
            self.work(found)
