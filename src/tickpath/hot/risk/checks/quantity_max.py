"""Quantity is at most the instrument's maximum and the configured one."""

from tickpath.core.codes import Code
from tickpath.hot.risk.context import Case, RiskInput

CASES = (
    Case("at the configured limit", {'intent.quantity_lots': 1000}, Code.OK),
    Case("one past it", {'intent.quantity_lots': 1001}, Code.RISK_QUANTITY_MAX),
    Case("past the instrument's", {'intent.quantity_lots': 900000001, 'limits.order_lots_max': 1152921504606846976}, Code.RISK_QUANTITY_MAX),
)


def check(x: RiskInput) -> int:
    """OK or the code of the refusal."""
    most = min(x.instrument.quantity_lots_max, x.limits.order_lots_max)
    return Code.OK if x.intent.quantity_lots <= most else Code.RISK_QUANTITY_MAX
