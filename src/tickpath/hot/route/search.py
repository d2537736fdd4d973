"""The best split of an order over legs: exact by branch and bound, with a bound on the work.

The relaxed problem lets one leg stop inside an order step and lets small quantities through; it is
solved by taking segments from the cheapest on (separable convex allocation: Ibaraki and Katoh,
Resource Allocation Problems, 1988, chapter 4). Its cost is below that of every split within the
node's bounds. Where the answer breaks a rule the node is cut in two, so no split is lost; the node
of the least cost is cut first, so the search ends when the best split found is not dearer (A. H.
Land and A. G. Doig, Econometrica 28, 1960). Ties go to the split found first; the start is the best
single leg.
"""

from collections.abc import Sequence
from functools import cmp_to_key
from math import gcd
from typing import NamedTuple

from tickpath.core.limits import LIMITS
from tickpath.hot.route.legs import Leg, before, leg_cost, segment_cost

NODES_MAX = LIMITS["route_nodes_max"]
Bounds = tuple[tuple[int, int], ...]
"""(least, most) units of each leg; a least above 0 means that the leg must take part."""


class Split(NamedTuple):
    """Units of each leg; `exact` unless the search reached its bound."""

    cost: int
    units: list[int]
    exact: bool


class Node(NamedTuple):
    """A part of all splits, with its relaxed answer."""

    cost: int
    units: list[int]
    bounds: Bounds


def single(legs: Sequence[Leg], wanted: int) -> Split | None:
    """The cheapest leg that takes the whole order, the first of equals; None when there is none."""
    best: Split | None = None
    for index, leg in enumerate(legs):
        if not leg.units_min <= wanted <= leg.units_max or wanted % leg.step_units:
            continue
        cost = leg_cost(leg, wanted)
        if best is None or cost < best.cost:
            best = Split(cost, [wanted if k == index else 0 for k in range(len(legs))], True)
    return best


def in_order(legs: Sequence[Leg]) -> list[tuple[int, int]]:
    """(leg, segment) of all segments, cheapest first, the lower leg first among equals."""

    def compare(a: tuple[int, int], b: tuple[int, int]) -> int:
        x, y = legs[a[0]].segments[a[1]], legs[b[0]].segments[b[1]]
        x_step, y_step = legs[a[0]].step_units, legs[b[0]].step_units
        return before(y, y_step, x, x_step) - before(x, x_step, y, y_step)

    every = [(k, n) for k, leg in enumerate(legs) for n in range(len(leg.segments))]
    return sorted(every, key=cmp_to_key(compare))


def relaxed(
    legs: Sequence[Leg], order: Sequence[tuple[int, int]], bounds: Bounds, wanted: int
) -> tuple[int, list[int]] | None:
    """(cost from below, units) of a node, None when its bounds or the steps of the legs that they
    leave free cannot make up the order."""
    units = [least for least, _ in bounds]
    left = wanted - sum(units)
    if left < 0 or sum(most for _, most in bounds) < wanted:
        return None
    movable = [leg.step_units for leg, b in zip(legs, bounds, strict=True) if b[0] < b[1]]
    if left % gcd(*movable) if movable else left:
        return None
    cost = sum(leg_cost(leg, n) for leg, n in zip(legs, units, strict=True))
    for k, n in order:
        if not left:
            break
        segment = legs[k].segments[n]
        taken = min(left, min(segment.end, bounds[k][1]) - max(segment.start, bounds[k][0]))
        if taken > 0:
            units[k] += taken
            left -= taken
            cost += segment_cost(segment, legs[k].step_units, taken)
    return cost, units


def branch(
    legs: Sequence[Leg], bounds: Bounds, units: Sequence[int], children_max: int
) -> tuple[int, int, int] | None:
    """(leg, most, least): every split of the node but the relaxed answer gives the leg at most
    `most` or at least `least`. None when the answer breaks no rule."""
    for k, leg in enumerate(legs):
        rest = units[k] % leg.step_units
        if rest:
            return k, units[k] - rest, units[k] - rest + leg.step_units
    for k, leg in enumerate(legs):
        if 0 < units[k] < leg.units_min:
            return k, 0, leg.units_min
    taking = [k for k, n in enumerate(units) if n]
    if len(taking) <= children_max:
        return None
    k = min((k for k in taking if bounds[k][0] == 0), key=lambda leg: (units[leg], leg))
    return k, 0, legs[k].units_min


def narrowed(legs: Sequence[Leg], bounds: Bounds, k: int, most: int) -> Bounds:
    """Leg k takes at most that; below its minimum it takes nothing."""
    most = most if most >= legs[k].units_min else 0
    return tuple((b[0], most) if n == k else b for n, b in enumerate(bounds))


def raised(legs: Sequence[Leg], bounds: Bounds, k: int, least: int) -> Bounds:
    """Leg k takes at least that."""
    least = max(least, legs[k].units_min)
    return tuple((least, b[1]) if n == k else b for n, b in enumerate(bounds))


def possible(bounds: Bounds, children_max: int) -> bool:
    """Whether no least is above its most and not too many legs must take part."""
    return all(a <= b for a, b in bounds) and sum(a > 0 for a, _ in bounds) <= children_max


def cheapest(nodes: list[Node]) -> Node:
    """Take out the node of the least cost, the last of equals; the last node fills its place."""
    at = min(range(len(nodes)), key=lambda n: (nodes[n].cost, -n))
    nodes[at], nodes[-1] = nodes[-1], nodes[at]
    return nodes.pop()


def best_split(legs: Sequence[Leg], wanted: int, children_max: int) -> Split | None:
    """The cheapest split of `wanted` over at most `children_max` legs; None when there is none or
    none was found within the bound."""
    best = single(legs, wanted)
    order = in_order(legs)
    nodes: list[Node] = []
    fresh: list[Bounds] = [tuple((0, leg.units_max) for leg in legs)]
    visited = 0
    while True:
        for bounds in fresh:
            if visited == NODES_MAX:
                return None if best is None else best._replace(exact=False)
            visited += 1
            found = relaxed(legs, order, bounds, wanted)
            if found is None or (best is not None and found[0] >= best.cost):
                continue
            if branch(legs, bounds, found[1], children_max) is None:
                best = Split(*found, True)
            else:
                nodes.append(Node(*found, bounds))
        if not nodes:
            return best
        node = cheapest(nodes)
        if best is not None and node.cost >= best.cost:
            return best
        halves = branch(legs, node.bounds, node.units, children_max)
        assert halves is not None
        k, most, least = halves
        fresh = [narrowed(legs, node.bounds, k, most), raised(legs, node.bounds, k, least)]
        fresh = [half for half in fresh if possible(half, children_max)]
