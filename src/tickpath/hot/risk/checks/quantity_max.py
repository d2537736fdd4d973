"""Quantity is at most the instrument's maximum and the configured one."""

from decimal import Decimal

from tickpath.core.codes import Code
from tickpath.hot.risk.context import RiskInput
from tickpath.hot.risk.spec import Boundary, CheckSpec

SPEC = CheckSpec(
    what="quantity is at most the instrument's maximum and the configured one",
    limit="quantity_max of the instrument; order_quantity_max of the configuration",
    code=Code.RISK_QUANTITY_MAX,
    boundaries=(
        Boundary(
            "configured maximum",
            "intent.quantity_lots",
            300,
            301,
            Code.RISK_QUANTITY_MAX,
            {"limits.order_lots_max": 300},
        ),
        Boundary(
            "instrument's maximum",
            "intent.quantity_lots",
            300,
            301,
            Code.RISK_QUANTITY_MAX,
            {"instrument.quantity_max": Decimal("0.003")},
        ),
    ),
)


def check(x: RiskInput) -> int:
    """OK or the code of the refusal."""
    most = min(x.instrument.quantity_lots_max, x.limits.order_lots_max)
    return Code.OK if x.intent.quantity_lots <= most else Code.RISK_QUANTITY_MAX
