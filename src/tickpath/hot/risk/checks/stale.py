"""The newest market event of the instrument is younger than the limit."""

from tickpath.core.codes import Code
from tickpath.hot.risk.context import Case, RiskInput

CASES = (
    Case("at the limit", {'now_ns': 6000, 'last_market_ns': 1000}, Code.OK),
    Case("one past it", {'now_ns': 6001, 'last_market_ns': 1000}, Code.RISK_STALE),
    Case("no event yet", {'last_market_ns': 0}, Code.RISK_STALE),
)


def check(x: RiskInput) -> int:
    """OK or the code of the refusal."""
    age_ns = x.now_ns - x.last_market_ns
    fresh = x.last_market_ns > 0 and age_ns <= x.limits.stale_ns
    return Code.OK if fresh else Code.RISK_STALE
