"""Without positive equity only orders that reduce the position pass."""

from tickpath.core.codes import Code
from tickpath.hot.risk.context import RiskInput
from tickpath.hot.risk.spec import Boundary, Case, CheckSpec
from tickpath.hot.risk.values import worst_lots

SPEC = CheckSpec(
    what="equity is positive, or the order only reduces the position",
    limit="equity in the settle currency of the instrument",
    code=Code.RISK_EQUITY,
    boundaries=(
        Boundary(
            "reduces to nothing",
            "position.position_lots",
            -200,
            -199,
            Code.RISK_EQUITY,
            {"equity_units": 0},
        ),
        Boundary(
            "sells no more than held",
            "intent.quantity_lots",
            300,
            301,
            Code.RISK_EQUITY,
            {"equity_units": -(2**62), "position.position_lots": 300, "intent.side": 1},
        ),
    ),
    cases=(
        Case("none", {"equity_units": 0}, Code.RISK_EQUITY),
        Case("lost", {"equity_units": -1}, Code.RISK_EQUITY),
        Case("one unit is for the ceilings", {"equity_units": 1}, Code.RISK_NOTIONAL_MAX),
    ),
)


def check(x: RiskInput) -> int:
    """OK or the code of the refusal."""
    return Code.OK if x.equity_units > 0 or worst_lots(x) <= 0 else Code.RISK_EQUITY
