"""The exchange behind a simulated venue: what it holds is the truth that tests compare with.

In: orders, cancels and amendments of accounts, and of the crowd (account None). Out: calls of the
listener, in the order things happen: executions, balances, public trades, a new best price. No
venue's words, no text, no clock of its own: times are handed in by `now_ns`.

What an order costs beyond 10^-8 is dropped, fees are half-even. Everything an account gains another
account, the fees or `outside` (the crowd) loses. Worst case: an order that takes the whole book.
"""

from collections.abc import Callable, Iterable
from heapq import heappop, heappush
from itertools import count
from typing import Protocol

from tickpath.venues.sim.server.accounts import Account, Balance
from tickpath.venues.sim.server.book import Book
from tickpath.venues.sim.server.day import DAY_NS, Day
from tickpath.venues.sim.server.matching import Matching
from tickpath.venues.sim.server.orders import (
    Execution,
    Fill,
    Force,
    Happening,
    Kind,
    Market,
    Order,
    RefusedError,
    Status,
    Trade,
    Why,
    crosses,
    opposite,
)
from tickpath.venues.sim.server.settlement import Settlement

FIRST_BOOK_ID = 10_000_000_000
FIRST_ORDER_ID = 7_000_000_000
FIRST_TRADE_ID = 3_000_000_000
CLOSED_KEPT = 20_000
FILLS_KEPT = 50_000
"""Orders that are over and fills that an account can still ask for; up to twice as many are held.
Real venues archive them too."""


class Listener(Protocol):
    """Hears what happens, during the call that makes it happen."""

    def on_execution(self, execution: Execution) -> None: ...

    def on_balance(self, account: Account, assets: tuple[str, ...], t_ns: int) -> None: ...

    def on_forgotten(self, order: Order) -> None: ...

    def on_trade(self, trade: Trade) -> None: ...

    def on_top(self, market: Market) -> None: ...


class Queue(Protocol):
    """Where orders of accounts wait in a market that they do not move."""

    def work(self, order: Order) -> None: ...

    def remove(self, order: Order) -> None: ...

    def shrink(self, order: Order, quantity: int) -> None: ...

    def best(self, side: int) -> int: ...

    @property
    def open(self) -> bool: ...


