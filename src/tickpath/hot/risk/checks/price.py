"""A limit price is positive; a market order has an opposite side to take."""

from tickpath.core.codes import Code
from tickpath.hot.risk.context import Case, RiskInput
from tickpath.hot.risk.values import order_ticks

CASES = (
    Case("one tick", {'intent.price_ticks': 1}, Code.OK),
    Case("zero", {'intent.price_ticks': 0}, Code.RISK_PRICE_GRID),
    Case("negative", {'intent.price_ticks': -1}, Code.RISK_PRICE_GRID),
    Case("market into nothing", {'intent.type': 1, 'top.ask_ticks': 0}, Code.RISK_PRICE_GRID),
)


def check(x: RiskInput) -> int:
    """OK or the code of the refusal."""
    return Code.OK if order_ticks(x) > 0 else Code.RISK_PRICE_GRID
