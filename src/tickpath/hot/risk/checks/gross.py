"""Worst cases of all instruments of the settle currency, added, are within a limit."""

from tickpath.core.codes import Code
from tickpath.hot.risk.context import RiskInput
from tickpath.hot.risk.spec import Boundary, Case, CheckSpec
from tickpath.hot.risk.values import worst_lots

LIMIT = {"limits.gross_units_max": 10**12}

SPEC = CheckSpec(
    what="worst cases of all instruments of the settle currency, added, are within an amount",
    limit="gross_exposure_max of the configuration; orders that reduce the position are free",
    code=Code.RISK_GROSS,
    boundaries=(Boundary("configured", "gross_units", 10**12, 10**12 + 1, Code.RISK_GROSS, LIMIT),),
    cases=(
        Case(
            "reducing",
            {**LIMIT, "gross_units": 10**13, "position.position_lots": -200},
            Code.OK,
        ),
    ),
)


def check(x: RiskInput) -> int:
    """OK or the code of the refusal."""
    over = x.gross_units > x.limits.gross_units_max and worst_lots(x) > 0
    return Code.RISK_GROSS if over else Code.OK
