"""Notional is at least the instrument's minimum."""

from tickpath.core.codes import Code
from tickpath.hot.risk.context import Case, RiskInput
from tickpath.hot.risk.values import notional_floor

CASES = (
    Case("at the limit", {'intent.price_ticks': 2500000, 'intent.quantity_lots': 20}, Code.OK),
    Case("just below", {'intent.price_ticks': 2499999, 'intent.quantity_lots': 20}, Code.RISK_NOTIONAL_MIN),
)


def check(x: RiskInput) -> int:
    """OK or the code of the refusal."""
    return notional_floor(x, x.instrument.notional_units_min)
