"""Kill switch: while it is set nothing but cancels leaves."""

from tickpath.core.codes import Code
from tickpath.core.records import KILLED
from tickpath.hot.risk.context import Case, RiskInput

CASES = (
    Case("armed", {}, Code.OK),
    Case("killed", {'flags': 1}, Code.RISK_KILLED),
)


def check(x: RiskInput) -> int:
    """OK or the code of the refusal."""
    if x.flags & KILLED:
        return Code.RISK_KILLED
    return Code.OK
