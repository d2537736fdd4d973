"""Expected shortfall of the portfolio is within its limits, or the order only reduces."""

from tickpath.core.codes import Code
from tickpath.core.records import WATCH_SHORTFALL, WATCH_VAR
from tickpath.hot.risk.context import RiskInput
from tickpath.hot.risk.figures import figure_code
from tickpath.hot.risk.figures_spec import figure_spec

SPEC = figure_spec(
    what="each expected shortfall that has a limit is there, fresh and within it, or the order "
    "only reduces the position",
    limit="[portfolio] *_shortfall_max and *_age_ns_max; an absent or old figure is RISK_VAR_STALE",
    field="shortfall",
    watched=WATCH_SHORTFALL,
    other=WATCH_VAR,
)


def check(x: RiskInput) -> int:
    """OK or the code of the refusal."""
    return figure_code(x, "shortfall", WATCH_SHORTFALL, Code.RISK_SHORTFALL)
