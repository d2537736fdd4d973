"""Too many fills: a strategy runs away."""

from tickpath.core.codes import Code
from tickpath.hot.risk.control.spec import (
    NO_OPINION,
    Breaker,
    ControlEvent,
    On,
    RuleSpec,
    Scenario,
    times_full,
    times_sane,
    times_words,
)

FILL = {"on": On.REPORT, "now_ns": 1000, "fill_lots": 1}

SPEC = RuleSpec(
    what="fills within window_ns",
    limit="fills",
    code=Code.RISK_BREAKER_FILL_RATE,
    on=On.REPORT,
    words=times_words,
    sane=times_sane,
    needs=("window_ns",),
    together=True,
    forgets=True,
    scenarios=(
        Scenario(
            "within the window",
            {"limit": 2, "window_ns": 500},
            {"now_ns": 1501, "fill_lots": 1},
            {"now_ns": 1500, "fill_lots": 1},
            (FILL, FILL),
        ),
        Scenario(
            "other reports do not count",
            {"limit": 1, "window_ns": 500},
            {"fill_lots": 0},
            {"fill_lots": 1},
            (FILL,),
        ),
    ),
)


def step(b: Breaker, x: ControlEvent) -> int:
    """words: a ring of times."""
    return times_full(b, x.now_ns) if x.fill_lots > 0 else NO_OPINION
