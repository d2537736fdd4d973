"""An order token is left."""

from tickpath.core.codes import Code
from tickpath.hot.risk.context import Case, RiskInput

CASES = (
    Case("one left", {'tokens': 1}, Code.OK),
    Case("none left", {'tokens': 0}, Code.RISK_RATE),
)


def check(x: RiskInput) -> int:
    """OK or the code of the refusal."""
    return Code.OK if x.tokens > 0 else Code.RISK_RATE
