"""The specification that the checks var and shortfall have in common, by the field they read."""

from typing import Any

from tickpath.core.codes import Code
from tickpath.core.records import FIGURE_ABSENT
from tickpath.hot.risk.figures import METHODS
from tickpath.hot.risk.spec import Boundary, Case, CheckSpec


def figure_spec(*, what: str, limit: str, field: str, watched: int, other: int) -> CheckSpec:
    """The specification of a check on one field; `other` is a watch that is not its own."""
    code = Code[f"RISK_{field.upper()}"]

    def within(method: str, **more: Any) -> dict[str, Any]:
        """One figure within its limit, seen 1 000 ns ago, with changes of its fields."""
        values = {f"{field}_units": 900, f"{field}_units_max": 1000, "from_ns": 9_000}
        values |= {"age_ns_max": 5_000, **more}
        named = {f"portfolio.{method}_{name}": value for name, value in values.items()}
        return {"portfolio.watched": watched, **named}

    past = within("parametric", **{f"{field}_units": 2000})
    boundaries = tuple(
        Boundary(m, f"portfolio.{m}_{field}_units", 1000, 1001, code, within(m)) for m in METHODS
    )
    stale = Code.RISK_VAR_STALE
    by_method = [
        case
        for m in METHODS
        for case in (
            Case(f"{m} is absent", within(m, **{f"{field}_units": FIGURE_ABSENT}), stale),
            Case(f"{m} is too old", within(m, from_ns=4_999), stale),
            Case(f"{m} as old as it may be", within(m, from_ns=5_000), Code.OK),
        )
    ]
    unlimited = {"portfolio.watched": watched, f"portfolio.monte_carlo_{field}_units": 10**9}
    cases = (
        *by_method,
        Case("a profit", within("historical", **{f"{field}_units": -5}), Code.OK),
        Case("past it reducing passes", {**past, "position.position_lots": -200}, Code.OK),
        Case(
            "past it, but another figure is watched", {**past, "portfolio.watched": other}, Code.OK
        ),
        Case("past it turning does not", {**past, "position.position_lots": -199}, code),
        Case("without a limit nothing is asked of a figure", unlimited, Code.OK),
    )
    return CheckSpec(what=what, limit=limit, code=code, boundaries=boundaries, cases=cases)
