"""No market data of an instrument for too long."""

from tickpath.core.codes import Code
from tickpath.hot.risk.control.spec import (
    Breaker,
    BreakerState,
    ControlEvent,
    On,
    RuleSpec,
    Scenario,
    later,
)

SPEC = RuleSpec(
    what="time since the newest market event of the instrument; the engine asks its driver for a "
    "timer at the end of it, so that silence is seen in silence",
    limit="ns of t_recv",
    code=Code.RISK_BREAKER_DATA_GAP,
    on=On.MARKET | On.TIMER,
    words=lambda spec: 1,
    scenarios=(
        Scenario("an event after a gap", {"limit": 500}, {"now_ns": 1500}, {"now_ns": 1501}, ({},)),
        Scenario(
            "a timer in a gap",
            {"limit": 500},
            {"on": On.TIMER, "now_ns": 1500},
            {"on": On.TIMER, "now_ns": 1501},
            ({},),
        ),
        Scenario(
            "a book that is not OK counts",
            {"limit": 0},
            {"now_ns": 1000},
            {"now_ns": 1001},
            ({"bid_ticks": 0},),
        ),
    ),
)


def step(b: Breaker, x: ControlEvent) -> int:
    """words: [0] time of the newest event + 1, 0 before the first."""
    seen = b.words[0]
    over = int(seen > 0 and x.now_ns - (seen - 1) > b.limit)
    if x.on == On.MARKET:
        over = 0 if b.state == BreakerState.TRIPPED else over
        b.words[0] = min(x.now_ns, 2**63 - 2) + 1
        b.deadline_ns = later(later(x.now_ns, b.limit), 1)
    return over
