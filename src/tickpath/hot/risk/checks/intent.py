"""Kind, side, type, time in force, flags and strategy are known and can be combined."""

from tickpath.core.codes import Code
from tickpath.core.limits import LIMITS
from tickpath.core.records import (
    POSITION_LONG,
    POSITION_SHORT,
    REDUCE_ONLY,
    IntentKind,
    OrderType,
    Side,
    TimeInForce,
)
from tickpath.hot.risk.context import RiskInput
from tickpath.hot.risk.spec import Boundary, Case, CheckSpec

FLAGS = REDUCE_ONLY | POSITION_LONG | POSITION_SHORT

SPEC = CheckSpec(
    what="the words of an order are ones the engine knows and can be combined",
    limit="records.h; strategies_max of limits.toml",
    code=Code.RISK_INTENT,
    boundaries=(
        Boundary("first strategy", "intent.strategy", 0, -1, Code.RISK_INTENT),
        Boundary("last strategy", "intent.strategy", 15, 16, Code.RISK_INTENT),
        Boundary("buy", "intent.side", 0, -1, Code.RISK_INTENT),
        Boundary("sell", "intent.side", 1, 2, Code.RISK_INTENT),
        Boundary("limit", "intent.type", 0, -1, Code.RISK_INTENT),
        Boundary("post-only", "intent.type", 2, 3, Code.RISK_INTENT),
        Boundary("GTC", "intent.time_in_force", 0, -1, Code.RISK_INTENT),
        Boundary("FOK", "intent.time_in_force", 2, 3, Code.RISK_INTENT),
        Boundary("submit", "intent.kind", 1, 0, Code.RISK_INTENT),
        Boundary("replace", "intent.kind", 3, 4, Code.RISK_INTENT),
    ),
    cases=(
        Case("unknown flag", {"intent.flags": 2}, Code.RISK_INTENT),
        Case("sign bit of the flags", {"intent.flags": -(2**31)}, Code.RISK_INTENT),
        Case("of the long side", {"intent.flags": POSITION_LONG}, Code.OK),
        Case("of the short side", {"intent.flags": POSITION_SHORT, "intent.side": 1}, Code.OK),
        Case("post-only", {"intent.type": 2}, Code.OK),
        Case("IOC", {"intent.time_in_force": 1}, Code.OK),
        Case("market", {"intent.type": 1, "intent.price_ticks": 0}, Code.OK),
        Case("post-only IOC", {"intent.type": 2, "intent.time_in_force": 1}, Code.RISK_INTENT),
    ),
)


def check(x: RiskInput) -> int:
    """OK or the code of the refusal."""
    i = x.intent
    known = (
        i.kind in (IntentKind.SUBMIT, IntentKind.REPLACE)
        and i.side in (Side.BUY, Side.SELL)
        and OrderType.LIMIT <= i.type <= OrderType.POST_ONLY
        and TimeInForce.GTC <= i.time_in_force <= TimeInForce.FOK
        and not i.flags & ~FLAGS
        and 0 <= i.strategy < LIMITS["strategies_max"]
    )
    patient = i.time_in_force == TimeInForce.GTC or i.type != OrderType.POST_ONLY
    return Code.OK if known and patient else Code.RISK_INTENT
