"""Mid moved too far within a window."""

from tickpath.core.codes import Code
from tickpath.hot.risk.control.spec import (
    BUCKETS,
    NO_OPINION,
    PPM,
    Breaker,
    ControlEvent,
    On,
    RuleSpec,
    Scenario,
)

SPEC = RuleSpec(
    what="highest less lowest mid of the window; the window is held in 16 pieces, so it covers "
    "between 15/16 and all of window_ns",
    limit="ppm of the lowest mid",
    code=Code.RISK_BREAKER_VOLATILITY,
    on=On.MARKET,
    words=lambda spec: 3 * BUCKETS,
    needs=("window_ns",),
    scenarios=(
        Scenario(
            "up",
            {"limit": 10_000, "window_ns": 1600},
            {"bid_ticks": 100_999, "ask_ticks": 101_001},
            {"bid_ticks": 101_000, "ask_ticks": 101_001},
            ({"bid_ticks": 99_999, "ask_ticks": 100_001},),
        ),
        Scenario(
            "down",
            {"limit": 10_000, "window_ns": 1600},
            {"bid_ticks": 99_999, "ask_ticks": 100_001},
            {"bid_ticks": 99_999, "ask_ticks": 100_000},
            ({"bid_ticks": 100_999, "ask_ticks": 101_001},),
        ),
        Scenario(
            "what left the window is forgotten",
            {"limit": 10_000, "window_ns": 1600},
            {"bid_ticks": 200, "ask_ticks": 200, "now_ns": 1000 + 1600},
            {"bid_ticks": 200, "ask_ticks": 200, "now_ns": 1000 + 1599},
            ({"bid_ticks": 100, "ask_ticks": 100, "now_ns": 1000},),
        ),
        Scenario(
            "a book that is not OK says nothing",
            {"limit": 0, "window_ns": 1600},
            {"bid_ticks": 0, "ask_ticks": 100},
            {"bid_ticks": 99, "ask_ticks": 100},
            ({"bid_ticks": 100, "ask_ticks": 100},),
        ),
    ),
)


def step(b: Breaker, x: ControlEvent) -> int:
    """words: the piece's number + 1, its lowest and its highest mid (twice), 16 of each."""
    if x.bid_ticks <= 0 or x.ask_ticks <= 0:
        return NO_OPINION
    mid2 = x.bid_ticks + x.ask_ticks
    number = x.now_ns // max(1, b.window_ns // BUCKETS) + 1
    k = number % BUCKETS
    if b.words[k] != number:
        b.words[k], b.words[BUCKETS + k], b.words[2 * BUCKETS + k] = number, mid2, mid2
    b.words[BUCKETS + k] = min(b.words[BUCKETS + k], mid2)
    b.words[2 * BUCKETS + k] = max(b.words[2 * BUCKETS + k], mid2)
    held = [j for j in range(BUCKETS) if b.words[j] > 0 and b.words[j] > number - BUCKETS]
    low = min(b.words[BUCKETS + j] for j in held)
    high = max(b.words[2 * BUCKETS + j] for j in held)
    return int((high - low) * PPM > b.limit * low)
