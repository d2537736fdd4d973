"""The instrument's venue, or another that trades the same, is up."""

from tickpath.core.codes import Code
from tickpath.core.records import VENUE_CLOSED
from tickpath.hot.risk.context import RiskInput
from tickpath.hot.risk.spec import Case, CheckSpec

SPEC = CheckSpec(
    what="the instrument's venue, or another that trades the same, is up",
    limit="commands VENUE_DOWN and VENUE_UP; the router moves an order whose own venue is down",
    code=Code.RISK_VENUE,
    cases=(
        Case("down", {"flags": VENUE_CLOSED}, Code.RISK_VENUE),
        Case("open", {"flags": 0}, Code.OK),
    ),
)


def check(x: RiskInput) -> int:
    """OK or the code of the refusal."""
    return Code.RISK_VENUE if x.flags & VENUE_CLOSED else Code.OK
