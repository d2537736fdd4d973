"""Quantity is at least the instrument's minimum."""

from decimal import Decimal

from tickpath.core.codes import Code
from tickpath.hot.risk.context import RiskInput
from tickpath.hot.risk.spec import Boundary, Case, CheckSpec

SPEC = CheckSpec(
    what="quantity is at least the instrument's minimum",
    limit="quantity_min of the instrument, one lot at least",
    code=Code.RISK_QUANTITY_MIN,
    boundaries=(
        Boundary(
            "instrument's minimum",
            "intent.quantity_lots",
            200,
            199,
            Code.RISK_QUANTITY_MIN,
            {"instrument.quantity_min": Decimal("0.002")},
        ),
        Boundary(
            "one lot",
            "intent.quantity_lots",
            1,
            0,
            Code.RISK_QUANTITY_MIN,
            {"instrument.notional_min": Decimal(0), "instrument.quantity_min": Decimal(0)},
        ),
    ),
    cases=(Case("negative", {"intent.quantity_lots": -200}, Code.RISK_QUANTITY_MIN),),
)


def check(x: RiskInput) -> int:
    """OK or the code of the refusal."""
    enough = x.intent.quantity_lots >= x.instrument.quantity_lots_min
    return Code.OK if enough else Code.RISK_QUANTITY_MIN
