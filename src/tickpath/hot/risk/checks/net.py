"""All instruments of the settle currency, filled in the order's direction, are within a limit."""

from tickpath.core.codes import Code
from tickpath.hot.risk.context import RiskInput
from tickpath.hot.risk.spec import Boundary, Case, CheckSpec
from tickpath.hot.risk.values import worst_lots

LIMIT = {"limits.net_units_max": 10**12}

SPEC = CheckSpec(
    what="all instruments of the settle currency, filled in the order's direction, are "
    "within an amount",
    limit="net_exposure_max of the configuration; orders that reduce the position are free",
    code=Code.RISK_NET,
    boundaries=(Boundary("configured", "net_units", 10**12, 10**12 + 1, Code.RISK_NET, LIMIT),),
    cases=(
        Case("reducing", {**LIMIT, "net_units": 10**13, "position.position_lots": -200}, Code.OK),
    ),
)


def check(x: RiskInput) -> int:
    """OK or the code of the refusal."""
    over = x.net_units > x.limits.net_units_max and worst_lots(x) > 0
    return Code.RISK_NET if over else Code.OK
