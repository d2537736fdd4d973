"""The newest market event of the instrument is young enough."""

from tickpath.core.codes import Code
from tickpath.core.limits import LIMITS
from tickpath.hot.risk.context import RiskInput
from tickpath.hot.risk.spec import Boundary, Case, CheckSpec

SPEC = CheckSpec(
    what="the newest market event of the instrument is at most so old",
    limit="stale_ns of the configuration, at most stale_ns_max of limits.toml",
    code=Code.RISK_STALE,
    boundaries=(
        Boundary("age", "now_ns", 14_000, 14_001, Code.RISK_STALE),
        Boundary(
            "configuration cannot loosen",
            "now_ns",
            LIMITS["stale_ns_max"] + 9_000,
            LIMITS["stale_ns_max"] + 9_001,
            Code.RISK_STALE,
            {"limits.stale_ns": 2**62},
        ),
        Boundary(
            "configuration cannot loosen by a nanosecond",
            "now_ns",
            LIMITS["stale_ns_max"] + 9_000,
            LIMITS["stale_ns_max"] + 9_001,
            Code.RISK_STALE,
            {"limits.stale_ns": LIMITS["stale_ns_max"] + 1},
        ),
        Boundary("an event of now", "last_market_ns", 10_000, 10_001, Code.RISK_STALE),
    ),
    cases=(
        Case("no event yet", {"last_market_ns": 0, "now_ns": 1}, Code.RISK_STALE),
        Case("an event at the first nanosecond", {"last_market_ns": 1, "now_ns": 1}, Code.OK),
    ),
)


def check(x: RiskInput) -> int:
    """OK or the code of the refusal."""
    age_ns = x.now_ns - x.last_market_ns
    age_ns_max = min(x.limits.stale_ns, LIMITS["stale_ns_max"])
    fresh = x.last_market_ns > 0 and 0 <= age_ns <= age_ns_max
    return Code.OK if fresh else Code.RISK_STALE
