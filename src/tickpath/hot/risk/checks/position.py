"""Worst-case position, all open orders filled, stays within the ceiling of equity."""

from tickpath.core.codes import Code
from tickpath.core.limits import LIMITS
from tickpath.hot.risk.context import Case, RiskInput
from tickpath.hot.risk.values import OVER, notional_over, part_of_equity, worst_lots

CASES = (
    Case("at the ceiling", {'position.position_lots': 3800}, Code.OK),
    Case("one lot past it", {'position.position_lots': 3801}, Code.RISK_POSITION),
    Case("open orders count", {'position.position_lots': 3800, 'position.open_buy_lots': 1}, Code.RISK_POSITION),
    Case("the batch counts", {'position.position_lots': 3800, 'pending_buy_lots': 1}, Code.RISK_POSITION),
    Case("a replace gives back", {'position.position_lots': 3800, 'position.open_buy_lots': 100, 'replaced_lots': 100}, Code.OK),
    Case("short side", {'intent.side': 1, 'position.position_lots': -3801}, Code.RISK_POSITION),
    Case("reducing passes", {'position.position_lots': -9000}, Code.OK),
    Case("configuration cannot loosen", {'position.position_lots': 3801, 'limits.position_ceiling_ppm': 1000000}, Code.RISK_POSITION),
    Case("product does not fit", {'position.position_lots': 9223372036854775807}, Code.RISK_OVERFLOW),
)


def check(x: RiskInput) -> int:
    """OK or the code of the refusal."""
    worst = worst_lots(x)
    if worst <= 0:
        return Code.OK
    ppm = min(x.limits.position_ceiling_ppm, LIMITS["position_ceiling_ppm"])
    code = notional_over(x, worst, part_of_equity(x, ppm))
    return Code.RISK_POSITION if code == OVER else code
