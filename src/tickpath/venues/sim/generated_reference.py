"""A generated market in plain Python: read this first.

The book is price-time: orders of the crowd and of ours queue at their price in order of arrival.
`advance` makes the next thing happen: an event of the crowd or a depth diff. An event is one of

- a market order. Orders come in runs of one sign whose lengths follow a power law (F. Lillo,
  J. D. Farmer, 2004); each raises the heat, which falls with time: the hotter, the shorter the
  waiting times (self-excitation, A. G. Hawkes, 1971);
- a limit order: into an open spread, at the touch, or behind it by a power law of the distance
  (J.-P. Bouchaud, M. Mezard, M. Potters, 2002);
- a cancel of the crowd's, near the touch or anywhere: the fuller the book, the likelier it hits
  (E. Smith, J. D. Farmer, L. Gillemot, S. Krishnamurthy, 2003);
- a move of makers: best levels of one side go, the other side steps up.

Calm and busy times alternate. splitmix64 and integers decide everything, so the native market gives
the same frames. Worst case: about 30 000 events a second.
"""

from typing import Any

from tickpath.core.records import OrderType, Side, TimeInForce
from tickpath.venues.sim import model as numbers
from tickpath.venues.sim.fills import WHY
from tickpath.venues.sim.frames import Builder, Recording
from tickpath.venues.sim.generated_book import Book
from tickpath.venues.sim.generated_text import Text
from tickpath.venues.sim.model import MarketModel
from tickpath.venues.sim.products import lots_per_step, product_of

MASK = 2**64 - 1
LN2 = 45_426
HALF = 32_768
TAKE, QUEUE = WHY.index("take"), WHY.index("queue")


def trailing_zeros(x: int) -> int:
    return (x & -x).bit_length() - 1


