"""Nothing new leaves while a circuit breaker, a pause or a loss has closed the order's scope."""

from tickpath.core.codes import Code
from tickpath.core.records import BLOCK_SHIFT
from tickpath.hot.risk.context import RiskInput
from tickpath.hot.risk.spec import Case, CheckSpec

CLOSED = (
    Code.RISK_PAUSED,
    Code.RISK_DRAWDOWN_HALT,
    Code.RISK_BREAKER_DATA_GAP,
    Code.RISK_BREAKER_DRAWDOWN,
    Code.RISK_BREAKER_FILL_RATE,
    Code.RISK_BREAKER_LATENCY,
    Code.RISK_BREAKER_REJECT_RATE,
    Code.RISK_BREAKER_SEQUENCE_GAP,
    Code.RISK_BREAKER_SPREAD,
    Code.RISK_BREAKER_VOLATILITY,
)

SPEC = CheckSpec(
    what="no breaker, pause or halt has closed the instrument or strategy of the order",
    limit="[[breakers]] and [drawdown] of the configuration, pause commands; part of the state",
    code=Code.RISK_PAUSED,
    cases=(
        Case("open", {}, Code.OK),
        *(Case(f"closed by {c.name}", {"flags": c << BLOCK_SHIFT}, c) for c in CLOSED),
        Case(
            "closed, though the order reduces",
            {"flags": Code.RISK_PAUSED << BLOCK_SHIFT, "position.position_lots": -200},
            Code.RISK_PAUSED,
        ),
    ),
)


def check(x: RiskInput) -> int:
    """OK or the code that closed the scope."""
    return x.flags >> BLOCK_SHIFT
