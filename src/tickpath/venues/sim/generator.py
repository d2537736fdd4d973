"""A market of generated order flow in real Binance spot frames, for the demo and for tests.

Limit orders, cancellations and market orders change an integer tick book; what the venue would
publish of it leaves as combined-stream frames: a depth diff every 100 ms, a bookTicker at every
change of the best, a trade at every execution, and a REST snapshot after the first diffs.

Clustering, as in recorded flow, comes from two states. `heat` is self-excitation (A. G. Hawkes,
1971): a market order raises it, every event lets it fall, and the hotter the flow the shorter the
waiting times and the likelier the next market order. `sign` persists: a market order repeats the
side of the last one more often than not (F. Lillo, J. D. Farmer, 2004). A slow walk of the quantity
offered on each side makes the price move. The statistics are checked in tests: waiting times vary
more than a Poisson process's, trade signs and absolute returns are autocorrelated.

Deterministic from the seed: uniform draws and integers decide, no function of libm. Our orders do
not change a generated market; it is replayed like a recording. About 100 000 frames a second.
"""

from random import Random

from tickpath.venues.sim.frames import Builder, Recording

MID_TICKS = 6_000_000
LEVELS = 1000
FIRST_ID = 50_000_000_000
START_NS = 1_700_000_000_000_000_000
DEPTH_NS = 100_000_000
MEAN_WAIT_NS = 180_000_000
SNAPSHOT_AFTER = 3
HEAT_MAX = 40
LOT_STEPS = 100_000


def price_text(ticks: int) -> str:
    return f"{ticks // 100}.{ticks % 100:02d}000000"


def quantity_text(steps: int) -> str:
    """`steps` of 0.00001 with the 8 decimals of the wire."""
    return f"{steps // LOT_STEPS}.{steps % LOT_STEPS:05d}000"


def levels_text(levels: dict[int, int]) -> str:
    return ",".join(f'["{price_text(p)}","{quantity_text(q)}"]' for p, q in levels.items())


