"""A figure of the portfolio against its limit: what the checks var and shortfall share.

`field` is "var" or "shortfall": the figures of each method are `<method>_<field>_units`, their
limits `<method>_<field>_units_max`. What proves it is in figures_spec.py.
"""

from tickpath.core.codes import Code
from tickpath.core.records import FIGURE_ABSENT
from tickpath.hot.risk.context import RiskInput
from tickpath.hot.risk.values import worst_lots

METHODS = ("historical", "parametric", "monte_carlo")


def figure_code(x: RiskInput, field: str, watched: int, code: Code) -> int:
    """OK, RISK_VAR_STALE, or `code` when one of the figures is past its limit; a limit of 0 is
    none, and what only reduces passes."""
    p = x.portfolio
    if not p.watched & watched or worst_lots(x) <= 0:
        return Code.OK
    for method in METHODS:
        units = getattr(p, f"{method}_{field}_units")
        most = getattr(p, f"{method}_{field}_units_max")
        if most == 0:
            continue
        age_ns = x.now_ns - getattr(p, f"{method}_from_ns")
        if units == FIGURE_ABSENT or age_ns > getattr(p, f"{method}_age_ns_max"):
            return Code.RISK_VAR_STALE
        if units > most:
            return code
    return Code.OK
