"""An order token of the order's venue is free."""

from tickpath.core.codes import Code
from tickpath.hot.risk.context import RiskInput
from tickpath.hot.risk.spec import Boundary, CheckSpec

SPEC = CheckSpec(
    what="an order token of the order's venue is free",
    limit="venue_order_rate_per_s and venue_order_burst of the configuration, at most "
    "order_rate_per_s_max of limits.toml",
    code=Code.RISK_VENUE_RATE,
    boundaries=(Boundary("one token", "venue_order_room_ns", 0, -1, Code.RISK_VENUE_RATE),),
)


def check(x: RiskInput) -> int:
    """OK or the code of the refusal."""
    return Code.RISK_VENUE_RATE if x.venue_order_room_ns < 0 else Code.OK
