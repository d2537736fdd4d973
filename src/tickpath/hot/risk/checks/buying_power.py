"""Cash, holdings or margin cover the order beside all that is open."""

from tickpath.core.codes import Code
from tickpath.hot.risk.context import RiskInput
from tickpath.hot.risk.spec import Boundary, Case, CheckSpec
from tickpath.hot.risk.values import worst_lots

CASH = {"cash_account": True}

SPEC = CheckSpec(
    what="cash covers buys and holdings cover sells where orders are paid in cash, equity "
    "covers the margin elsewhere; all open orders count",
    limit="[account] cash and margin_ppm; with margin, orders that reduce the position are free",
    code=Code.RISK_BUYING_POWER,
    boundaries=(
        Boundary("margin", "power_needed", 10**13, 10**13 + 1, Code.RISK_BUYING_POWER),
        Boundary("cash", "power_needed", 10**13, 10**13 + 1, Code.RISK_BUYING_POWER, CASH),
        Boundary(
            "cash has no free side",
            "power_free",
            1_000_000,
            999_999,
            Code.RISK_BUYING_POWER,
            {**CASH, "position.position_lots": -200},
        ),
    ),
    cases=(Case("reducing", {"power_needed": 10**14, "position.position_lots": -200}, Code.OK),),
)


def check(x: RiskInput) -> int:
    """OK or the code of the refusal."""
    short = x.power_needed > x.power_free and (x.cash_account or worst_lots(x) > 0)
    return Code.RISK_BUYING_POWER if short else Code.OK