class Exchange:
    """Markets, accounts, books. `fee_in_quote`: fees are always in the quote currency, else spot
    fees are in what is received. Orders of accounts rest in the book of their market, or in
    its queue if it has one (`queued.py`)."""

    def __init__(
        self,
        markets: Iterable[Market],
        now_ns: Callable[[], int],
        listener: Listener,
        *,
        fee_in_quote: bool = False,
        ids_from: int = 0,
    ) -> None:
        self.markets = {market.symbol: market for market in markets}
        self.now_ns = now_ns
        self.listener = listener
        self.books = {symbol: Book(FIRST_BOOK_ID + ids_from) for symbol in self.markets}
        self.queued: dict[str, Queue] = {}
        self.waiting: dict[str, list[Order]] = {symbol: [] for symbol in self.markets}
        self.last: dict[str, int] = dict.fromkeys(self.markets, 0)
        self.trades: dict[str, list[Trade]] = {symbol: [] for symbol in self.markets}
        self.halted: set[str] = set()
        self.accounts: dict[str, Account] = {}
        self.orders: dict[int, Order] = {}
        self.dated: list[tuple[int, int]] = []
        """(when it ends, order id) of orders with a date: a heap."""
        self.order_ids = count(FIRST_ORDER_ID + ids_from)
        self.trade_ids = count(FIRST_TRADE_ID + ids_from)
        self.execution_ids = count(1)
        self.settlement = Settlement(self, fee_in_quote)
        self.matching = Matching(self)
        self._days: dict[str, Day] = {}
        self._tops: dict[str, tuple[int, int, int, int]] = {}

    # -- accounts ----------------------------------------------------------------------------------

    def open_account(self, name: str, balances: dict[str, int], leverage: int = 20) -> Account:
        """A new account with free money."""
        account = Account(name, len(self.accounts) + 1, leverage=leverage)
        account.balances = {asset: Balance(units) for asset, units in balances.items()}
        self.accounts[name] = account
        return account

    def deposit(self, account: Account, asset: str, units: int) -> None:
        """Money from outside (below 0: withdrawn)."""
        account.balance(asset).free += units
        self.settlement.outside[asset] = self.settlement.outside.get(asset, 0) - units
        self.listener.on_balance(account, (asset,), self.now_ns())

    # -- orders of accounts ------------------------------------------------------------------------

    def place(self, order: Order) -> None:
        """Take a new order: numbers it, then it works. Raises RefusedError and changes nothing."""
        account, market, now = order.account, order.market, self.now_ns()
        assert account is not None
        self.check(order)
        self.settlement.reserve(order)
        order.id = next(self.order_ids)
        order.created_ns = order.updated_ns = now
        self.orders[order.id] = order
        self.forget(account)
        account.orders.append(order)
        account.open_orders[order.id] = order
        if order.client_id:
            account.client_ids[order.client_id] = order
        if order.expire_ns:
            heappush(self.dated, (order.expire_ns, order.id))
        self.say(order, Happening.NEW)
        self.settlement.say_balance(order)
        if order.stop_price:
            order.waiting = True
            self.waiting[market.symbol].append(order)
            return
        order.working_ns = now
        self.matching.work(order)
        self.after(market)

    def resting(self, market: Market) -> Book | Queue:
        """Where orders of accounts rest."""
        return self.queued.get(market.symbol) or self.books[market.symbol]

    def forget(self, account: Account) -> None:
        """The oldest orders that are over, and fills, once there are too many."""
        if len(account.fills) >= 2 * FILLS_KEPT:
            del account.fills[:-FILLS_KEPT]
        if len(account.orders) < 2 * CLOSED_KEPT + len(account.open_orders):
            return
        old, kept = account.orders[:-CLOSED_KEPT], account.orders[-CLOSED_KEPT:]
        for order in old:
            if not order.open:
                del self.orders[order.id]
                if account.client_ids.get(order.client_id) is order:
                    del account.client_ids[order.client_id]
                self.listener.on_forgotten(order)
        account.orders[:] = [order for order in old if order.open] + kept

    def check(self, order: Order) -> None:
        """Whether the exchange would take a new order, money aside. Raises RefusedError."""
        account, market = order.account, order.market
        assert account is not None
        queue = self.queued.get(market.symbol)
        if market.symbol in self.halted or (queue is not None and not queue.open):
            raise RefusedError(Why.CLOSED)
        known = account.client_ids.get(order.client_id)
        if known is not None and known.open:
            raise RefusedError(Why.DUPLICATE)
        best = self.resting(market).best(opposite(order.side))
        if order.post_only and best and crosses(order.side, order.price, best):
            raise RefusedError(Why.CROSSES)
        if 0 < order.expire_ns <= self.now_ns():
            raise RefusedError(Why.EXPIRED)
        if order.stop_price and self.matching.reached(order, self.last[market.symbol]):
            raise RefusedError(Why.TRIGGERS)

    def cancel(self, order: Order, client_id: str = "", reason: str = "") -> None:
        """Take an order out. Raises RefusedError when it is not open."""
        if not order.open:
            raise RefusedError(Why.UNKNOWN)
        order.cancel_client_id, order.reason = client_id, reason
        self.take_out(order)
        self.end(order, Status.CANCELED)
        self.after(order.market)

    def amend(self, order: Order, quantity: int, price: int = 0, client_id: str = "") -> None:
        """Change quantity or price under the same id; it keeps its place when only the quantity
        falls. Raises RefusedError and changes nothing."""
        account = order.account
        assert account is not None
        if not order.open or order.waiting:
            raise RefusedError(Why.UNKNOWN)
        if order.market.symbol in self.halted:
            raise RefusedError(Why.CLOSED)
        price = price or order.price
        if quantity <= order.filled:
            raise RefusedError(Why.QUANTITY)
        if (quantity, price) == (order.quantity, order.price):
            raise RefusedError(Why.NO_CHANGE)
        book = self.resting(order.market)
        best = book.best(opposite(order.side))
        if order.post_only and best and crosses(order.side, price, best):
            raise RefusedError(Why.CROSSES)
        self.settlement.reserve_change(order, quantity, price)
        stays = price == order.price and quantity < order.quantity and not order.clip
        if stays:
            book.shrink(order, order.quantity - quantity)
        else:
            book.remove(order)
        order.quantity, order.price, order.updated_ns = quantity, price, self.now_ns()
        old = order.client_id
        if client_id:
            account.client_ids.pop(old, None)
            order.client_id = client_id
            account.client_ids[client_id] = order
        self.settlement.settle_hold(order)
        self.say(order, Happening.AMENDED, old_client_id=old)
        if not stays:
            self.matching.work(order)
        self.after(order.market)

    def cancel_all(self, account: Account, symbol: str = "", reason: str = "") -> list[Order]:
        """Cancel what is open (of one symbol); returns what was cancelled."""
        found = [o for o in account.open_orders.values() if symbol in ("", o.market.symbol)]
        for order in found:
            self.cancel(order, reason=reason)
        return found

    def expire(self, now_ns: int) -> None:
        """Orders whose date has come end."""
        while self.dated and self.dated[0][0] <= now_ns:
            order = self.orders.get(heappop(self.dated)[1])
            if order is not None and order.open:
                self.take_out(order)
                self.end(order, Status.EXPIRED)
                self.after(order.market)

    def halt(self, symbol: str, on: bool = True) -> None:
        """Stop or resume a market: cancels go through, nothing else and no trade."""
        (self.halted.add if on else self.halted.discard)(symbol)

    # -- the crowd ---------------------------------------------------------------------------------

    def crowd_rest(self, market: Market, side: int, price: int, quantity: int) -> Order | None:
        """A limit order of the crowd; what it does not take rests. None when nothing is left, or
        the market is halted."""
        symbol = market.symbol
        if symbol in self.halted:
            return None
        order, book = Order(next(self.order_ids), market, side, price, quantity), self.books[symbol]
        best = book.sides[1 - side].best
        if best and crosses(side, price, best):
            self.matching.work(order)
        else:
            book.join(order)
        self.after(market)
        return order if order.leaves else None

    def crowd_take(self, market: Market, side: int, quantity: int, limit: int = 0) -> int:
        """An immediate order of the crowd, to a limit if there is one; returns what it took."""
        if market.symbol in self.halted:
            return 0
        order = Order(next(self.order_ids), market, side, limit, quantity, force=Force.IOC)
        order.kind = Kind.LIMIT if limit else Kind.MARKET
        self.matching.work(order)
        self.after(market)
        return order.filled

    def crowd_cancel(self, order: Order, quantity: int = 0) -> None:
        """An order of the crowd gives up quantity, all of it by default."""
        part = min(quantity or order.leaves, order.leaves)
        if order.shown:
            self.books[order.market.symbol].shrink(order, min(part, order.shown))
        order.quantity -= part
        self.after(order.market)

    def crowd_grow(self, order: Order, quantity: int) -> None:
        """An order of the crowd that rests gets larger, at the place it has."""
        if order.market.symbol not in self.halted:
            self.books[order.market.symbol].grow(order, quantity)
            self.after(order.market)

    # -- what happens ------------------------------------------------------------------------------

    def take_out(self, order: Order) -> None:
        """Out of the book or of the waiting stops."""
        if order.waiting:
            self.waiting[order.market.symbol].remove(order)
            order.waiting = False
        else:
            self.resting(order.market).remove(order)

    def end(self, order: Order, status: Status) -> None:
        """An order is over: what it held is free again."""
        order.status = status
        if order.account is None:
            return
        order.updated_ns = self.now_ns()
        order.account.open_orders.pop(order.id, None)
        if status is Status.FILLED:
            if order.locked:
                self.settlement.release(order)
                self.settlement.say_balance(order)
            return
        self.settlement.release(order)
        what = Happening.CANCELED if status is Status.CANCELED else Happening.EXPIRED
        self.say(order, what)
        self.settlement.say_balance(order)

    def say(
        self, order: Order, what: Happening, fill: Fill | None = None, old_client_id: str = ""
    ) -> None:
        """Tell the listener about an order of an account."""
        if order.account is None:
            return
        execution = Execution(
            id=next(self.execution_ids),
            what=what,
            order=order,
            t_ns=self.now_ns(),
            status=order.status,
            filled=order.filled,
            paid=order.paid,
            client_id=order.client_id,
            fill=fill,
            old_client_id=old_client_id,
            quantity=order.quantity,
        )
        self.listener.on_execution(execution)

    def after(self, market: Market) -> None:
        """Once a step is complete: stops that the trades reached, then the best prices."""
        symbol = market.symbol
        if self.waiting[symbol]:
            self.matching.trigger(market)
        top = self.books[symbol].top()
        if top != self._tops.get(symbol):
            self._tops[symbol] = top
            self.listener.on_top(market)

    def day(self, market: Market) -> Day:
        """Figures of the day's trades."""
        now, found = self.now_ns(), self._days.get(market.symbol)
        if found is None or not found.start_ns <= now < found.start_ns + DAY_NS:
            found = self._days[market.symbol] = Day(now - now % DAY_NS, self.mark(market))
        return found

    def mark(self, market: Market) -> int:
        """Price that positions are valued at: the last trade, else the middle, else 0."""
        last = self.last[market.symbol]
        if last:
            return last
        bid, _, ask, _ = self.books[market.symbol].top()
        return (bid + ask) // 2 if bid and ask else bid or ask
