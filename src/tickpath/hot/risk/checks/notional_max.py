"""Notional is within the configured maximum and the compiled part of equity."""

from tickpath.core.codes import Code
from tickpath.core.limits import LIMITS
from tickpath.hot.risk.context import Case, RiskInput
from tickpath.hot.risk.values import OVER, notional_over, part_of_equity, worst_lots

CASES = (
    Case("at 2 % of equity", {'intent.price_ticks': 5000000, 'intent.quantity_lots': 4000, 'limits.order_lots_max': 1000000}, Code.OK),
    Case("just past it", {'intent.price_ticks': 5000001, 'intent.quantity_lots': 4000, 'limits.order_lots_max': 1000000}, Code.RISK_NOTIONAL_MAX),
    Case("past the configured", {'limits.order_notional_units_max': 9999999999}, Code.RISK_NOTIONAL_MAX),
    Case("at the configured", {'limits.order_notional_units_max': 10000000000}, Code.OK),
    Case("no equity", {'equity_units': 0}, Code.RISK_NOTIONAL_MAX),
    Case("no equity but reducing", {'equity_units': -5, 'position.position_lots': -300}, Code.OK),
    Case("product does not fit", {'intent.price_ticks': 4611686018427387904, 'intent.quantity_lots': 4611686018427387904}, Code.RISK_OVERFLOW),
)


def check(x: RiskInput) -> int:
    """OK or the code of the refusal."""
    code = notional_over(x, x.intent.quantity_lots, x.limits.order_notional_units_max)
    if code == Code.OK and worst_lots(x) > 0:
        ceiling = part_of_equity(x, LIMITS["order_notional_ceiling_ppm"])
        code = notional_over(x, x.intent.quantity_lots, ceiling)
    return Code.RISK_NOTIONAL_MAX if code == OVER else code
