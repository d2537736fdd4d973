"""Quantity is a multiple of the instrument's order step, which may be coarser than its lot."""

from decimal import Decimal

from tickpath.core.codes import Code
from tickpath.hot.risk.context import RiskInput
from tickpath.hot.risk.spec import Boundary, Case, CheckSpec

SPEC = CheckSpec(
    what="quantity is a multiple of the instrument's order step",
    limit="order_step of the instrument, its lot unless said",
    code=Code.RISK_QUANTITY_STEP,
    boundaries=(
        Boundary(
            "a multiple and one lot more",
            "intent.quantity_lots",
            200,
            201,
            Code.RISK_QUANTITY_STEP,
            {"instrument.order_step": Decimal("0.0001")},
        ),
        Boundary(
            "a multiple and one lot less",
            "intent.quantity_lots",
            200,
            199,
            Code.RISK_QUANTITY_STEP,
            {"instrument.order_step": Decimal("0.0001")},
        ),
    ),
    cases=(
        Case(
            "a step of two lots",
            {"instrument.order_step": Decimal("0.00002"), "intent.quantity_lots": 201},
            Code.RISK_QUANTITY_STEP,
        ),
        Case("every lot", {"intent.quantity_lots": 201}, Code.OK),
    ),
)


def check(x: RiskInput) -> int:
    """OK or the code of the refusal."""
    off = x.intent.quantity_lots % x.instrument.order_step_lots
    return Code.RISK_QUANTITY_STEP if off else Code.OK
