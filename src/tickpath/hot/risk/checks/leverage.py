"""Gross exposure is within a multiple of equity."""

from tickpath.core.codes import Code
from tickpath.core.limits import LIMITS
from tickpath.hot.risk.context import RiskInput
from tickpath.hot.risk.spec import Boundary, Case, CheckSpec
from tickpath.hot.risk.values import past_part

SPEC = CheckSpec(
    what="gross worst-case exposure is within a multiple of equity",
    limit="leverage_ppm of the configuration, at most leverage_ppm_max of limits.toml; "
    "orders that reduce the position are free",
    code=Code.RISK_LEVERAGE,
    boundaries=(
        Boundary("twice", "gross_units", 2 * 10**13, 2 * 10**13 + 1, Code.RISK_LEVERAGE),
        Boundary(
            "configuration cannot loosen",
            "gross_units",
            5 * 10**13,
            5 * 10**13 + 1,
            Code.RISK_LEVERAGE,
            {"limits.leverage_ppm": 10**9},
        ),
    ),
    cases=(Case("reducing", {"gross_units": 10**14, "position.position_lots": -200}, Code.OK),),
)


def check(x: RiskInput) -> int:
    """OK or the code of the refusal."""
    past = past_part(x, x.gross_units, x.limits.leverage_ppm, LIMITS["leverage_ppm_max"])
    return Code.RISK_LEVERAGE if past else Code.OK
