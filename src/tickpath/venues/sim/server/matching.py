"""Matching of one order after another: best price first, then first come first served.

A market or immediate order takes what is there and ends; a fill-or-kill order takes all or nothing;
any other rests with what is left. Stops wait beside the book until a trade reaches their price.
"""

from typing import TYPE_CHECKING

from tickpath.venues.sim.server.book import Book
from tickpath.venues.sim.server.orders import (
    BUY,
    SELL,
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
from tickpath.venues.sim.server.units import UNIT, cost_of

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
        return 0 if order.unpriced else order.price

    def work(self, order: Order) -> None:
        """Take what it may, then rest or end."""
        queued = self.exchange.queued.get(order.market.symbol)
        if queued is not None:
            queued.work(order)
            return
        book = self.exchange.books[order.market.symbol]
        if order.force is not Force.FOK or self.covered(order, book):
            self.take(order, book)
        if order.leaves == 0 or not order.open:
            return
        if self.limit_of(order) and order.force in (Force.GTC, Force.GTD):
            book.join(order)
            return
        if order.spend:
            order.quantity = order.filled
        self.exchange.end(order, Status.EXPIRED)

    def covered(self, order: Order, book: Book) -> bool:
        """Whether the book can fill all of it at once."""
        limit, left, money = self.limit_of(order), order.leaves, order.spend
        side = opposite(order.side)
        for price in book.sides[side].prices():
            if limit and not crosses(order.side, limit, price):
                break
            there = sum(other.leaves for other in book.sides[side].levels[price].values())
            left, money = left - there, money - cost_of(price, there)
            if left <= 0 or (order.spend and money <= 0):
                return True
        return False

    def take(self, order: Order, book: Book) -> None:
        """Trade with the best of the other side while it may."""
        side, limit = opposite(order.side), self.limit_of(order)
        ladder = book.sides[side]
        while order.quantity > order.filled and order.open and (price := ladder.best):
            if limit and not crosses(order.side, limit, price):
                return
            maker = next(iter(ladder.levels[price].values()))
            quantity = min(self.wanted(order, price), self.given(maker))
            if quantity <= 0:
                return
            self.trade(order, maker, quantity, book)

    def wanted(self, order: Order, price: int) -> int:
        """What an order still wants at a price."""
        wanted = order.leaves
        if order.account is None:
            return wanted
        settlement, market = self.exchange.settlement, order.market
        if order.spend:
            left = (order.spend - order.paid) * UNIT // price
            wanted = min(wanted, left // market.step * market.step)
        if order.reduce_only:
            wanted = min(wanted, settlement.reducible(order))
        if order.unpriced and not market.linear:
            wanted = min(wanted, settlement.affordable(order, price))
        return wanted

    def given(self, maker: Order) -> int:
        """What a resting order may trade now."""
        if not maker.reduce_only or maker.account is None:
            return maker.shown
        return min(maker.shown, self.exchange.settlement.reducible(maker))

    def trade(self, taker: Order, maker: Order, quantity: int, book: Book) -> None:
        """One trade at the maker's price, in the book."""
        exchange, price = self.exchange, maker.price
        book.shrink(maker, quantity)
        trade = self.trade_of(taker, maker, price, quantity)
        self.print(trade)
        if taker.spend and not self.goes_on(taker, maker, quantity, book):
            taker.quantity = taker.filled
            taker.status = Status.FILLED
        exchange.listener.on_trade(trade)
        if taker.account is None and maker.account is None:
            if maker.quantity > maker.filled and maker.shown == 0:
                book.join(maker)
            return
        self.settle(taker, maker, trade)
        if maker.leaves and maker.shown == 0:
            book.join(maker)
        self.drop_reducers(taker, maker)

    def trade_of(self, taker: Order, maker: Order, price: int, quantity: int) -> Trade:
        """Both orders are filled by as much."""
        exchange, now = self.exchange, self.exchange.now_ns()
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
        for order in (taker, maker):
            order.filled += quantity
            order.paid += cost_of(price, quantity)
            order.updated_ns = now
            order.status = Status.PARTIALLY_FILLED if order.leaves else Status.FILLED
        return trade

    def print(self, trade: Trade) -> None:
        """A trade is public: the last price, figures of the day, the trades that are asked for."""
        exchange = self.exchange
        exchange.day(trade.market).add(trade, cost_of(trade.price, trade.quantity))
        exchange.last[trade.market.symbol] = trade.price
        kept = exchange.trades[trade.market.symbol]
        kept.append(trade)
        if len(kept) > 2 * TRADES_KEPT:
            del kept[:TRADES_KEPT]

    def settle(self, taker: Order, maker: Order, trade: Trade) -> None:
        """Money of both sides; an order that is filled ends."""
        for order, is_maker in ((taker, False), (maker, True)):
            self.exchange.settlement.fill(order, trade, is_maker)
            if order.leaves == 0:
                self.exchange.end(order, Status.FILLED)

    def drop_reducers(self, *orders: Order) -> None:
        """What a fill left without anything to reduce ends."""
        for order in orders:
            if order.account is not None and order.market.linear:
                self.exchange.settlement.drop_idle_reducers(order.account, order.market)

    def goes_on(self, taker: Order, maker: Order, quantity: int, book: Book) -> bool:
        """Whether an order that spends money takes more after a trade, whose quantity it still
        holds: so its last trade can be told as such."""
        price = maker.price if maker.leaves else book.best(maker.side)
        left = (taker.spend - taker.paid) * UNIT // price if price else 0
        if taker.side == SELL:
            left = min(left, taker.locked - quantity)
        return left >= taker.market.step

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
        while waiting and market.symbol not in exchange.halted:
            last = exchange.last[market.symbol]
            found = next((order for order in waiting if self.reached(order, last)), None)
            if found is None:
                return
            waiting.remove(found)
            found.waiting = False
            found.working_ns = exchange.now_ns()
            exchange.settlement.top_up(found)
            exchange.say(found, Happening.TRIGGERED)
            self.work(found)
