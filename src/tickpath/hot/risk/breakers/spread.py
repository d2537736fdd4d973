"""Spread is too wide."""

from tickpath.core.codes import Code
from tickpath.hot.risk.control.spec import (
    NO_OPINION,
    PPM,
    Breaker,
    ControlEvent,
    On,
    RuleSpec,
    Scenario,
)

SPEC = RuleSpec(
    what="ask less bid of a book that is OK",
    limit="ppm of the mid",
    code=Code.RISK_BREAKER_SPREAD,
    on=On.MARKET,
    words=lambda spec: 1,
    scenarios=(
        Scenario(
            "wide",
            {"limit": 2_000},
            {"bid_ticks": 99_900, "ask_ticks": 100_100},
            {"bid_ticks": 99_899, "ask_ticks": 100_100},
        ),
        Scenario(
            "a book that is not OK says nothing",
            {"limit": 0},
            {"bid_ticks": 0, "ask_ticks": 100_000},
            {"bid_ticks": 99_999, "ask_ticks": 100_000},
        ),
    ),
)


def step(b: Breaker, x: ControlEvent) -> int:
    """No memory."""
    if x.bid_ticks <= 0 or x.ask_ticks <= 0:
        return NO_OPINION
    spread = x.ask_ticks - x.bid_ticks
    return int(spread * 2 * PPM > b.limit * (x.bid_ticks + x.ask_ticks))
