"""Exposure to the order's base currency is within a part of equity."""

from tickpath.core.codes import Code
from tickpath.core.limits import LIMITS
from tickpath.hot.risk.context import RiskInput
from tickpath.hot.risk.spec import Boundary, Case, CheckSpec
from tickpath.hot.risk.values import past_part

SPEC = CheckSpec(
    what="worst cases of all instruments with the order's base and settle currency are "
    "within a part of equity",
    limit="concentration_ppm of the configuration, at most concentration_ppm_max of "
    "limits.toml; orders that reduce the position are free",
    code=Code.RISK_CONCENTRATION,
    boundaries=(
        Boundary("half", "group_units", 5 * 10**12, 5 * 10**12 + 1, Code.RISK_CONCENTRATION),
        Boundary(
            "configuration cannot loosen",
            "group_units",
            10**13,
            10**13 + 1,
            Code.RISK_CONCENTRATION,
            {"limits.concentration_ppm": 10**9},
        ),
    ),
    cases=(Case("reducing", {"group_units": 10**14, "position.position_lots": -200}, Code.OK),),
)


def check(x: RiskInput) -> int:
    """OK or the code of the refusal."""
    past = past_part(x, x.group_units, x.limits.concentration_ppm, LIMITS["concentration_ppm_max"])
    return Code.RISK_CONCENTRATION if past else Code.OK
