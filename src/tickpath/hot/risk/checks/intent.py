"""Kind, side, type, time in force and flags are ones the engine knows and can be combined."""

from tickpath.core.codes import Code
from tickpath.core.records import IntentKind, OrderType, REDUCE_ONLY, Side, TimeInForce
from tickpath.hot.risk.context import Case, RiskInput

CASES = (
    Case("limit", {}, Code.OK),
    Case("unknown kind", {'intent.kind': 9}, Code.RISK_INTENT),
    Case("unknown side", {'intent.side': 2}, Code.RISK_INTENT),
    Case("unknown type", {'intent.type': 3}, Code.RISK_INTENT),
    Case("negative type", {'intent.type': -1}, Code.RISK_INTENT),
    Case("unknown time in force", {'intent.time_in_force': 3}, Code.RISK_INTENT),
    Case("unknown flag", {'intent.flags': 2}, Code.RISK_INTENT),
    Case("post-only and IOC", {'intent.type': 2, 'intent.time_in_force': 1}, Code.RISK_INTENT),
    Case("post-only", {'intent.type': 2}, Code.OK),
)


def check(x: RiskInput) -> int:
    """OK or the code of the refusal."""
    i = x.intent
    known = (
        i.kind in (IntentKind.SUBMIT, IntentKind.REPLACE)
        and i.side in (Side.BUY, Side.SELL)
        and OrderType.LIMIT <= i.type <= OrderType.POST_ONLY
        and TimeInForce.GTC <= i.time_in_force <= TimeInForce.FOK
        and i.flags & ~REDUCE_ONLY == 0
    )
    patient = i.time_in_force == TimeInForce.GTC or i.type != OrderType.POST_ONLY
    return Code.OK if known and patient else Code.RISK_INTENT
