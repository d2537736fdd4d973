"""The order's price is within the collar around mid, or around the last trade without a mid."""

from tickpath.core.codes import Code
from tickpath.core.limits import LIMITS
from tickpath.hot.risk.context import Case, RiskInput
from tickpath.hot.risk.values import order_ticks, reference_twice

CASES = (
    Case("at the limit above", {'intent.price_ticks': 5250000, 'top.bid_ticks': 4999999, 'top.ask_ticks': 5000001}, Code.OK),
    Case("one past it", {'intent.price_ticks': 5250001, 'top.bid_ticks': 4999999, 'top.ask_ticks': 5000001}, Code.RISK_COLLAR),
    Case("at the limit below", {'intent.price_ticks': 4750000, 'top.bid_ticks': 4999999, 'top.ask_ticks': 5000001}, Code.OK),
    Case("one past it below", {'intent.price_ticks': 4749999, 'top.bid_ticks': 4999999, 'top.ask_ticks': 5000001}, Code.RISK_COLLAR),
    Case("nothing to compare with", {'top.bid_ticks': 0, 'top.ask_ticks': 0}, Code.RISK_COLLAR),
    Case("configuration cannot loosen", {'limits.price_collar_ppm': 1000000, 'intent.price_ticks': 9000000}, Code.RISK_COLLAR),
)


def check(x: RiskInput) -> int:
    """OK or the code of the refusal."""
    reference2 = reference_twice(x)
    ppm = min(x.limits.price_collar_ppm, LIMITS["price_collar_ppm_max"])
    off = abs(2 * order_ticks(x) - reference2)
    return Code.OK if reference2 > 0 and off * 1_000_000 <= reference2 * ppm else Code.RISK_COLLAR
