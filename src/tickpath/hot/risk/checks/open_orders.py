"""The instrument has fewer open orders than the limit."""

from tickpath.core.codes import Code
from tickpath.core.limits import LIMITS
from tickpath.hot.risk.context import RiskInput
from tickpath.hot.risk.spec import Boundary, CheckSpec

SPEC = CheckSpec(
    what="the instrument has no more open orders, with this one, than the limit",
    limit="open_orders_max of the configuration, at most that of limits.toml; a replace adds none",
    code=Code.RISK_OPEN_ORDERS,
    boundaries=(
        Boundary("configured", "open_orders", 100, 101, Code.RISK_OPEN_ORDERS),
        Boundary(
            "configuration cannot loosen",
            "open_orders",
            1024,
            1025,
            Code.RISK_OPEN_ORDERS,
            {"limits.open_orders_max": 1_000_000},
        ),
    ),
)


def check(x: RiskInput) -> int:
    """OK or the code of the refusal."""
    most = min(x.limits.open_orders_max, LIMITS["open_orders_max"])
    return Code.RISK_OPEN_ORDERS if x.open_orders > most else Code.OK
