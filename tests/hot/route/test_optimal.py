"""The split against an exhaustive search: least cost in every small case, on both backends.

TICKPATH_ROUTE_CASES sets the number of cases; every one of them is compared.
"""

import os
from fractions import Fraction
from random import Random

import pytest
from route_support import (
    BACKENDS,
    ONE,
    cost_of,
    every_combination,
    exhaustive,
    offers_of,
    random_case,
)

from tickpath.core.backend import Backend, load
from tickpath.core.codes import Code
from tickpath.core.config import Config
from tickpath.core.fixed import common_unit

CASES = int(os.environ.get("TICKPATH_ROUTE_CASES", "1500"))


def test_the_exhaustive_searches_agree() -> None:
    """The quick one, which sums step by step, with the product of all choices."""
    rng = Random(5)
    for _ in range(150):
        config, tops, intent = random_case(rng)
        intent.quantity_lots = min(intent.quantity_lots, 9)
        wanted, most = Fraction(intent.quantity_lots), config.route.children_max
        offers = offers_of(config, tops, intent)[:3]
        assert exhaustive(offers, wanted, most) == every_combination(offers, wanted, most)


def rate_unit(config: Config) -> Fraction:
    """Units of the group in one base unit, times group ticks in one of price."""
    lots = common_unit([Fraction(i.lot_size) for i in config.instruments])
    return 1 / (lots * common_unit([Fraction(i.tick_size) for i in config.instruments]))


@pytest.mark.slow
def test_no_small_case_is_missed() -> None:
    rng = Random(11)
    refused = split = 0
    for number in range(CASES):
        config, tops, intent = random_case(rng)
        wanted = Fraction(intent.quantity_lots)
        offers = offers_of(config, tops, intent)
        best = exhaustive(offers, wanted, config.route.children_max)
        plans = [load("route", Backend(b)).Route(config).plan(intent, tops, 0) for b in BACKENDS]
        assert plans[0] == plans[1], number
        code, plan = plans[0]
        if best is None:
            assert plan is None, number
            assert code in (Code.ROUTE_GRID, Code.ROUTE_DEPTH, Code.ROUTE_NO_VENUE)
            refused += 1
            continue
        assert code == Code.OK, (number, code)
        parts = [(c.instrument, c.quantity_lots * offers[c.instrument].lot) for c in plan.children]
        assert sum(q for _, q in parts) == wanted
        assert len(parts) <= config.route.children_max
        assert all(q in offers[k].allowed for k, q in parts), number
        assert sum(cost_of(offers[k], q) for k, q in parts) == best, number
        assert plan.cost == best * rate_unit(config) * ONE, number
        assert plan.exact, number
        split += len(parts) > 1
    assert refused > CASES // 50
    assert split > CASES // 10
