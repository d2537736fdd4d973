"""What fills change of a venue's balances, exactly, on both engines."""

from decimal import Decimal
from itertools import permutations, product
from typing import Any

import pytest
from money_rig import Rig, account_of
from support import btcusdt, btcusdt_linear, config_of

from tickpath.core.records import Position
from tickpath.engine.native import Engine
from tickpath.ops.live.compare import (
    TOLERANCE,
    Difference,
    balances_differ,
    effect,
    positions_differ,
    totals_differ,
)

D = Decimal
CONFIG = config_of(btcusdt(), btcusdt_linear())


class Execute:
    """Positions, ledgers and funding as an engine shows them."""

    def __init__(
        self, fees: dict[int, int], *positions: Position, funding: dict[int, int] | None = None
    ) -> None:
        self.positions, self.fees, self.funding = list(positions), fees, funding or {}

    @property
    def money(self) -> "Execute":
        return self

    def funding_units(self, instrument: int) -> int:
        return self.funding.get(instrument, 0)

    def ledger(self, currency: int) -> dict[str, int]:
        return {"fees": self.fees.get(currency, 0)}


class Engined:
    def __init__(self, execute: Execute) -> None:
        self.config = CONFIG
        self.stages = self
        self.execute = execute


def test_an_engine_that_did_nothing_changes_nothing() -> None:
    engine = Engine(CONFIG)
    assert {k: v for k, v in effect(engine, 0).items() if v} == {}
    assert effect(engine, 0).keys() == {"BTC", "USDT"}
    assert effect(engine, 1).keys() == {"USDT"}
    assert effect(engine, 2) == {}


def test_what_was_bought_is_held_and_paid() -> None:
    spot = Position(position_lots=150_000, entry_value=90_000 * 10**8 * 10**9,
                    realised_units=12 * 10**8, fee_units=90 * 10**8)  # fmt: skip
    engine: Any = Engined(Execute({1: 90 * 10**17}, spot, Position()))
    assert effect(engine, 0) == {"BTC": D("1.5"), "USDT": D(-90_000 + 12 - 90)}
    assert effect(engine, 1) == {"USDT": 0}


def test_a_derivative_moves_what_is_realised_and_what_is_open_counts_at_cost() -> None:
    linear = Position(position_lots=-7, entry_value=-5 * 10**17, realised_units=-3 * 10**8,
                      fee_units=10**7)  # fmt: skip
    engine: Any = Engined(Execute({1: 10**16}, Position(), linear, funding={1: 4 * 10**7}))
    assert effect(engine, 1) == {"USDT": D("-3.1") + D(5) - D("0.4")}
    assert effect(engine, 0) == {"BTC": 0, "USDT": 0}


FILLS = ((1, 100, 60_000), (-1, 150, 60_100), (1, 80, 59_900), (-1, 10, 60_050))
"""Side, lots and ticks of fills that cross zero."""


@pytest.mark.parametrize("order", list(permutations(range(4))))
def test_the_order_in_which_fills_are_counted_changes_nothing(order: tuple[int, ...]) -> None:
    """A venue counts fills as they happen, the engine as it learns of them."""
    found = []
    for sequence in (tuple(range(4)), order):
        rig = Rig(account_of())
        for instrument, k in product(range(3), sequence):
            side, lots, ticks = FILLS[k]
            rig.fill(instrument, side * lots, ticks, fee=(0, -1))
        for hand in rig.hands:
            held = [hand.position(k) for k in range(3)]
            engine: Any = Engined(Execute({}, *held))
            engine.config = rig.config
            found.append([effect(engine, venue) for venue in range(3)])
    for other in found[1:]:
        for mine, theirs in zip(found[0], other, strict=True):
            for asset in mine:
                assert abs(mine[asset] - theirs[asset]) <= D("1e-7")


def test_fees_in_the_base_asset_come_off_it() -> None:
    spot = Position(position_lots=150_000)
    engine: Any = Engined(Execute({0: 1500 * 10**9}, spot, Position()))
    assert effect(engine, 0)["BTC"] == D("1.5") - D("0.000015")


@pytest.mark.parametrize(
    ("said", "found"),
    [
        ({"BTCUSDT": D("-0.007")}, []),
        ({"BTCUSDT": D("-0.0070")}, []),
        ({"BTCUSDT": D("-0.006")}, [Difference("BTCUSDT", D("-0.006"), D("-0.007"))]),
        ({}, [Difference("BTCUSDT", D(0), D("-0.007"))]),
        ({"BTCUSDT": D("-0.007"), "ETHUSDT": D(5)}, []),
    ],
)
def test_positions_are_compared_exactly(said: dict[str, Decimal], found: list[Difference]) -> None:
    engine: Any = Engined(Execute({}, Position(), Position(position_lots=-7)))
    assert positions_differ(engine, 1, said) == found
    assert positions_differ(engine, 0, said) == [], "spot has balances, no positions"


@pytest.mark.parametrize(
    ("asset", "off", "differs"),
    [
        ("USDT", TOLERANCE, False),
        ("USDT", -TOLERANCE, False),
        ("USDT", TOLERANCE + D("1e-8"), True),
        ("BTC", D("0.00000001"), True),
        ("BTC", D(0), False),
        ("BNB", D(3), False),
    ],
)
def test_money_may_be_rounded_and_quantities_may_not(
    asset: str, off: Decimal, differs: bool
) -> None:
    engine: Any = Engined(Execute({}, Position(position_lots=100_000), Position()))
    first = {"USDT": D(50), "BTC": D(2)}
    said = {"USDT": D(50), "BTC": D(3)}
    said[asset] = said.get(asset, D(0)) + off
    found = balances_differ(engine, 0, said, first)
    assert [d.what for d in found] == ([asset] if differs else [])


def test_a_difference_reads_as_one_line_without_exponents() -> None:
    text = str(Difference("BTC", D("1E-8"), D("1E+2")))
    assert text == "BTC: the venue has 0.00000001, the engine 100"


def test_fees_in_an_asset_of_two_venues_show_in_the_sum_alone() -> None:
    pair = btcusdt(symbol="BTC/USDT", venue=3)
    engine: Any = Engined(Execute({0: 1500 * 10**9}, Position(position_lots=150_000), Position()))
    engine.config = config_of(btcusdt(), pair)
    first = {"BTC": D(1), "USDT": D(5)}
    here = {"BTC": D("2.499985"), "USDT": D(5)}
    assert balances_differ(engine, 0, here, first) == []
    assert balances_differ(engine, 3, first, first) == []
    begun = {0: first, 3: first}
    assert totals_differ(engine, {0: here, 3: first}, begun) == []
    wrong = totals_differ(engine, {0: {**here, "BTC": D("2.5")}, 3: first}, begun)
    assert wrong == [Difference("BTC", D("3.5"), D("3.499985"))]
