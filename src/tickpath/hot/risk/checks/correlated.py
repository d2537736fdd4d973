"""Exposure that moves with the instrument is within its limit, or the order only reduces.

The sum over the other instruments of correlation * exposure comes from off the path, in units of
the settle currency; to it comes, in the order's direction, the worst-case position of the
instrument itself. A hedge makes it smaller. What the others have changed since the figure is not in
it: that is bounded by its age.
"""

from tickpath.core.codes import Code
from tickpath.core.records import FIGURE_ABSENT, WATCH_CORRELATED, Side
from tickpath.hot.risk.context import RiskInput
from tickpath.hot.risk.spec import Boundary, Case, CheckSpec
from tickpath.hot.risk.values import OVER, notional_over, worst_lots

FRESH = {
    "portfolio.watched": WATCH_CORRELATED,
    "portfolio.correlated_units": [0],
    "portfolio.correlated_units_max": 15_000_000_000,
    "portfolio.correlated_from_ns": 9_000,
    "portfolio.correlated_age_ns_max": 5_000,
}
"""The order's notional is 10 000 000 000 units."""


def along(units: int) -> dict[str, list[int]]:
    """What the others move with the instrument."""
    return {"portfolio.correlated_units": [units]}


SPEC = CheckSpec(
    what="the position with everything open on the order's side filled, and what the rest of the "
    "portfolio moves with it by correlation, are within the limit together, or the order only "
    "reduces the position",
    limit="[portfolio] correlated_max and correlated_age_ns_max; absent or old: RISK_VAR_STALE",
    code=Code.RISK_CORRELATED,
    boundaries=(
        Boundary(
            "alone",
            "portfolio.correlated_units_max",
            10_000_000_000,
            9_999_999_999,
            Code.RISK_CORRELATED,
            FRESH,
        ),
        Boundary(
            "held on the side of the order",
            "position.position_lots",
            100,
            101,
            Code.RISK_CORRELATED,
            FRESH,
        ),
    ),
    cases=(
        Case(
            "with others that move along",
            {**FRESH, **along(5 * 10**9)},
            Code.OK,
        ),
        Case(
            "with more of them",
            {**FRESH, **along(5 * 10**9 + 1)},
            Code.RISK_CORRELATED,
        ),
        Case(
            "a hedge",
            {**FRESH, **along(-(10**12)), "position.position_lots": 3000},
            Code.OK,
        ),
        Case(
            "a sell moves the other way",
            {**FRESH, **along(-(5 * 10**9) - 1), "intent.side": Side.SELL},
            Code.RISK_CORRELATED,
        ),
        Case(
            "a sell beside what it hedges",
            {**FRESH, **along(10**12), "intent.side": Side.SELL},
            Code.OK,
        ),
        Case("absent", {**FRESH, **along(FIGURE_ABSENT)}, Code.RISK_VAR_STALE),
        Case("too old", {**FRESH, "portfolio.correlated_from_ns": 4_999}, Code.RISK_VAR_STALE),
        Case("as old as it may be", {**FRESH, "portfolio.correlated_from_ns": 5_000}, Code.OK),
        Case(
            "past it reducing passes",
            {
                **FRESH,
                **along(10**15),
                "position.position_lots": -200,
            },
            Code.OK,
        ),
    ),
)


def check(x: RiskInput) -> int:
    """OK or the code of the refusal."""
    p = x.portfolio
    worst = worst_lots(x)
    if not p.watched & WATCH_CORRELATED or worst <= 0:
        return Code.OK
    units = p.correlated_units[x.intent.instrument]
    if units == FIGURE_ABSENT or x.now_ns - p.correlated_from_ns > p.correlated_age_ns_max:
        return Code.RISK_VAR_STALE
    along = units if x.intent.side == Side.BUY else -units
    code = notional_over(x, worst, p.correlated_units_max - along)
    return Code.RISK_CORRELATED if code == OVER else code
