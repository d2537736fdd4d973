"""An order with a limit reaches through the far touch by no more than a part of it."""

from tickpath.core.codes import Code
from tickpath.core.limits import LIMITS
from tickpath.core.records import OrderType, Side
from tickpath.hot.risk.context import RiskInput
from tickpath.hot.risk.spec import LONG_MARKET, Boundary, Case, CheckSpec

TIGHT = {"limits.fat_finger_ppm": 10_000}
SELL = {**TIGHT, "intent.side": 1}

SPEC = CheckSpec(
    what="a limit reaches through the far touch by no more than a part of it",
    limit="fat_finger_ppm of the configuration, at most fat_finger_ppm_max of limits.toml; "
    "a market order is held by the collar",
    code=Code.RISK_FAT_FINGER,
    boundaries=(
        Boundary("buy", "intent.price_ticks", 5_050_001, 5_050_002, Code.RISK_FAT_FINGER, TIGHT),
        Boundary("sell", "intent.price_ticks", 4_950_000, 4_949_999, Code.RISK_FAT_FINGER, SELL),
        Boundary(
            "configuration cannot loosen",
            "top.ask_ticks",
            5_000_000,
            4_999_999,
            Code.RISK_FAT_FINGER,
            {
                "intent.price_ticks": 5_250_000,
                "limits.fat_finger_ppm": 1_000_000,
                "top.bid_ticks": 0,
            },
        ),
    ),
    cases=(
        Case("a passive order may be far", {"intent.price_ticks": 4_800_000}, Code.OK),
        Case("a market order", LONG_MARKET, Code.OK),
    ),
)


def check(x: RiskInput) -> int:
    """OK or the code of the refusal."""
    if x.intent.type == OrderType.MARKET:
        return Code.OK
    ppm = min(x.limits.fat_finger_ppm, LIMITS["fat_finger_ppm_max"])
    if x.intent.side == Side.BUY:
        touch, through = x.top.ask_ticks, x.intent.price_ticks - x.top.ask_ticks
    else:
        touch, through = x.top.bid_ticks, x.top.bid_ticks - x.intent.price_ticks
    far = touch > 0 and through * 1_000_000 > touch * ppm
    return Code.RISK_FAT_FINGER if far else Code.OK
