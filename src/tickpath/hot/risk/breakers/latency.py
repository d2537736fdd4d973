"""The first answers to our orders come too late."""

from tickpath.core.codes import Code
from tickpath.hot.risk.control.spec import (
    NO_OPINION,
    Breaker,
    ControlEvent,
    On,
    RuleSpec,
    Scenario,
)

SPEC = RuleSpec(
    what="`count` answers one after the other, each later than the limit after its order left; an "
    "order that is never answered is not seen here",
    limit="ns of t_recv from sending to the first report",
    code=Code.RISK_BREAKER_LATENCY,
    on=On.REPORT,
    words=lambda spec: 1,
    needs=("count",),
    together=True,
    forgets=True,
    scenarios=(
        Scenario("late", {"limit": 500, "count": 1}, {"latency_ns": 500}, {"latency_ns": 501}),
        Scenario(
            "one in time breaks the row",
            {"limit": 500, "count": 2},
            {"latency_ns": 500},
            {"latency_ns": 501},
            ({"latency_ns": 501},),
        ),
        Scenario(
            "other reports say nothing",
            {"limit": 0, "count": 1},
            {"latency_ns": -1},
            {"latency_ns": 1},
        ),
    ),
)


def step(b: Breaker, x: ControlEvent) -> int:
    """words: [0] late answers in a row."""
    if x.latency_ns < 0:
        return NO_OPINION
    b.words[0] = b.words[0] + 1 if x.latency_ns > b.limit else 0
    return int(b.words[0] >= b.count)
