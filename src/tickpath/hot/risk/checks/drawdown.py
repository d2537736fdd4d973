"""Past the first level of loss only orders that reduce the position pass."""

from tickpath.core.codes import Code
from tickpath.core.records import REDUCE_ONLY_ALL
from tickpath.hot.risk.context import RiskInput
from tickpath.hot.risk.spec import Boundary, Case, CheckSpec
from tickpath.hot.risk.values import worst_lots

SPEC = CheckSpec(
    what="the loss is within its first level, or the order only reduces the position, everything "
    "open on its side filled",
    limit="[drawdown] of the configuration; part of the state",
    code=Code.RISK_DRAWDOWN_REDUCE,
    boundaries=(
        Boundary(
            "reduces to nothing",
            "position.position_lots",
            -200,
            -199,
            Code.RISK_DRAWDOWN_REDUCE,
            {"flags": REDUCE_ONLY_ALL},
        ),
        Boundary(
            "open orders count",
            "position.open_buy_lots",
            100,
            101,
            Code.RISK_DRAWDOWN_REDUCE,
            {"flags": REDUCE_ONLY_ALL, "position.position_lots": -300},
        ),
    ),
    cases=(Case("opens", {"flags": REDUCE_ONLY_ALL}, Code.RISK_DRAWDOWN_REDUCE),),
)


def check(x: RiskInput) -> int:
    """OK or the code of the refusal."""
    free = not x.flags & REDUCE_ONLY_ALL or worst_lots(x) <= 0
    return Code.OK if free else Code.RISK_DRAWDOWN_REDUCE
