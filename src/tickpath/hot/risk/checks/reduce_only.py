"""A reduce-only order cannot be larger than the position it reduces."""

from tickpath.core.codes import Code
from tickpath.core.records import REDUCE_ONLY
from tickpath.hot.risk.context import Case, RiskInput
from tickpath.hot.risk.values import worst_lots

CASES = (
    Case("not asked for", {}, Code.OK),
    Case("no position", {'intent.flags': 1}, Code.RISK_REDUCE_ONLY),
    Case("closes exactly", {'intent.flags': 1, 'position.position_lots': -200}, Code.OK),
    Case("one more than the position", {'intent.flags': 1, 'position.position_lots': -199}, Code.RISK_REDUCE_ONLY),
    Case("with others open", {'intent.flags': 1, 'position.position_lots': -200, 'position.open_buy_lots': 1}, Code.RISK_REDUCE_ONLY),
)


def check(x: RiskInput) -> int:
    """OK or the code of the refusal."""
    if not x.intent.flags & REDUCE_ONLY:
        return Code.OK
    return Code.OK if worst_lots(x) <= 0 else Code.RISK_REDUCE_ONLY
