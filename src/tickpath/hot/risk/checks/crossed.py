"""The book is synced and not crossed: nothing is priced on a book that cannot be right."""

from tickpath.core.codes import Code
from tickpath.core.records import BookStatus
from tickpath.hot.risk.context import RiskInput
from tickpath.hot.risk.spec import Case, CheckSpec

SPEC = CheckSpec(
    what="the book is synced and not crossed",
    limit="status of the book",
    code=Code.RISK_CROSSED,
    cases=(
        Case("good", {}, Code.OK),
        Case("empty", {"top.status": 0}, Code.RISK_CROSSED),
        Case("crossed", {"top.status": 2}, Code.RISK_CROSSED),
        Case("stale", {"top.status": 3}, Code.RISK_CROSSED),
    ),
)


def check(x: RiskInput) -> int:
    """OK or the code of the refusal."""
    return Code.OK if x.top.status == BookStatus.OK else Code.RISK_CROSSED
