"""From an intent to children: which venues may take part, at what cost, and the best split."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import gcd

from tickpath.core.codes import Code
from tickpath.core.config import Config, Instrument
from tickpath.core.records import (
    POSITION_LONG,
    POSITION_SHORT,
    REDUCE_ONLY,
    BookStatus,
    BookTop,
    InstrumentKind,
    Intent,
    Level,
    OrderType,
    Side,
    TimeInForce,
)
from tickpath.hot.route import legs as offers
from tickpath.hot.route.flow import Flow
from tickpath.hot.route.legs import Leg
from tickpath.hot.route.search import Split, best_split, single
from tickpath.hot.route.table import UNITS_MAX, Candidate

WORD_MAX = 2**63 - 1
FLAGS_STAY = REDUCE_ONLY | POSITION_LONG | POSITION_SHORT
"""Orders with one of these stay where the position is."""


@dataclass(slots=True)
class Market:
    """What a plan may read."""

    config: Config
    candidates: list[Candidate]
    tops: Sequence[BookTop]
    flows: list[Flow]
    health: int
    tokens: list[int]
    now_ns: int


def far_levels(top: BookTop, side: int) -> Sequence[Level]:
    """The levels an order of this side would take; the touch alone when none are shown."""
    buy = side == Side.BUY
    levels = top.asks if buy else top.bids
    touch = Level(top.ask_ticks, top.ask_lots) if buy else Level(top.bid_ticks, top.bid_lots)
    return levels or [touch]


def notional_lots(instrument: Instrument, ticks: int) -> int:
    """The fewest lots whose notional at this price is not below the venue's minimum."""
    num, den = instrument.value_ratio
    floor = instrument.notional_units_min * den
    if instrument.kind != InstrumentKind.INVERSE:
        return -(-floor // (ticks * num))
    return WORD_MAX if floor > 2**126 // ticks else -(-floor * ticks // num)


def leg_of(market: Market, candidate: Candidate, intent: Intent, wanted: int) -> Leg | None:
    """The candidate as a leg without levels; None when its grid or bounds cannot take part."""
    there = market.config.instruments[candidate.instrument]
    ticks = 0
    if intent.type != OrderType.MARKET:
        exact = intent.price_ticks * candidate.tick_ratio
        if exact.denominator != 1 or not 0 < exact <= WORD_MAX:
            return None
        ticks = int(exact)
    value_ticks = ticks or far_levels(market.tops[candidate.instrument], intent.side)[0][0]
    if value_ticks <= 0:
        return None
    step = there.order_step_lots
    lots_max = min(there.quantity_lots_max, wanted // candidate.lot_units) // step * step
    lots_min = max(there.quantity_lots_min, notional_lots(there, value_ticks))
    if lots_min > lots_max:
        return None
    return Leg(
        instrument=candidate.instrument,
        venue=candidate.venue,
        ticks=ticks,
        lot_units=candidate.lot_units,
        step_units=step * candidate.lot_units,
        units_min=-(-lots_min // step) * step * candidate.lot_units,
        units_max=lots_max * candidate.lot_units,
        weights=candidate.weights,
    )


def usable(market: Market, candidate: Candidate, intent: Intent, excluded: int) -> bool:
    """Whether the venue may get the order at all. What only reduces, or names a leg, stays where
    the position is."""
    if candidate.instrument != intent.instrument and intent.flags & FLAGS_STAY:
        return False
    healthy = market.health >> candidate.venue & 1 and not excluded >> candidate.venue & 1
    top = market.tops[candidate.instrument]
    return bool(healthy) and market.tokens[candidate.venue] != 0 and top.status == BookStatus.OK


def takes(intent: Intent, legs: Sequence[Leg]) -> bool:
    """Whether the order takes what is displayed, at least in part."""
    if intent.type == OrderType.POST_ONLY:
        return False
    if intent.type == OrderType.MARKET or intent.time_in_force != TimeInForce.GTC:
        return True
    return any(leg.levels for leg in legs)


def queue_ahead(top: BookTop, side: int, ticks: int) -> int:
    """Displayed lots at the order's price or better on its own side."""
    levels = top.bids if side == Side.BUY else top.asks
    ahead = 0
    for price, lots in levels[: offers.LEVELS_MAX]:
        if lots <= 0 or (price < ticks if side == Side.BUY else price > ticks):
            break
        ahead += lots
    return min(WORD_MAX, ahead)


def rest(market: Market, intent: Intent, legs: list[Leg], wanted: int) -> int:
    """Queue levels for every leg; legs without a far touch only when no leg has one."""
    touches = [far_levels(market.tops[leg.instrument], intent.side)[0][0] for leg in legs]
    known = any(touch > 0 for touch in touches)
    kept = []
    for leg, touch in zip(legs, touches, strict=True):
        if known and touch <= 0:
            continue
        flow = market.flows[leg.instrument].recent(
            1 - intent.side, market.now_ns, market.config.route.flow_ns
        )
        leg.levels, leg.covered_units = [], 0
        ahead = queue_ahead(market.tops[leg.instrument], intent.side, leg.ticks)
        if not offers.resting_levels(
            leg, intent.side, touch if known else leg.ticks, ahead, flow, wanted
        ):
            return int(Code.ROUTE_OVERFLOW)
        kept.append(leg)
    legs[:] = kept
    return int(Code.OK)


def take(market: Market, intent: Intent, legs: list[Leg], wanted: int) -> int:
    """Keep the legs that may take: a market order needs a level, fill-or-kill the whole depth."""
    if intent.time_in_force == TimeInForce.FOK and market.config.route.fok == "refuse":
        legs[:] = [leg for leg in legs if leg.covered_units >= wanted]
    elif intent.type == OrderType.MARKET:
        legs[:] = [leg for leg in legs if leg.levels]
    return int(Code.OK) if legs else int(Code.ROUTE_DEPTH)


def collect(market: Market, intent: Intent, wanted: int, excluded: int) -> tuple[int, list[Leg]]:
    """(code, legs with their taking levels)."""
    reached = [c for c in market.candidates if usable(market, c, intent, excluded)]
    found = [leg_of(market, c, intent, wanted) for c in reached]
    legs = [leg for leg in found if leg is not None]
    for leg in legs:
        book = far_levels(market.tops[leg.instrument], intent.side)
        offers.taking_levels(leg, intent.side, leg.ticks, book, wanted)
    if not reached:
        return int(Code.ROUTE_NO_VENUE), legs
    if not legs or wanted % gcd(*(leg.step_units for leg in legs)):
        return int(Code.ROUTE_GRID), legs
    return int(Code.OK), legs


def plan_legs(
    market: Market, intent: Intent, wanted: int, excluded: int, alone: bool
) -> tuple[int, list[Leg], Split | None]:
    """(code, legs, the best split over them)."""
    if not 0 < wanted <= UNITS_MAX:
        return int(Code.ROUTE_OVERFLOW), [], None
    code, legs = collect(market, intent, wanted, excluded)
    if code != Code.OK:
        return code, legs, None
    taking = takes(intent, legs)
    code = (take if taking else rest)(market, intent, legs, wanted)
    if code != Code.OK:
        return code, legs, None
    bound = offers.rate_bound(legs)
    if bound > offers.RATE_MAX // wanted:
        return int(Code.ROUTE_OVERFLOW), legs, None
    for leg in legs:
        offers.cut_to_steps(leg, bound)
    route = market.config.route
    children_max = route.children_max if taking or route.split_resting else 1
    if alone or intent.time_in_force == TimeInForce.FOK or children_max == 1 or len(legs) == 1:
        split = single(legs, wanted)
    else:
        split = best_split(legs, wanted, children_max)
    return int(Code.OK if split else Code.ROUTE_GRID), legs, split
