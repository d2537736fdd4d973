"""An order that may only reduce cannot turn the position or the leg, whatever else fills."""

from tickpath.core.codes import Code
from tickpath.core.records import POSITION_LONG
from tickpath.hot.risk.context import RiskInput
from tickpath.hot.risk.spec import Boundary, Case, CheckSpec
from tickpath.hot.risk.values import reduces_only, worst_lots

SPEC = CheckSpec(
    what="an order that is reduce-only, or closes a leg of a hedging account, and all open on its "
    "side are at most the position they reduce",
    limit="the position, or the leg",
    code=Code.RISK_REDUCE_ONLY,
    boundaries=(
        Boundary(
            "closes a short exactly",
            "position.position_lots",
            -200,
            -199,
            Code.RISK_REDUCE_ONLY,
            {"intent.flags": 1},
        ),
        Boundary(
            "closes a long exactly",
            "position.position_lots",
            200,
            199,
            Code.RISK_REDUCE_ONLY,
            {"intent.flags": 1, "intent.side": 1},
        ),
        Boundary(
            "with others open",
            "position.open_buy_lots",
            100,
            101,
            Code.RISK_REDUCE_ONLY,
            {"intent.flags": 1, "position.position_lots": -300},
        ),
        Boundary(
            "with others of the batch",
            "pending_buy_lots",
            100,
            101,
            Code.RISK_REDUCE_ONLY,
            {"intent.flags": 1, "position.position_lots": -300},
        ),
        Boundary(
            "closes a short leg exactly",
            "position.position_lots",
            -200,
            -199,
            Code.RISK_REDUCE_ONLY,
            {"intent.flags": 512},
        ),
        Boundary(
            "closes a long leg exactly",
            "position.position_lots",
            200,
            199,
            Code.RISK_REDUCE_ONLY,
            {"intent.flags": 256, "intent.side": 1},
        ),
    ),
    cases=(
        Case("opens a leg", {"intent.flags": 256, "position.position_lots": 200}, Code.OK),
        Case("not asked for", {"position.position_lots": 200}, Code.OK),
        Case("asked for by no other flag", {"intent.flags": POSITION_LONG}, Code.OK),
        Case("no position", {"intent.flags": 1}, Code.RISK_REDUCE_ONLY),
        Case(
            "same direction",
            {"intent.flags": 1, "position.position_lots": 300},
            Code.RISK_REDUCE_ONLY,
        ),
    ),
)


def check(x: RiskInput) -> int:
    """OK or the code of the refusal."""
    return Code.RISK_REDUCE_ONLY if reduces_only(x.intent) and worst_lots(x) > 0 else Code.OK
