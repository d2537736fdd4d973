"""The generated market of a simulated venue: anonymous orders that others trade with.

Orders of the crowd are orders like any other: they match, queue and are published by the same
rules, so orders of accounts have impact. What they do follows the numbers of `model.MarketModel`:
market orders come in runs of one sign, limit orders join or improve the best price or stand behind
it by a power law, makers cancel near the touch and step after the market. The price stays within
DRIFT_PPM of where it began. One seed, one market. Worst case: about 30 000 events a second.
Of a real market most events change nothing but the quantity at the best price: `touch_ppm` of them
do so here, which is the cheapest way to many frames.
"""

import random
from math import log

from tickpath.venues.sim.model import MarketModel
from tickpath.venues.sim.server.clock import SECOND
from tickpath.venues.sim.server.exchange import Exchange
from tickpath.venues.sim.server.orders import BUY, SELL, Market, Order, opposite
from tickpath.venues.sim.server.units import PPM

WORD = 65_536
WORD_CUBED = WORD**3
DRIFT_PPM = 30_000
ORDERS_KEPT = 40
ORDERS_MAX = 2000
START_ORDERS = 400
REACH_BITS = 10
LOOK = 256
"""Gone orders are dropped this seldom."""


class Crowd:
    """The crowd of one market. `size_max` is the largest order, in 10^-8; `events_per_s` is the
    mean rate of its events, `touch_ppm` the share of those that only change the quantity at the
    best price."""

    def __init__(
        self,
        exchange: Exchange,
        market: Market,
        *,
        seed: int,
        mid: int,
        size_max: int,
        events_per_s: int,
        touch_ppm: int = 0,
        model: MarketModel | None = None,
    ) -> None:
        self.exchange, self.market = exchange, market
        self.model = model or MarketModel()
        self.random = random.Random(f"{seed}:{market.symbol}")
        self.bits = self.random.getrandbits
        self.mid = mid // market.tick * market.tick
        self.steps_max = max(1, size_max // market.step)
        least = -(-market.notional_min * 10**8 // max(self.mid, 1))
        self.steps_min = least // market.step + 1
        self.wait_mean_ns = SECOND // events_per_s if events_per_s else 0
        self.touch_share = touch_ppm * WORD // PPM
        self.orders: tuple[list[Order], list[Order]] = ([], [])
        self.run_left, self.run_side, self.tilt = 0, BUY, WORD // 2
        self.book = exchange.books[market.symbol]
        self.next_ns: int | None = None
        self.looked = 0

    def start(self, now_ns: int) -> None:
        """Fill the book around the middle."""
        for side, price in ((BUY, self.mid), (SELL, self.mid + self.market.tick)):
            self.rest(side, price)
            for _ in range(START_ORDERS):
                away = self.away() + self.away() + self.away()
                self.rest(side, price + self.behind(side) * away)
        self.next_ns = self.wait(now_ns) if self.wait_mean_ns else None

    # -- chance ------------------------------------------------------------------------------------

    def chance(self) -> int:
        """0 .. 65 535."""
        return self.bits(16)

    def away(self) -> int:
        """Ticks behind the touch: often none, else four times as far, half as likely."""
        if self.chance() < self.model.touch:
            return 0
        bits = self.bits(REACH_BITS) | (1 << (REACH_BITS - 1))
        reach = min(2 * ((bits & -bits).bit_length() - 1) + 1, REACH_BITS)
        return 1 + self.bits(reach)

    def size(self) -> int:
        """Mostly small, seldom large, in whole steps; worth the least notional."""
        bits = self.bits
        steps = 1 + bits(16) * bits(16) * bits(16) * self.steps_max // WORD_CUBED
        return (steps if steps > self.steps_min else self.steps_min) * self.market.step

    def wait(self, now_ns: int) -> int:
        """When the next event comes."""
        return now_ns + 1 + int(-log(1.0 - self.random.random()) * self.wait_mean_ns)

    def slip(self, now_ns: int, late_ns: int) -> None:
        """Leave out what should have happened meanwhile."""
        if self.next_ns is not None:
            self.next_ns = max(self.next_ns, now_ns)

    # -- events ------------------------------------------------------------------------------------

    def advance(self, now_ns: int) -> None:
        """The event that is due at `next_ns`."""
        if not (self.touch_share and self.chance() < self.touch_share and self.resize()):
            self.act()
        self.next_ns = self.wait(now_ns)

    def act(self) -> None:
        """One order or cancel."""
        m, kind = self.model, self.chance() - self.model.market_calm
        if kind < 0:
            self.market_order()
        elif kind < m.limit:
            self.limit_order()
        elif kind < m.limit + m.cancel_near:
            self.cancel_near()
        elif kind < m.limit + m.cancel_near + m.requote:
            self.requote()
        else:
            self.withdraw(self.bits(1))

    def resize(self) -> bool:
        """The last order at a best price gets larger, or smaller again; False when that is none of
        the crowd's."""
        side = self.bits(1)
        order = self.book.last(side)
        if order is None or order.account is not None:
            return False
        step = self.market.step
        least = self.steps_min * step
        if order.quantity - order.filled > least + step and self.bits(1):
            self.exchange.crowd_cancel(order, step + (order.shown - least) // 2 // step * step)
        else:
            self.exchange.crowd_grow(order, self.size())
        return True

    def set_tilt(self) -> None:
        """How likely the next run buys, of 65 536: back to the middle when far away."""
        best = self.book.best(BUY) or self.mid
        gone_ppm = (best - self.mid) * 10**6 // self.mid
        lean = gone_ppm * (WORD // 2) // DRIFT_PPM
        self.tilt = min(self.model.tilt_max, max(self.model.tilt_min, WORD // 2 - lean))

    def market_order(self) -> None:
        """Likely of the sign of its predecessors."""
        if self.run_left == 0:
            self.set_tilt()
            bits = self.bits(self.model.run_bits) | (1 << self.model.run_bits)
            self.run_left = bits & -bits
            self.run_side = BUY if self.chance() < self.tilt else SELL
        self.run_left -= 1
        side = self.run_side
        if self.chance() < self.model.against:
            side = opposite(side)
        if len(self.live(opposite(side))) > ORDERS_KEPT:
            self.exchange.crowd_take(self.market, side, self.size())

    def limit_order(self) -> None:
        """Into an open spread, at the touch, or behind it."""
        side = BUY if self.chance() < self.tilt else SELL
        book, tick = self.book, self.market.tick
        best, other = book.best(side), book.best(opposite(side))
        if not best:
            best = (other or self.mid) + self.behind(side) * (1 if other else 0)
        gap = abs(other - best) // tick if other else 0
        away = self.away()
        if gap > 1 and self.chance() < self.model.improve:
            away = -1 - min(away, gap - 2)
        if len(self.live(side)) < ORDERS_MAX:
            self.rest(side, best + self.behind(side) * away)

    def cancel_near(self) -> None:
        """The last order of the crowd at a price near the touch goes."""
        side = BUY if self.chance() >= self.tilt else SELL
        price = self.book.best(side) + self.behind(side) * self.away()
        level = self.book.sides[side].levels.get(price)
        if level is None or len(self.live(side)) <= ORDERS_KEPT:
            return
        mine = next((order for order in reversed(level.values()) if order.account is None), None)
        if mine is not None:
            self.exchange.crowd_cancel(mine)

    def requote(self) -> None:
        """Makers move: the best level of one side goes, the other side steps up into the gap."""
        side = SELL if self.chance() < self.tilt else BUY
        book = self.book
        if len(self.live(side)) <= ORDERS_KEPT:
            return
        for order in book.orders(side, book.best(side)):
            if order.account is None:
                self.exchange.crowd_cancel(order)
        best, other = book.best(side), book.best(opposite(side))
        if best and other and abs(best - other) > self.market.tick:
            self.rest(opposite(side), other - self.behind(opposite(side)))

    def withdraw(self, side: int) -> None:
        """Any order of the crowd goes, unless few are left."""
        live = self.live(side)
        if len(live) > ORDERS_KEPT:
            self.exchange.crowd_cancel(live[self.random.randrange(len(live))])

    # -- orders ------------------------------------------------------------------------------------

    def behind(self, side: int) -> int:
        """A tick away from the other side."""
        return -self.market.tick if side == BUY else self.market.tick

    def rest(self, side: int, price: int) -> None:
        if price > 0:
            order = self.exchange.crowd_rest(self.market, side, price, self.size())
            if order is not None:
                self.orders[side].append(order)

    def live(self, side: int) -> list[Order]:
        """Orders of the crowd; gone ones are dropped once they are many."""
        orders = self.orders[side]
        while orders and not orders[-1].shown:
            orders.pop()
        self.looked += 1
        if self.looked % LOOK == 0:
            orders[:] = [order for order in orders if order.shown]
        return orders
