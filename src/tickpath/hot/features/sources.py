"""What an indicator reads of an event, and when: the rules that sources.pxd follows.

| source       | sampled at      | sample                                        | unit         |
| ------------ | --------------- | --------------------------------------------- | ------------ |
| mid          | DEPTH, SNAPSHOT | best bid + best ask of the L2 book            | half ticks   |
| microprice   | DEPTH, SNAPSHOT | mid weighted by the opposite quantity, rounded | 1/16384 tick |
| bid, ask     | DEPTH, SNAPSHOT | twice the best bid or ask of the L2 book      | half ticks   |
| trade        | TRADE           | twice the trade price                         | half ticks   |
| bbo_mid      | BBO             | bid + ask of the venue's own BBO record       | half ticks   |

A sample is an integer; a step reads it in ticks, an exact float64, so sums below 2**53 units are
exact. Which numbers a step reads is its *feed*: FEEDS finds it by the names of the inputs. A bar
is open, high, low and close of N samples and the lots traded in them (0 unless the source is
trade); a step runs when its bar is complete.

Nothing is sampled while the book's status is not OK, nor from a record with an empty or crossed
side, nor from a price above 2**36 ticks or a quantity above 2**49 lots. The columns then keep
their last values. A trade beside a quote needs both sides of the book.
"""

from dataclasses import dataclass
from enum import IntEnum
from typing import NamedTuple

from tickpath.core.records import Bbo, BookStatus, BookTop, EventKind, Side, Trade

TICKS_MAX = 2**36
LOTS_MAX = 2**49
MICROPRICE_PER_TICK = 16384


class FeatureSource(IntEnum):
    """tp_feature_source; the lower-case name is what a configuration says."""

    MID = 0
    MICROPRICE = 1
    BID = 2
    ASK = 3
    TRADE = 4
    BBO_MID = 5


class Group(IntEnum):
    """Which events sample a column."""

    BOOK = 0
    BBO = 1
    TRADE = 2


GROUP_OF_SOURCE = {
    FeatureSource.MID: Group.BOOK,
    FeatureSource.MICROPRICE: Group.BOOK,
    FeatureSource.BID: Group.BOOK,
    FeatureSource.ASK: Group.BOOK,
    FeatureSource.TRADE: Group.TRADE,
    FeatureSource.BBO_MID: Group.BBO,
}


class Feed(IntEnum):
    """tp_feature_feed: the numbers that a step can read of one event, in their order."""

    PRICE = 0
    """price: the source's sample, ticks."""
    QUOTE = 1
    """bid, bid_quantity, ask, ask_quantity."""
    TRADE = 2
    """price, quantity, sign (1 when the taker buys, -1 when it sells)."""
    TRADE_QUOTE = 3
    """sign, price, bid, ask: a trade and the book it met."""
    ELAPSED = 4
    """elapsed: seconds since the event before, 0 at the first."""
    BAR = 5
    """open, high, low, close, volume."""
    QUANTITIES = 6
    """bid_quantities, ask_quantities: so many levels of each, 0 where the book has no more."""
    DEPTH = 7
    """bids, bid_quantities, asks, ask_quantities, likewise."""


FEEDS: dict[tuple[str, ...], tuple[Feed, int]] = {
    ("price",): (Feed.PRICE, 0),
    ("bid", "bid_quantity", "ask", "ask_quantity"): (Feed.QUOTE, 0),
    ("price", "quantity"): (Feed.TRADE, 0),
    ("price", "quantity", "sign"): (Feed.TRADE, 0),
    ("quantity", "sign"): (Feed.TRADE, 1),
    ("sign", "price", "bid", "ask"): (Feed.TRADE_QUOTE, 0),
    ("price", "bid", "ask"): (Feed.TRADE_QUOTE, 1),
    ("elapsed",): (Feed.ELAPSED, 0),
    ("open", "high", "low", "close"): (Feed.BAR, 0),
    ("high", "low"): (Feed.BAR, 1),
    ("high", "low", "close"): (Feed.BAR, 1),
    ("high", "low", "close", "volume"): (Feed.BAR, 1),
    ("close", "volume"): (Feed.BAR, 3),
    ("bid_quantities", "ask_quantities"): (Feed.QUANTITIES, 0),
    ("bids", "bid_quantities", "asks", "ask_quantities"): (Feed.DEPTH, 0),
}
"""Feed and place of its first number, by the names of an indicator's inputs."""


@dataclass(slots=True)
class FeatureInput:
    """One event as the features see it: twin of tp_feature_input."""

    kind: int
    now_ns: int
    top: BookTop
    bbo: Bbo
    trade: Trade


class Quote(NamedTuple):
    """Best bid and offer of one record."""

    bid_ticks: int
    bid_lots: int
    ask_ticks: int
    ask_lots: int


def scale_of(source: FeatureSource) -> float:
    """Ticks of one sample unit; a power of two, so multiplying by it is exact."""
    return 1.0 / MICROPRICE_PER_TICK if source == FeatureSource.MICROPRICE else 0.5


def quote_of(source: FeatureSource, x: FeatureInput) -> Quote:
    """The record a column reads: the BBO record for bbo_mid, else the L2 book."""
    record: Bbo | BookTop = x.bbo if source == FeatureSource.BBO_MID else x.top
    return Quote(record.bid_ticks, record.bid_lots, record.ask_ticks, record.ask_lots)