class GeneratedMarket:
    """`frames` frames of a market made from `seed`; ask it for more and it goes on."""

    def __init__(
        self,
        seed: int,
        frames: int,
        venue: str = "binance-spot",
        symbol: str = "BTCUSDT",
        model: MarketModel | None = None,
    ) -> None:
        self.product = product_of(venue, symbol)
        self.model = model or MarketModel()
        self.venue, self.symbol, self.frames = venue, symbol, frames
        self.used = False
        self.random = seed & MASK
        self.base_ticks = self.product.mid_ticks - numbers.TICKS // 2
        self.lots_per_step = 1
        self.text = Text(self.product, self.base_ticks)
        self.out: list[tuple[int, bytes]] = []
        self.seen: tuple[int, ...] = ()
        self.trade_id = numbers.FIRST_TRADE_ID
        self.now_ns = self.heat_ns = self.regime_ns = numbers.START_NS
        self.depth_ns = numbers.START_NS + numbers.DEPTH_NS
        self.heat, self.tilt, self.busy = 0, HALF, True
        self.run_left, self.run_buys, self.diffs = 0, 0, 0
        self.book = self.first_book()
        self.prev_id, self.first_id = self.book.id, self.book.id + 1
        self.mood()
        self.event_ns = self.wait()

    def first_book(self) -> Book:
        """A book around the middle; only the snapshot will show it."""
        middle = numbers.TICKS // 2
        book = Book(middle)
        book.add(0, middle, self.size(), 0)
        book.add(1, middle + 1, self.size(), 0)
        for _ in range(self.model.orders_start):
            for side, tick, step in ((0, middle, -1), (1, middle + 1, 1)):
                away = self.away() + self.away() + self.away()
                book.add(side, tick + step * away, self.size(), 0)
        book.id = numbers.FIRST_ID
        book.changed = (set(), set())
        return book

    # -- chance ------------------------------------------------------------------------------------

    def draw(self) -> int:
        """splitmix64 (S. Vigna)."""
        self.random = (self.random + 0x9E3779B97F4A7C15) & MASK
        z = self.random
        z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & MASK
        z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & MASK
        return z ^ (z >> 31)

    def chance(self) -> int:
        """0 .. 65 535."""
        return self.draw() >> 48

    def exponential(self, mean_ns: int) -> int:
        """-mean * ln(u): the leading bit exactly, between bits by a straight line."""
        x = self.draw() | 1
        zeros = 64 - x.bit_length()
        part = (((x << zeros) & MASK) >> 31) & 0xFFFFFFFF
        bits = ((zeros + 1) << 32) - part
        return mean_ns * (((bits >> 16) * LN2) >> 16) >> 16

    def away(self) -> int:
        """Ticks behind the touch: often none, else a power law: four times as far, half as
        likely."""
        x = self.draw()
        if x & 0xFFFF < self.model.touch:
            return 0
        k = 2 * trailing_zeros((x >> 17) | (1 << 15)) + ((x >> 16) & 1)
        return 1 + ((x >> 32) & ((1 << min(k, self.product.reach_bits)) - 1))

    def size(self) -> int:
        """Steps of an order: mostly small, seldom large (the fourth power of a uniform draw)."""
        u = self.chance()
        u = u * u >> 16
        u = u * u >> 16
        return 1 + (u * self.product.size_max >> 16)

    # -- time --------------------------------------------------------------------------------------

    def next_ns(self) -> int:
        """When the market moves next of itself."""
        return min(self.depth_ns, self.event_ns)

    def advance(self, venue: Any = None) -> None:
        """The next event of the crowd or the next diff; `venue` is the one attached, if any."""
        self.used = True
        self.now_ns = self.next_ns()
        if self.depth_ns == self.now_ns:
            self.depth_ns += numbers.DEPTH_NS
            self.publish_depth()
            return
        self.mood()
        self.event(venue)
        self.publish_ticker()
        self.event_ns = self.wait()
        if venue is not None:
            venue.drop_done()

    def mood(self) -> None:
        """Heat falls with time, calm and busy times alternate, the tilt wanders and returns."""
        m = self.model
        dt = min(self.now_ns - self.heat_ns, m.heat_decay_ns)
        self.heat -= self.heat * dt // m.heat_decay_ns
        self.heat_ns = self.now_ns
        if self.now_ns >= self.regime_ns:
            self.busy = not self.busy
            mean_ns = m.busy_ns if self.busy else m.calm_ns
            self.regime_ns = self.now_ns + self.exponential(mean_ns)
        self.tilt += ((self.chance() - HALF) >> m.tilt_shift) - ((self.tilt - HALF) >> 10)
        if self.tilt > m.tilt_max or self.book.best[0] < numbers.EDGE_TICKS:
            self.tilt = m.tilt_max
        if self.tilt < m.tilt_min or self.book.best[1] > numbers.TICKS - numbers.EDGE_TICKS:
            self.tilt = m.tilt_min

    def wait(self) -> int:
        """When the next event of the crowd comes: the hotter and busier, the sooner."""
        wait = self.exponential(self.model.wait_ns)
        rate = (65_536 + self.heat) * (self.model.busy_rate if self.busy else 1)
        return self.now_ns + 1000 + wait * 65_536 // rate

    # -- events of the crowd -----------------------------------------------------------------------

    def event(self, venue: Any) -> None:
        """One order or cancel arrives."""
        m = self.model
        kind = self.chance() - (m.market_busy if self.busy else m.market_calm)
        if kind < 0:
            self.market_order(venue)
        elif kind < m.limit:
            self.limit_order()
        elif kind < m.limit + m.cancel_near:
            self.cancel_near()
        elif kind < m.limit + m.cancel_near + m.requote:
            self.requote()
        else:
            self.withdraw((self.draw() >> 32) * numbers.POOL >> 32)

    def market_order(self, venue: Any) -> None:
        """Likely of the sign of its predecessors; heats the flow up."""
        m = self.model
        if self.run_left == 0:
            x = self.draw()
            self.run_left = 1 << trailing_zeros((x >> 16) | (1 << m.run_bits))
            self.run_buys = int((x >> 48) < self.tilt)
        self.run_left -= 1
        side = 1 - self.run_buys if self.chance() < m.against else self.run_buys
        self.heat = min(m.heat_max, self.heat + m.heat_step)
        left = self.size()
        while left > 0 and self.book.crowd_orders[side] > numbers.KEEP_ORDERS:
            if self.book.empty(side):
                return
            left -= self.strike(venue, side, left, None)

    def limit_order(self) -> None:
        """Sooner on the thinner side: into an open spread, or behind the touch."""
        bids, asks = self.book.crowd_orders
        side = 0 if self.chance() < self.tilt + numbers.THIN_WEIGHT * (asks - bids) else 1
        gap = self.book.best[1] - self.book.best[0]
        if gap > 1 and self.chance() < self.model.improve:
            away = -1 - min(self.away(), gap - 2)
        else:
            away = self.away()
        tick = self.book.best[side] + (away if side else -away)
        if 1 <= tick <= numbers.TICKS - 2 and len(self.book.free) > numbers.OWN_PLACES:
            self.book.add(side, tick, self.size(), 0)

    def withdraw(self, place: int) -> None:
        """The crowd cancels an order of its own, unless too few would be left."""
        order = self.book.places.get(place)
        if order is None or order.owner:
            return
        if self.book.crowd_orders[order.side] > numbers.KEEP_ORDERS:
            self.book.shrink(place, order.steps)

    def cancel_near(self) -> None:
        """The last order of a level near the touch goes, sooner where less is wanted."""
        side = 1 if self.chance() < self.tilt else 0
        step = 1 if side else -1
        tick = self.book.best[side] + step * self.away()
        for _ in range(numbers.CANCEL_REACH_TICKS):
            if self.book.queue(side, tick):
                self.withdraw(self.book.queue(side, tick)[-1])
                return
            tick += step

    def requote(self) -> None:
        """Makers move: some best levels of one side go, the other side steps up into the gap.
        Orders of ours stay where they are and are the best then."""
        follows = self.chance() < self.model.follow
        side = self.run_buys if follows else int(self.chance() < self.tilt)
        for _ in range(1 + trailing_zeros((self.draw() >> 16) | 8)):
            tick = self.book.best[side]
            if self.book.empty(side):
                break
            for place in list(self.book.queue(side, tick)):
                self.withdraw(place)
            if self.book.best[side] == tick:
                break
        gap = self.book.best[1] - self.book.best[0]
        away = self.away()
        if gap <= 1 or len(self.book.free) <= numbers.OWN_PLACES:
            return
        back = 1 + min(away, gap - 2)
        tick = self.book.best[side] + (-back if side else back)
        self.book.add(1 - side, tick, self.size(), 0)

    # -- matching ----------------------------------------------------------------------------------

    def strike(self, venue: Any, side: int, left: int, taker: Any) -> int:
        """Match against the first order of the best level of `side`; returns the steps matched."""
        tick = self.book.best[side]
        place = self.book.queue(side, tick)[0]
        order = self.book.places[place]
        steps = min(left, order.steps)
        self.book.shrink(place, steps)
        self.trade_id += 1
        self.publish(self.text.trade(self.now_ns, self.trade_id, tick, steps, side == 0))
        ticks, lots = self.base_ticks + tick, steps * self.lots_per_step
        if taker is not None:
            venue.trade_id = self.trade_id - 1
            venue.fill(taker, ticks, lots, False, TAKE, self.now_ns)
        if order.owner and venue is not None:
            venue.trade_id = self.trade_id - 1
            own = venue.find(order.owner)
            venue.fill(own, ticks, lots, True, QUEUE, self.now_ns)
            if own.clip_filled(lots):
                self.book.add(side, tick, own.clip_lots // self.lots_per_step, order.owner)
        return steps

    # -- orders of ours ----------------------------------------------------------------------------

    def attach(self, venue: Any) -> None:
        """Match the orders of `venue` from now on. Raises ConfigError when it trades otherwise."""
        self.lots_per_step = lots_per_step(self.product, venue.config, self.used)
        self.used = True
        venue.crowd = self

    def best_ticks(self, side: int) -> int:
        """Best price in ticks, 0 when the side is empty."""
        return 0 if self.book.empty(side) else self.base_ticks + self.book.best[side]

    def holds(self, ticks: int) -> bool:
        """Whether the book has a place for a price."""
        return 1 <= ticks - self.base_ticks <= numbers.TICKS - 2

    def within(self, o: Any, tick: int) -> bool:
        """Whether an order of ours may trade at a price of the other side."""
        if o.type == OrderType.MARKET:
            return True
        ticks: int = self.base_ticks + tick
        return bool(ticks <= o.price_ticks if o.side == Side.BUY else ticks >= o.price_ticks)

    def take(self, venue: Any, o: Any, t_ns: int) -> None:
        """Price, then time; what it takes is gone and published. A FOK takes all or nothing."""
        side = 1 - o.side
        self.now_ns = t_ns
        if o.time_in_force == TimeInForce.FOK:
            there = self.book.levels(side)
            total = sum(steps for tick, steps in there if self.within(o, tick))
            if total < o.quantity_lots // self.lots_per_step:
                return
        while o.leaves_lots > 0 and not self.book.empty(side):
            if not self.within(o, self.book.best[side]):
                break
            self.strike(venue, side, o.leaves_lots // self.lots_per_step, o)
        self.publish_ticker()
        venue.drop_done()

    def rest(self, o: Any) -> None:
        """An order of ours joins the end of its price."""
        tick, steps = o.price_ticks - self.base_ticks, o.offer_lots // self.lots_per_step
        self.book.add(o.side, tick, steps, o.client_order_id)
        self.publish_ticker()

    def remove(self, o: Any, t_ns: int) -> None:
        """An order of ours is cancelled."""
        self.now_ns = t_ns
        for place in list(self.book.queue(o.side, o.price_ticks - self.base_ticks)):
            if self.book.places[place].owner == o.client_order_id:
                self.book.shrink(place, self.book.places[place].steps)
                self.publish_ticker()

    # -- frames ------------------------------------------------------------------------------------

    def publish(self, frame: str) -> None:
        self.out.append((self.now_ns, frame.encode()))

    def publish_ticker(self) -> None:
        """A bookTicker when the best prices or their quantities are not those last published."""
        best = self.book.best
        now = tuple(x for side in (0, 1) for x in (best[side], self.book.steps(side, best[side])))
        if now[1] and now[3] and now != self.seen:
            self.seen = now
            self.publish(self.text.ticker(self.now_ns, self.book.id, *now))

    def publish_depth(self) -> None:
        """What changed since the last diff, and once, after some diffs, the snapshot."""
        if not any(self.book.changed):
            return
        bids, asks = self.book.take_changes()
        ids = (self.first_id, self.book.id, self.prev_id)
        self.publish(self.text.depth(self.now_ns, *ids, bids, asks))
        self.prev_id, self.first_id = self.book.id, self.book.id + 1
        self.diffs += 1
        if self.diffs == numbers.SNAPSHOT_AFTER:
            sides = [self.book.levels(side)[: numbers.SNAPSHOT_LEVELS] for side in (0, 1)]
            self.publish(self.text.snapshot(self.now_ns, self.book.id, *sides))

    def take_frames(self) -> list[tuple[int, bytes]]:
        """(time at the venue, bytes) of every frame since the last call."""
        out, self.out = self.out, []
        return out

    def record(self) -> Recording:
        """The market as a recording of `frames` frames; the last event may add a few."""
        builder = Builder()
        while len(builder.sizes) < self.frames:
            self.advance()
            for t_ns, data in self.take_frames():
                builder.add(t_ns, data)
        return builder.build(self.venue, self.symbol)

    def __len__(self) -> int:
        return self.frames
