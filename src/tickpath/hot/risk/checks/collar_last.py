"""The order's price is within the collar around the last trade, when there was one."""

from tickpath.core.codes import Code
from tickpath.hot.risk.context import RiskInput
from tickpath.hot.risk.spec import LONG_MARKET, Boundary, Case, CheckSpec
from tickpath.hot.risk.values import collar_ppm, order_ticks, outside

ABOVE = {"intent.price_ticks": 5_040_000}
BELOW = {"intent.price_ticks": 4_940_000}

SPEC = CheckSpec(
    what="price is within the collar around the last trade, when there was one",
    limit="price_collar_ppm of the configuration, at most price_collar_ppm_max of limits.toml",
    code=Code.RISK_COLLAR_LAST,
    boundaries=(
        Boundary("above", "last_trade_ticks", 4_800_000, 4_799_999, Code.RISK_COLLAR_LAST, ABOVE),
        Boundary("below", "last_trade_ticks", 5_200_000, 5_200_001, Code.RISK_COLLAR_LAST, BELOW),
        Boundary(
            "configured collar",
            "last_trade_ticks",
            5_000_000,
            4_999_999,
            Code.RISK_COLLAR_LAST,
            {"limits.price_collar_ppm": 1_000, "intent.price_ticks": 5_005_000},
        ),
        Boundary(
            "configuration cannot loosen",
            "last_trade_ticks",
            4_800_000,
            4_799_999,
            Code.RISK_COLLAR_LAST,
            {**ABOVE, "limits.price_collar_ppm": 1_000_000},
        ),
        Boundary(
            "a market order's touch",
            "last_trade_ticks",
            4_800_000,
            4_799_999,
            Code.RISK_COLLAR_LAST,
            {**LONG_MARKET, "top.ask_ticks": 5_040_000},
        ),
    ),
    cases=(Case("no trade yet", {"last_trade_ticks": 0}, Code.OK),),
)


def check(x: RiskInput) -> int:
    """OK or the code of the refusal."""
    far = x.last_trade_ticks > 0 and outside(order_ticks(x), x.last_trade_ticks, collar_ppm(x))
    return Code.RISK_COLLAR_LAST if far else Code.OK
