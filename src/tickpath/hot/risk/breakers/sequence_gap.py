"""Too many gaps in the sequence of an instrument."""

from tickpath.core.codes import Code
from tickpath.hot.risk.control.spec import (
    Breaker,
    ControlEvent,
    On,
    RuleSpec,
    Scenario,
    times_full,
    times_sane,
    times_words,
)

GAP = {"on": On.GAP, "now_ns": 1000}

SPEC = RuleSpec(
    what="sequence gaps of the instrument within window_ns",
    limit="gaps",
    code=Code.RISK_BREAKER_SEQUENCE_GAP,
    on=On.GAP,
    words=times_words,
    sane=times_sane,
    needs=("window_ns",),
    forgets=True,
    scenarios=(
        Scenario(
            "within the window",
            {"limit": 2, "window_ns": 500},
            {"on": On.GAP, "now_ns": 1501},
            {"on": On.GAP, "now_ns": 1500},
            (GAP, GAP),
        ),
        Scenario("count", {"limit": 1, "window_ns": 500}, {"on": On.MARKET}, GAP, (GAP,)),
    ),
)


def step(b: Breaker, x: ControlEvent) -> int:
    """words: a ring of times."""
    return times_full(b, x.now_ns)
