"""What each venue offers an order: its levels as costs per unit, cut to the venue's own steps.

A leg is a candidate that may take part of the order. Its levels are (rate, units): rate is the
effective price of one unit, ticks * weight of table.py, negative for a sell, so that less is
better. Beyond the displayed depth quantity is still allowed, at a rate worse than any displayed:
twice the price. Segments say what whole steps of the venue's order step cost: convex, because
levels are in order of price. A level that is not positive or not in order ends the depth.

Resting orders get made-up levels: parts of the order, one behind the other in the queue, each at
its expected cost (see docs/reference/router.md).
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from tickpath.core.limits import LIMITS
from tickpath.core.records import Side

PPM = 1_000_000
LEVELS_MAX = LIMITS["view_levels"]
RATE_MAX = 2**118
"""Bound of the largest rate times the order: every sum of costs stays below 2^121."""
PRICE_MAX = 2**100
QUEUE_MAX = 2**90


class Segment(NamedTuple):
    """Units start..end of a leg. One unit costs rate + rest / step_units; rest is not 0 only in
    segments of one step, so whole steps cost a whole number."""

    rate: int
    rest: int
    start: int
    end: int


@dataclass(slots=True)
class Leg:
    """A venue that may take part of the order."""

    instrument: int
    venue: int
    ticks: int
    lot_units: int
    step_units: int
    units_min: int
    units_max: int
    weights: tuple[tuple[int, int], tuple[int, int]]
    levels: list[tuple[int, int]] = field(default_factory=list)
    covered_units: int = 0
    beyond: int = 0
    segments: list[Segment] = field(default_factory=list)


def segment_cost(segment: Segment, step_units: int, units: int) -> int:
    """What `units` of a segment cost, rounded down where they are no whole step."""
    return units * segment.rate + units * segment.rest // step_units


def before(a: Segment, a_step: int, b: Segment, b_step: int) -> bool:
    """Whether a unit of `a` costs less than one of `b`."""
    if a.rate != b.rate:
        return a.rate < b.rate
    return a.rest * b_step < b.rest * a_step


def taking_levels(
    leg: Leg, side: int, limit_ticks: int, book: Sequence[tuple[int, int]], wanted: int
) -> None:
    """Displayed levels within the limit (0: none), until `wanted` units are covered."""
    weight = leg.weights[0][side]
    last = 0
    for ticks, lots in book[:LEVELS_MAX]:
        if leg.covered_units >= wanted or ticks <= 0 or lots <= 0:
            break
        if limit_ticks and (ticks > limit_ticks if side == Side.BUY else ticks < limit_ticks):
            break
        if last and (ticks <= last if side == Side.BUY else ticks >= last):
            break
        last = ticks
        units = min(lots, wanted // leg.lot_units + 1) * leg.lot_units
        rate = ticks * weight
        leg.levels.append((rate if side == Side.BUY else -rate, units))
        leg.covered_units = min(wanted, leg.covered_units + units)
    rate = (limit_ticks or last) * weight
    leg.beyond = rate if side == Side.BUY else -rate


def resting_levels(
    leg: Leg, side: int, touch: int, ahead_lots: int, flow_lots: int, wanted: int
) -> bool:
    """The order in LEVELS_MAX parts at their expected cost: the limit with the maker fee when
    filled, the far touch with the taker fee when not. False when a product does not fit."""
    rest, take = leg.ticks * leg.weights[1][side], touch * leg.weights[0][side]
    if max(rest, take) > PRICE_MAX:
        return False
    ahead = min(ahead_lots * leg.lot_units, QUEUE_MAX)
    flow = min(flow_lots * leg.lot_units, QUEUE_MAX)
    part = -(-wanted // LEVELS_MAX)
    last = None
    while leg.covered_units < wanted:
        units = min(part, wanted - leg.covered_units)
        leg.covered_units += units
        chance_ppm = PPM * flow // (flow + ahead + leg.covered_units)
        rate = chance_ppm * rest + (PPM - chance_ppm) * take
        rate = rate if side == Side.BUY else -rate
        last = rate if last is None else max(last, rate)
        leg.levels.append((last, units))
    leg.beyond = leg.levels[-1][0]
    return True


def rate_bound(legs: Sequence[Leg]) -> int:
    """The largest rate of any leg, without its sign."""
    return max(abs(rate) for leg in legs for rate in (leg.beyond, *(r for r, _ in leg.levels)))


def cut_to_steps(leg: Leg, penalty: int) -> None:
    """Segments of whole order steps up to units_max; past the levels at the beyond rate."""
    step, at, part, part_cost = leg.step_units, 0, 0, 0
    leg.segments = []
    for rate, size in (*leg.levels, (leg.beyond + penalty, leg.units_max + step)):
        units = size
        if part and at < leg.units_max:
            taken = min(step - part, units)
            part, part_cost, units = part + taken, part_cost + taken * rate, units - taken
            if part == step:
                leg.segments.append(Segment(part_cost // step, part_cost % step, at, at + step))
                at, part = at + step, 0
        if part:
            continue
        whole = min(units // step * step, leg.units_max - at)
        if whole:
            leg.segments.append(Segment(rate, 0, at, at + whole))
            at += whole
        part = units - whole if at < leg.units_max else 0
        part_cost = part * rate
        if at == leg.units_max:
            break


def leg_cost(leg: Leg, units: int) -> int:
    """What `units`, a whole number of steps, cost on a leg."""
    return sum(
        segment_cost(s, leg.step_units, min(units, s.end) - s.start)
        for s in leg.segments
        if s.start < units
    )
