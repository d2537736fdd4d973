"""Quantity is at least the instrument's minimum."""

from tickpath.core.codes import Code
from tickpath.hot.risk.context import Case, RiskInput

CASES = (
    Case("at the limit", {'intent.quantity_lots': 1}, Code.OK),
    Case("one below", {'intent.quantity_lots': 0}, Code.RISK_QUANTITY_MIN),
    Case("negative", {'intent.quantity_lots': -5}, Code.RISK_QUANTITY_MIN),
)


def check(x: RiskInput) -> int:
    """OK or the code of the refusal."""
    enough = x.intent.quantity_lots >= x.instrument.quantity_lots_min
    return Code.OK if enough else Code.RISK_QUANTITY_MIN