class Market:
    """The book and the flow; `advance` makes one event happen and publishes what it changed."""

    def __init__(self, seed: int, symbol: str = "BTCUSDT") -> None:
        self.draw = Random(seed).random
        self.symbol, self.stream = symbol, symbol.lower()
        self.out = Builder()
        self.book: tuple[dict[int, int], dict[int, int]] = ({}, {})
        self.changed: tuple[dict[int, int], dict[int, int]] = ({}, {})
        self.best = [MID_TICKS, MID_TICKS + 1]
        for k in range(LEVELS):
            self.book[0][MID_TICKS - k] = self.size()
            self.book[1][MID_TICKS + 1 + k] = self.size()
        self.now_ns, self.depth_ns = START_NS, START_NS + DEPTH_NS
        self.id, self.first_id, self.trade_id = FIRST_ID, FIRST_ID + 1, 3_000_000_000
        self.heat, self.sign, self.tilt = 0, 0, 0.5
        self.diffs = 0

    def size(self) -> int:
        """A quantity in steps: mostly small, seldom large."""
        u = self.draw()
        return 1 + int(u * u * u * u * 300_000)

    def advance(self) -> None:
        """Wait, let one order arrive, publish."""
        wait_ns = int(2 * MEAN_WAIT_NS * self.draw()) // (1 + self.heat) + 1_000
        self.now_ns += wait_ns
        while self.now_ns >= self.depth_ns:
            self.publish_depth(self.depth_ns)
            self.depth_ns += DEPTH_NS
        self.heat -= self.heat > 0 and self.draw() < 0.35
        self.tilt = min(0.8, max(0.2, self.tilt + (self.draw() - 0.5) * 0.02))
        before = (*self.best, self.book[0][self.best[0]], self.book[1][self.best[1]])
        kind = self.draw()
        if kind < 0.05 + 0.006 * self.heat:
            self.market_order()
        elif kind < 0.55:
            self.limit_order()
        else:
            self.cancel()
        if before != (*self.best, self.book[0][self.best[0]], self.book[1][self.best[1]]):
            self.publish_ticker()

    def set_level(self, side: int, ticks: int, steps: int) -> None:
        """New quantity of a level, 0 removes it; keeps the best and the ids."""
        book = self.book[side]
        self.id += 1
        self.changed[side][ticks] = steps
        if steps:
            book[ticks] = steps
            better = ticks > self.best[0] if side == 0 else ticks < self.best[1]
            self.best[side] = ticks if better else self.best[side]
            return
        book.pop(ticks, None)
        step = -1 if side == 0 else 1
        for _ in range(LEVELS):
            if self.best[side] in book:
                return
            self.best[side] += step
        self.best[side] = max(book) if side == 0 else min(book)

    def distance(self) -> int:
        """Ticks behind the touch: geometric, most at the touch itself."""
        k = 0
        while k < 400 and self.draw() < 0.8:
            k += 1
        return k

    def limit_order(self) -> None:
        """Joins a level, or with some luck narrows the spread."""
        side = 0 if self.draw() < self.tilt else 1
        gap = self.best[1] - self.best[0]
        improve = gap > 1 and self.draw() < 0.3
        away = -1 - int(self.draw() * min(gap - 1, 3)) if improve else self.distance()
        ticks = self.best[0] - away if side == 0 else self.best[1] + away
        self.set_level(side, ticks, self.book[side].get(ticks, 0) + self.size())

    def cancel(self) -> None:
        """Takes part or all of a level away; the last levels of a side stay."""
        side = 1 if self.draw() < self.tilt else 0
        away = self.distance()
        ticks = self.best[0] - away if side == 0 else self.best[1] + away
        held = self.book[side].get(ticks, 0)
        if held == 0 or len(self.book[side]) < LEVELS // 2:
            return
        self.set_level(side, ticks, 0 if self.draw() < 0.4 else max(1, held // 2))

    def market_order(self) -> None:
        """Takes from the best levels; heats the flow up and is likely to be followed in kind."""
        if self.draw() < 0.3:
            self.sign = 1 if self.draw() < self.tilt else 0
        self.heat = min(HEAT_MAX, self.heat + 3)
        side = self.sign  # 1: buys, takes asks; 0: sells, takes bids
        left = 1 + self.size() // 2
        for _ in range(20):
            ticks = self.best[side]
            held = self.book[side][ticks]
            if left <= 0 or len(self.book[side]) < LEVELS // 2:
                return
            taken = min(left, held)
            left -= taken
            self.set_level(side, ticks, held - taken)
            self.publish_trade(ticks, taken, buyer_is_maker=side == 0)

    def emit(self, name: str, body: str, t_ns: int) -> None:
        self.out.add(t_ns, f'{{"stream":"{self.stream}@{name}","data":{body}}}'.encode())

    def publish_trade(self, ticks: int, steps: int, *, buyer_is_maker: bool) -> None:
        self.trade_id += 1
        ms = self.now_ns // 1_000_000
        maker = "true" if buyer_is_maker else "false"
        self.emit(
            "trade",
            f'{{"e":"trade","E":{ms},"s":"{self.symbol}","t":{self.trade_id},'
            f'"p":"{price_text(ticks)}","q":"{quantity_text(steps)}","T":{ms},'
            f'"m":{maker},"M":true}}',
            self.now_ns,
        )

    def publish_ticker(self) -> None:
        bid, ask = self.best
        self.emit(
            "bookTicker",
            f'{{"u":{self.id},"s":"{self.symbol}","b":"{price_text(bid)}",'
            f'"B":"{quantity_text(self.book[0][bid])}","a":"{price_text(ask)}",'
            f'"A":"{quantity_text(self.book[1][ask])}"}}',
            self.now_ns,
        )

    def publish_depth(self, t_ns: int) -> None:
        """What changed since the last diff, and once, a little later, the snapshot."""
        if self.id < self.first_id:
            return
        bids, asks = self.changed
        self.emit(
            "depth@100ms",
            f'{{"e":"depthUpdate","E":{t_ns // 1_000_000},"s":"{self.symbol}",'
            f'"U":{self.first_id},"u":{self.id},"b":[{levels_text(bids)}],'
            f'"a":[{levels_text(asks)}]}}',
            t_ns,
        )
        self.changed, self.first_id = ({}, {}), self.id + 1
        self.diffs += 1
        if self.diffs == SNAPSHOT_AFTER:
            self.publish_snapshot(t_ns)

    def publish_snapshot(self, t_ns: int) -> None:
        bids = dict(sorted(self.book[0].items(), reverse=True))
        asks = dict(sorted(self.book[1].items()))
        sides = f'"bids":[{levels_text(bids)}],"asks":[{levels_text(asks)}]'
        text = f'{{"lastUpdateId":{self.id},{sides}}}'
        self.out.add(t_ns, text.encode())


def generate(seed: int, frames: int, symbol: str = "BTCUSDT") -> Recording:
    """`frames` frames (the last event may add a few) of a Binance spot market."""
    market = Market(seed, symbol)
    while len(market.out.sizes) < frames:
        market.advance()
    return market.out.build("binance-spot", symbol)
