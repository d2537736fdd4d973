"""Kill switch: while it is set nothing but cancels leaves."""

from tickpath.core.codes import Code
from tickpath.core.records import KILLED
from tickpath.hot.risk.context import RiskInput
from tickpath.hot.risk.spec import Case, CheckSpec

SPEC = CheckSpec(
    what="nothing but a cancel leaves while the kill switch is set",
    limit="kill and rearm commands; part of the state",
    code=Code.RISK_KILLED,
    cases=(
        Case("armed", {}, Code.OK),
        Case("killed", {"flags": 1}, Code.RISK_KILLED),
        Case(
            "killed, though the order reduces",
            {"flags": 1, "position.position_lots": -200},
            Code.RISK_KILLED,
        ),
    ),
)


def check(x: RiskInput) -> int:
    """OK or the code of the refusal."""
    return Code.RISK_KILLED if x.flags & KILLED else Code.OK
