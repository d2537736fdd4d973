"""What an indicator samples, and when: the rules that sources.pxd follows.

| source       | sampled at      | sample                                        | unit         |
| ------------ | --------------- | --------------------------------------------- | ------------ |
| mid          | DEPTH, SNAPSHOT | best bid + best ask of the L2 book            | half ticks   |
| microprice   | DEPTH, SNAPSHOT | mid weighted by the opposite quantity, rounded | 1/16384 tick |
| bid, ask     | DEPTH, SNAPSHOT | twice the best bid or ask of the L2 book      | half ticks   |
| trade        | TRADE           | twice the trade price                         | half ticks   |
| bbo_mid      | BBO             | bid + ask of the venue's own BBO record       | half ticks   |

All samples are integers, so rolling sums are exact. Nothing is sampled while the book's status is
not OK, nor from a record with an empty or crossed side, nor from a price above 2**36 ticks or a
quantity above 2**49 lots (beyond, a sum over the longest window could overflow). The columns then
keep their last values.
"""

from dataclasses import dataclass
from enum import IntEnum
from typing import NamedTuple

from tickpath.core.records import Bbo, BookStatus, BookTop, EventKind, Trade

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
