"""A limit price is positive; a market order has an opposite side to take."""

from tickpath.core.codes import Code
from tickpath.hot.risk.context import RiskInput
from tickpath.hot.risk.spec import LONG_MARKET, SHORT_MARKET, Boundary, Case, CheckSpec
from tickpath.hot.risk.values import order_ticks

SPEC = CheckSpec(
    what="a limit price is positive, a market order has an opposite side to take",
    limit="one tick",
    code=Code.RISK_PRICE_GRID,
    boundaries=(
        Boundary(
            "one tick",
            "intent.price_ticks",
            1,
            0,
            Code.RISK_PRICE_GRID,
            {
                "top.bid_ticks": 1,
                "top.ask_ticks": 1,
                "last_trade_ticks": 0,
                "intent.quantity_lots": 50_000_000,
            },
        ),
    ),
    cases=(
        Case("negative", {"intent.price_ticks": -1}, Code.RISK_PRICE_GRID),
        Case("market buy, no ask", {**LONG_MARKET, "top.ask_ticks": 0}, Code.RISK_PRICE_GRID),
        Case("market buy, no bid", {**LONG_MARKET, "top.bid_ticks": 0}, Code.OK),
        Case("market sell, no bid", {**SHORT_MARKET, "top.bid_ticks": 0}, Code.RISK_PRICE_GRID),
    ),
)


def check(x: RiskInput) -> int:
    """OK or the code of the refusal."""
    return Code.OK if order_ticks(x) > 0 else Code.RISK_PRICE_GRID
