"""Quantity is a multiple of the instrument's order step, which may be coarser than its lot."""

from tickpath.core.codes import Code
from tickpath.hot.risk.context import Case, RiskInput

CASES = (
    Case("every lot", {}, Code.OK),
    Case(
        "a multiple",
        {"intent.quantity_lots": 20, "instrument.order_step": "0.0001"},
        Code.OK,
    ),
    Case(
        "one lot past it",
        {"intent.quantity_lots": 21, "instrument.order_step": "0.0001"},
        Code.RISK_QUANTITY_STEP,
    ),
)


def check(x: RiskInput) -> int:
    """OK or the code of the refusal."""
    off = x.intent.quantity_lots % x.instrument.order_step_lots
    return Code.RISK_QUANTITY_STEP if off else Code.OK
