"""An order token is left."""

from tickpath.core.codes import Code
from tickpath.hot.risk.context import RiskInput
from tickpath.hot.risk.spec import Boundary, CheckSpec

SPEC = CheckSpec(
    what="a token is left: the bucket gains so many a second up to the burst, an order takes one",
    limit="order_rate_per_s and order_burst of the configuration, at most order_rate_per_s_max of "
    "limits.toml",
    code=Code.RISK_RATE,
    boundaries=(Boundary("last token", "order_room_ns", 0, -1, Code.RISK_RATE),),
)


def check(x: RiskInput) -> int:
    """OK or the code of the refusal."""
    return Code.OK if x.order_room_ns >= 0 else Code.RISK_RATE
