"""Value at risk of the portfolio is within its limits, or the order only reduces."""

from tickpath.core.codes import Code
from tickpath.core.records import FIGURE_ABSENT, WATCH_SHORTFALL, WATCH_VAR
from tickpath.hot.risk.context import RiskInput
from tickpath.hot.risk.spec import Boundary, Case, CheckSpec
from tickpath.hot.risk.values import worst_lots

METHODS = ("historical", "parametric", "monte_carlo")
WATCHED = {"portfolio.watched": WATCH_VAR}


def _limited(method: str) -> dict[str, int]:
    """One figure within its limit, seen 1 000 ns ago."""
    return {
        **WATCHED,
        f"portfolio.{method}_var_units": 900,
        f"portfolio.{method}_var_units_max": 1000,
        f"portfolio.{method}_from_ns": 9_000,
        f"portfolio.{method}_age_ns_max": 5_000,
    }


SPEC = CheckSpec(
    what="each value at risk that has a limit is there, fresh and within it, or the order only "
    "reduces the position",
    limit="[portfolio] *_var_max and *_age_ns_max; an absent or old figure is RISK_VAR_STALE",
    code=Code.RISK_VAR,
    boundaries=tuple(
        Boundary(
            method, f"portfolio.{method}_var_units", 1000, 1001, Code.RISK_VAR, _limited(method)
        )
        for method in METHODS
    ),
    cases=(
        *(
            Case(
                f"{method} is {name}",
                {**_limited(method), f"portfolio.{method}_{field}": value},
                Code.RISK_VAR_STALE,
            )
            for method in METHODS
            for name, field, value in (
                ("absent", "var_units", FIGURE_ABSENT),
                ("too old", "from_ns", 4_999),
            )
        ),
        *(
            Case(
                f"{method} as old as it may be",
                {**_limited(method), f"portfolio.{method}_from_ns": 5_000},
                Code.OK,
            )
            for method in METHODS
        ),
        Case("a profit", {**_limited("historical"), "portfolio.historical_var_units": -5}, Code.OK),
        Case(
            "past it reducing passes",
            {
                **_limited("parametric"),
                "portfolio.parametric_var_units": 2000,
                "position.position_lots": -200,
            },
            Code.OK,
        ),
        Case(
            "past it, but another figure is watched",
            {
                **_limited("parametric"),
                "portfolio.parametric_var_units": 2000,
                "portfolio.watched": WATCH_SHORTFALL,
            },
            Code.OK,
        ),
        Case(
            "past it turning does not",
            {
                **_limited("parametric"),
                "portfolio.parametric_var_units": 2000,
                "position.position_lots": -199,
            },
            Code.RISK_VAR,
        ),
        Case(
            "without a limit nothing is asked of a figure",
            {**WATCHED, "portfolio.monte_carlo_var_units": 10**9},
            Code.OK,
        ),
    ),
)


def check(x: RiskInput) -> int:
    """OK or the code of the refusal."""
    p = x.portfolio
    if not p.watched & WATCH_VAR or worst_lots(x) <= 0:
        return Code.OK
    for method in METHODS:
        units = getattr(p, f"{method}_var_units")
        most = getattr(p, f"{method}_var_units_max")
        if most == 0:
            continue
        age_ns = x.now_ns - getattr(p, f"{method}_from_ns")
        if units == FIGURE_ABSENT or age_ns > getattr(p, f"{method}_age_ns_max"):
            return Code.RISK_VAR_STALE
        if units > most:
            return Code.RISK_VAR
    return Code.OK
