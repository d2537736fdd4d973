"""No order that is the same was accepted within a time."""

from tickpath.core.codes import Code
from tickpath.hot.risk.context import RiskInput
from tickpath.hot.risk.spec import Boundary, Case, CheckSpec

SPEC = CheckSpec(
    what="the same order was not accepted within a time",
    limit="duplicate_ns of the configuration, 0 for never; what the engine itself sends "
    "again (clips, children) does not count",
    code=Code.RISK_DUPLICATE,
    boundaries=(
        Boundary("age", "duplicate_age_ns", 1_000, 999, Code.RISK_DUPLICATE),
        Boundary("there is none", "duplicate_age_ns", -1, 0, Code.RISK_DUPLICATE),
    ),
    cases=(Case("never", {"limits.duplicate_ns": 0, "duplicate_age_ns": 0}, Code.OK),),
)


def check(x: RiskInput) -> int:
    """OK or the code of the refusal."""
    return Code.RISK_DUPLICATE if 0 <= x.duplicate_age_ns < x.limits.duplicate_ns else Code.OK
