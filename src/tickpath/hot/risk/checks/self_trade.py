"""The order does not meet an own order of any strategy on any venue."""

from tickpath.core.codes import Code
from tickpath.core.records import OrderType, Side
from tickpath.hot.risk.context import RiskInput
from tickpath.hot.risk.spec import LONG_MARKET, SHORT_MARKET, Boundary, Case, CheckSpec
from tickpath.hot.risk.values import order_ticks

SPEC = CheckSpec(
    what="the order does not meet an own order of any strategy, on any venue that trades the same",
    limit="none: the price that trades first is compared with the best own one; a post-only"
    " order never takes",
    code=Code.RISK_SELF_TRADE,
    boundaries=(
        Boundary("buy", "own_opposite_ticks", 5_000_001, 5_000_000, Code.RISK_SELF_TRADE),
        Boundary(
            "sell",
            "own_opposite_ticks",
            4_999_999,
            5_000_000,
            Code.RISK_SELF_TRADE,
            {"intent.side": 1},
        ),
        Boundary(
            "market buy at the touch",
            "own_opposite_ticks",
            5_000_002,
            5_000_001,
            Code.RISK_SELF_TRADE,
            LONG_MARKET,
        ),
        Boundary(
            "market sell at the touch",
            "own_opposite_ticks",
            4_999_998,
            4_999_999,
            Code.RISK_SELF_TRADE,
            SHORT_MARKET,
        ),
        Boundary("none", "own_opposite_ticks", 0, 1, Code.RISK_SELF_TRADE),
    ),
    cases=(Case("post-only", {"intent.type": 2, "own_opposite_ticks": 4_000_000}, Code.OK),),
)


def check(x: RiskInput) -> int:
    """OK or the code of the refusal."""
    own = x.own_opposite_ticks
    if own == 0 or x.intent.type == OrderType.POST_ONLY:
        return Code.OK
    ticks = order_ticks(x)
    meets = ticks >= own if x.intent.side == Side.BUY else ticks <= own
    return Code.RISK_SELF_TRADE if meets else Code.OK
