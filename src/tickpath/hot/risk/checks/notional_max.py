"""Notional is within the configured maximum and the compiled part of equity."""

from decimal import Decimal

from tickpath.core.codes import Code
from tickpath.core.limits import LIMITS
from tickpath.hot.risk.context import RiskInput
from tickpath.hot.risk.spec import (
    FAR,
    INVERSE,
    LONG_MARKET,
    ONE_TICK,
    SHORT_MARKET,
    Boundary,
    Case,
    CheckSpec,
)
from tickpath.hot.risk.values import OVER, notional_over, part_of_equity, worst_lots

SPEC = CheckSpec(
    what="notional of one order is within the configured maximum and the compiled part of equity",
    limit="order_notional_max of the configuration; order_notional_ceiling_ppm of limits.toml, "
    "from which orders that reduce the position are free",
    code=Code.RISK_NOTIONAL_MAX,
    boundaries=(
        Boundary(
            "configured maximum",
            "limits.order_notional_units_max",
            10_000_000_000,
            9_999_999_999,
            Code.RISK_NOTIONAL_MAX,
        ),
        Boundary("2 % of equity", "intent.quantity_lots", 4000, 4001, Code.RISK_NOTIONAL_MAX),
        Boundary(
            "one tick more",
            "intent.price_ticks",
            5_000_000,
            5_000_001,
            Code.RISK_NOTIONAL_MAX,
            {"intent.quantity_lots": 4000},
        ),
        Boundary(
            "one unit less of equity",
            "equity_units",
            10_000_000_000_000,
            9_999_999_999_999,
            Code.RISK_NOTIONAL_MAX,
            {"intent.quantity_lots": 4000},
        ),
        Boundary(
            "equity that is no round number",
            "equity_units",
            9_997_501_999_500,
            9_997_501_999_499,
            Code.RISK_NOTIONAL_MAX,
            {"intent.quantity_lots": 3999, "intent.price_ticks": 5_000_001},
        ),
        Boundary(
            "a market buy slips to 5 250 002 ticks, rounded up",
            "limits.order_notional_units_max",
            10_500_004_000,
            10_500_003_999,
            Code.RISK_NOTIONAL_MAX,
            LONG_MARKET,
        ),
        Boundary(
            "a market buy slips to 5 250 021 ticks, nothing to round",
            "limits.order_notional_units_max",
            10_500_042_000,
            10_500_041_999,
            Code.RISK_NOTIONAL_MAX,
            {**LONG_MARKET, "top.ask_ticks": 5_000_020},
        ),
        Boundary(
            "a market sell at one tick slips no further",
            "limits.order_notional_units_max",
            500_000_000,
            499_999_999,
            Code.RISK_NOTIONAL_MAX,
            {**SHORT_MARKET, **ONE_TICK, "intent.quantity_lots": 50_000_000},
        ),
        Boundary(
            "a market buy at one tick slips to two",
            "limits.order_notional_units_max",
            1_000_000_000,
            999_999_999,
            Code.RISK_NOTIONAL_MAX,
            {**LONG_MARKET, **ONE_TICK, "intent.quantity_lots": 50_000_000},
        ),
        Boundary(
            "a unit is ten ticks times lots",
            "limits.order_notional_units_max",
            100_000_000,
            99_999_999,
            Code.RISK_NOTIONAL_MAX,
            {"instrument.settle_decimals": 6, "equity_units": 100_000_000_000},
        ),
        Boundary(
            "one lot past a position that it turns",
            "position.position_lots",
            -9000,
            -8999,
            Code.RISK_NOTIONAL_MAX,
            {"intent.quantity_lots": 9000},
        ),
        Boundary(
            "a low limit is valued at mid",
            "top.ask_ticks",
            5_000_001,
            5_000_002,
            Code.RISK_NOTIONAL_MAX,
            {"intent.quantity_lots": 4000, "intent.price_ticks": 4_900_000},
        ),
        Boundary(
            "a market buy is valued at the touch and the collar: 5 250 002 ticks",
            "intent.quantity_lots",
            3809,
            3810,
            Code.RISK_NOTIONAL_MAX,
            LONG_MARKET,
        ),
        Boundary(
            "a market sell is valued at mid",
            "intent.quantity_lots",
            4000,
            4001,
            Code.RISK_NOTIONAL_MAX,
            SHORT_MARKET,
        ),
        Boundary("inverse", "intent.quantity_lots", 10, 11, Code.RISK_NOTIONAL_MAX, INVERSE),
        Boundary(
            "inverse: value grows as the price falls",
            "intent.price_ticks",
            500_000,
            499_999,
            Code.RISK_NOTIONAL_MAX,
            {**INVERSE, "intent.quantity_lots": 10},
        ),
        Boundary(
            "inverse: a high limit is valued at mid",
            "intent.quantity_lots",
            10,
            11,
            Code.RISK_NOTIONAL_MAX,
            {**INVERSE, "intent.price_ticks": 520_000},
        ),
        Boundary(
            "inverse: a market sell is valued at the touch and the collar: 474 999 ticks",
            "intent.quantity_lots",
            9,
            10,
            Code.RISK_NOTIONAL_MAX,
            {**INVERSE, **SHORT_MARKET},
        ),
        Boundary(
            "inverse: a contract is a third of a unit's multiple",
            "limits.order_notional_units_max",
            200_000,
            199_999,
            Code.RISK_NOTIONAL_MAX,
            {**INVERSE, "instrument.tick_size": Decimal("0.3"), "intent.quantity_lots": 3},
        ),
        Boundary(
            "inverse: a market sell at two ticks slips to one, not below",
            "limits.order_notional_units_max",
            100_000_000_000,
            99_999_999_999,
            Code.RISK_NOTIONAL_MAX,
            {
                **INVERSE,
                **SHORT_MARKET,
                "top.bid_ticks": 2,
                "top.ask_ticks": 2,
                "last_trade_ticks": 2,
                "equity_units": 2**62,
            },
        ),
        Boundary(
            "inverse: a market buy at one tick is valued there",
            "limits.order_notional_units_max",
            100_000_000_000,
            99_999_999_999,
            Code.RISK_NOTIONAL_MAX,
            {**INVERSE, **LONG_MARKET, **ONE_TICK, "equity_units": 2**62},
        ),
    ),
    cases=(
        Case(
            "inverse: a market sell at one tick slips no further",
            {**INVERSE, **SHORT_MARKET, **ONE_TICK, "equity_units": 2**62},
            Code.OK,
        ),
        Case(
            "a product of the limit does not fit",
            {
                **INVERSE,
                **FAR,
                "instrument.tick_size": Decimal("1.7"),
                "position.position_lots": -1,
            },
            Code.RISK_OVERFLOW,
        ),
        Case(
            "the highest price",
            {
                **FAR,
                "intent.price_ticks": 2**63 - 1,
                "top.bid_ticks": 2**63 - 1,
                "top.ask_ticks": 2**63 - 1,
            },
            Code.RISK_NOTIONAL_MAX,
        ),
        Case(
            "a market order slips past the highest price",
            {**LONG_MARKET, "top.bid_ticks": 2**63 - 1, "top.ask_ticks": 2**63 - 1},
            Code.RISK_OVERFLOW,
        ),
        Case(
            "reducing, past 2 % of equity",
            {"intent.quantity_lots": 9000, "position.position_lots": -9000},
            Code.OK,
        ),
        Case(
            "reducing, past the configured maximum",
            {"limits.order_notional_units_max": 1, "position.position_lots": -9000},
            Code.RISK_NOTIONAL_MAX,
        ),
        Case(
            "product does not fit",
            {
                "intent.price_ticks": 2**62,
                "intent.quantity_lots": 2**62,
                "instrument.quantity_max": Decimal(2**62).scaleb(-5),
            },
            Code.RISK_OVERFLOW,
        ),
    ),
)


def check(x: RiskInput) -> int:
    """OK or the code of the refusal."""
    most = x.limits.order_notional_units_max
    if worst_lots(x) > 0:
        most = min(most, part_of_equity(x, LIMITS["order_notional_ceiling_ppm"]))
    code = notional_over(x, x.intent.quantity_lots, most)
    return Code.RISK_NOTIONAL_MAX if code == OVER else code