def microprice_above_bid(q: Quote) -> float:
    """How far the microprice lies above the bid, in ticks: spread * bid / (bid + ask) lots.

    From (bid price * ask lots + ask price * bid lots) / (bid lots + ask lots), see
    Gatheral and Oomen, Zero-intelligence realized variance estimation, 2010.
    """
    spread_ticks = float(q.ask_ticks - q.bid_ticks)
    return spread_ticks * float(q.bid_lots) / (float(q.bid_lots) + float(q.ask_lots))


def sample_of(source: FeatureSource, x: FeatureInput) -> int:
    """The integer sample of a source, in the unit of the table above."""
    if source == FeatureSource.TRADE:
        return 2 * x.trade.price_ticks
    quote = quote_of(source, x)
    if source == FeatureSource.BID:
        return 2 * quote.bid_ticks
    if source == FeatureSource.ASK:
        return 2 * quote.ask_ticks
    if source == FeatureSource.MICROPRICE:
        above = int(microprice_above_bid(quote) * MICROPRICE_PER_TICK + 0.5)
        return quote.bid_ticks * MICROPRICE_PER_TICK + above
    return quote.bid_ticks + quote.ask_ticks


def priced(price_ticks: int, quantity_lots: int) -> bool:
    """Positive and inside the range in which no sum of a window can overflow."""
    return 1 <= price_ticks <= TICKS_MAX and 1 <= quantity_lots <= LOTS_MAX


def group_of(x: FeatureInput) -> Group | None:
    """Which columns the event samples; None while the book or the record cannot be used."""
    if x.top.status != BookStatus.OK:
        return None
    if x.kind in (EventKind.DEPTH, EventKind.SNAPSHOT):
        top = x.top
        usable = priced(top.bid_ticks, top.bid_lots) and priced(top.ask_ticks, top.ask_lots)
        return Group.BOOK if usable else None
    if x.kind == EventKind.BBO:
        bbo = x.bbo
        usable = priced(bbo.bid_ticks, bbo.bid_lots) and priced(bbo.ask_ticks, bbo.ask_lots)
        return Group.BBO if usable and bbo.bid_ticks < bbo.ask_ticks else None
    if x.kind == EventKind.TRADE:
        return Group.TRADE if priced(x.trade.price_ticks, x.trade.quantity_lots) else None
    return None


@dataclass(slots=True)
class Sampler:
    """Makes the numbers of a column's steps out of events; twin of `inputs_of`.

    `mark` is the samples of the unfinished bar, or the time of the last event (elapsed).
    """

    source: FeatureSource
    feed: Feed
    offset: int
    width: int
    levels: int
    bar_samples: int
    mark: int = 0
    bar: tuple[float, float, float, float, float] = (0.0, 0.0, 0.0, 0.0, 0.0)

    def inputs(self, x: FeatureInput) -> tuple[float, ...] | None:
        """What a step reads now; None when there is no step."""
        numbers = self.numbers(x)
        return None if numbers is None else numbers[self.offset : self.offset + self.width]

    def numbers(self, x: FeatureInput) -> tuple[float, ...] | None:
        """All numbers of the feed."""
        if self.feed == Feed.PRICE:
            return (float(sample_of(self.source, x)) * scale_of(self.source),)
        if self.feed == Feed.QUOTE:
            return tuple(float(number) for number in quote_of(self.source, x))
        if self.feed == Feed.BAR:
            return self.complete_bar(x)
        if self.feed == Feed.ELAPSED:
            elapsed = x.now_ns - self.mark if self.mark else 0
            self.mark = x.now_ns
            return (float(elapsed) * 1e-9,)
        if self.feed in (Feed.QUANTITIES, Feed.DEPTH):
            return self.depth(x.top)
        sign = 1.0 if x.trade.aggressor == Side.BUY else -1.0
        price = float(x.trade.price_ticks)
        if self.feed == Feed.TRADE:
            return price, float(x.trade.quantity_lots), sign
        if priced(x.top.bid_ticks, x.top.bid_lots) and priced(x.top.ask_ticks, x.top.ask_lots):
            return sign, price, float(x.top.bid_ticks), float(x.top.ask_ticks)
        return None

    def depth(self, top: BookTop) -> tuple[float, ...]:
        """The best levels of both sides, zeros where there are no more."""
        found: list[float] = []
        for side in (top.bids, top.asks):
            held = side[: self.levels]
            rest = [0.0] * (self.levels - len(held))
            if self.feed == Feed.DEPTH:
                found += [float(level.price_ticks) for level in held] + rest
            found += [float(level.quantity_lots) for level in held] + rest
        return tuple(found)

    def complete_bar(self, x: FeatureInput) -> tuple[float, ...] | None:
        """Take the sample into the bar; the bar when it is complete."""
        price = float(sample_of(self.source, x)) * scale_of(self.source)
        lots = float(x.trade.quantity_lots) if self.source == FeatureSource.TRADE else 0.0
        first, high, low, _, volume = self.bar
        if self.mark == 0:
            first = high = low = price
            volume = 0.0
        self.bar = (first, max(high, price), min(low, price), price, volume + lots)
        self.mark += 1
        if self.mark < self.bar_samples:
            return None
        self.mark = 0
        return self.bar
