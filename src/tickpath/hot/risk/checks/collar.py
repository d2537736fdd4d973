"""The order's price is within the collar around mid, or the last trade without a mid."""

from tickpath.core.codes import Code
from tickpath.hot.risk.context import RiskInput
from tickpath.hot.risk.spec import INVERSE, LONG_MARKET, ONE_TICK, Boundary, Case, CheckSpec
from tickpath.hot.risk.values import collar_ppm, order_ticks, reference_twice

SPEC = CheckSpec(
    what="price is within the collar around mid, or around the last trade without a mid",
    limit="price_collar_ppm of the configuration, at most price_collar_ppm_max of limits.toml",
    code=Code.RISK_COLLAR,
    boundaries=(
        Boundary("above", "intent.price_ticks", 5_250_000, 5_250_001, Code.RISK_COLLAR),
        Boundary("below", "intent.price_ticks", 4_750_000, 4_749_999, Code.RISK_COLLAR),
        Boundary(
            "mid between two ticks",
            "intent.price_ticks",
            5_250_000,
            5_250_001,
            Code.RISK_COLLAR,
            {"top.ask_ticks": 5_000_002},
        ),
        Boundary(
            "configured collar",
            "intent.price_ticks",
            5_050_000,
            5_050_001,
            Code.RISK_COLLAR,
            {"limits.price_collar_ppm": 10_000},
        ),
        Boundary(
            "configured collar, one part in a million less than compiled",
            "intent.price_ticks",
            52_499_950,
            52_499_951,
            Code.RISK_COLLAR,
            {
                "limits.price_collar_ppm": 49_999,
                "top.bid_ticks": 49_999_999,
                "top.ask_ticks": 50_000_001,
                "last_trade_ticks": 50_000_000,
            },
        ),
        Boundary(
            "configuration cannot loosen",
            "intent.price_ticks",
            5_250_000,
            5_250_001,
            Code.RISK_COLLAR,
            {"limits.price_collar_ppm": 1_000_000},
        ),
        Boundary(
            "one part in a million of a high price",
            "intent.price_ticks",
            52_500_000,
            52_500_001,
            Code.RISK_COLLAR,
            {
                "top.bid_ticks": 49_999_999,
                "top.ask_ticks": 50_000_001,
                "last_trade_ticks": 50_000_000,
            },
        ),
        Boundary(
            "around the last trade",
            "intent.price_ticks",
            5_250_000,
            5_250_001,
            Code.RISK_COLLAR,
            {"top.ask_ticks": 0},
        ),
        Boundary(
            "a market order's touch",
            "top.ask_ticks",
            5_250_000,
            5_250_001,
            Code.RISK_COLLAR,
            {**LONG_MARKET, "top.bid_ticks": 4_750_000},
        ),
    ),
    cases=(
        Case(
            "nothing to compare with",
            {"top.bid_ticks": 0, "top.ask_ticks": 0, "last_trade_ticks": 0},
            Code.RISK_COLLAR,
        ),
        Case(
            "the lowest last trade",
            {
                **ONE_TICK,
                "top.bid_ticks": 0,
                "intent.price_ticks": 1,
                "intent.quantity_lots": 50_000_000,
            },
            Code.OK,
        ),
        Case(
            "inverse: nothing to compare with, nor to be valued at",
            {**INVERSE, "top.bid_ticks": 0, "top.ask_ticks": 0, "last_trade_ticks": 0},
            Code.RISK_COLLAR,
        ),
        Case(
            "inverse: nothing to compare the highest price with",
            {
                **INVERSE,
                "top.bid_ticks": 0,
                "top.ask_ticks": 0,
                "last_trade_ticks": 0,
                "intent.price_ticks": 2**63 - 1,
            },
            Code.RISK_COLLAR,
        ),
    ),
)


def check(x: RiskInput) -> int:
    """OK or the code of the refusal."""
    reference2 = reference_twice(x)
    off2 = abs(2 * order_ticks(x) - reference2)
    near = reference2 > 0 and off2 * 1_000_000 <= reference2 * collar_ppm(x)
    return Code.OK if near else Code.RISK_COLLAR
