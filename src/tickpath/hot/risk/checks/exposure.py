"""The exposure of every instrument of the settle currency is known."""

from tickpath.core.codes import Code
from tickpath.hot.risk.context import RiskInput
from tickpath.hot.risk.spec import Boundary, Case, CheckSpec
from tickpath.hot.risk.values import worst_lots

SPEC = CheckSpec(
    what="every instrument of the settle currency that holds something has a price, and "
    "its value fits",
    limit="none; orders that reduce the position are free",
    code=Code.RISK_EXPOSURE_UNKNOWN,
    boundaries=(Boundary("one is unknown", "exposure_unknown", 0, 1, Code.RISK_EXPOSURE_UNKNOWN),),
    cases=(Case("reducing", {"exposure_unknown": 3, "position.position_lots": -200}, Code.OK),),
)


def check(x: RiskInput) -> int:
    """OK or the code of the refusal."""
    unknown = x.exposure_unknown > 0 and worst_lots(x) > 0
    return Code.RISK_EXPOSURE_UNKNOWN if unknown else Code.OK
