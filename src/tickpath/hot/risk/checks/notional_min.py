"""Notional at the order's own price is at least the instrument's minimum."""

from decimal import Decimal

from tickpath.core.codes import Code
from tickpath.hot.risk.context import RiskInput
from tickpath.hot.risk.spec import FAR, INVERSE, LONG_MARKET, Boundary, Case, CheckSpec
from tickpath.hot.risk.values import notional_floor

SPEC = CheckSpec(
    what="notional at the order's own price is at least the instrument's minimum",
    limit="notional_min of the instrument",
    code=Code.RISK_NOTIONAL_MIN,
    boundaries=(
        Boundary("quantity", "intent.quantity_lots", 10, 9, Code.RISK_NOTIONAL_MIN),
        Boundary(
            "price",
            "intent.price_ticks",
            5_000_000,
            4_999_999,
            Code.RISK_NOTIONAL_MIN,
            {"intent.quantity_lots": 10},
        ),
        Boundary(
            "market order at the touch",
            "top.ask_ticks",
            5_000_000,
            4_999_999,
            Code.RISK_NOTIONAL_MIN,
            {**LONG_MARKET, "intent.quantity_lots": 10},
        ),
        Boundary(
            "inverse: value falls as the price grows",
            "intent.price_ticks",
            500_000,
            500_001,
            Code.RISK_NOTIONAL_MIN,
            {**INVERSE, "instrument.notional_min": Decimal("0.002")},
        ),
    ),
    cases=(
        Case(
            "a product of the minimum does not fit",
            {
                **INVERSE,
                **FAR,
                "instrument.tick_size": Decimal("1.7"),
                "instrument.notional_min": Decimal(2**62).scaleb(-8),
                "limits.order_notional_units_max": 10**12,
            },
            Code.RISK_OVERFLOW,
        ),
    ),
)


def check(x: RiskInput) -> int:
    """OK or the code of the refusal."""
    return notional_floor(x, x.instrument.notional_units_min)
