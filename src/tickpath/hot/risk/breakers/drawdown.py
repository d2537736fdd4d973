"""Equity fell too far from its peak."""

from tickpath.core.codes import Code
from tickpath.hot.risk.control.spec import PPM, Breaker, ControlEvent, On, RuleSpec, Scenario

SPEC = RuleSpec(
    what="peak less equity of a settle currency, as the drawdown monitor marks it",
    limit="ppm of the peak",
    code=Code.RISK_BREAKER_DRAWDOWN,
    on=On.MONEY,
    words=lambda spec: 1,
    scopes=("engine",),
    together=True,
    scenarios=(
        Scenario(
            "fell",
            {"limit": 10_000},
            {"peak_units": 100_000, "equity_units": 99_000},
            {"peak_units": 100_000, "equity_units": 98_999},
        ),
        Scenario(
            "without a peak there is no part of it",
            {"limit": 0},
            {"peak_units": 0, "equity_units": -5},
            {"peak_units": 1, "equity_units": 0},
        ),
    ),
)


def step(b: Breaker, x: ControlEvent) -> int:
    """No memory: the peak is the monitor's."""
    fell = x.peak_units - x.equity_units
    return int(x.peak_units > 0 and fell * PPM > b.limit * x.peak_units)
