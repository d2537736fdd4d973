"""Limits of the portfolio from the configuration, in units of the currency it settles in.

Every mistake names the key and what to write. A portfolio is one currency: figures of different
currencies cannot be added exactly, so an engine whose instruments settle in several refuses to
watch one; give each currency its own engine.
"""

from decimal import Decimal

from tickpath.core.config import PORTFOLIO_METHODS, PORTFOLIO_MONEY, Config
from tickpath.core.errors import ConfigError, GridError
from tickpath.core.fixed import units_of
from tickpath.core.records import (
    FIGURE_ABSENT,
    WATCH_CORRELATED,
    WATCH_SHORTFALL,
    WATCH_VAR,
    PortfolioFigures,
)
from tickpath.hot.risk.portfolio.covariance import check_shape
from tickpath.hot.risk.portfolio.historical import check_window
from tickpath.hot.risk.portfolio.normal import factors
from tickpath.hot.risk.portfolio.state import UNITS_MAX

PPM = 10**6
WATCHES = {"var": WATCH_VAR, "shortfall": WATCH_SHORTFALL, "correlated": WATCH_CORRELATED}


def settle_of(config: Config) -> int:
    """The currency that all instruments settle in. Raises ConfigError when there are several."""
    settles = sorted({i.settle for i in config.instruments})
    if len(settles) != 1:
        names = ", ".join(config.currencies[c].name for c in settles) or "nothing"
        raise ConfigError(
            f"[portfolio]: the instruments settle in {names}: one currency an engine; "
            "leave the others to another engine"
        )
    return settles[0]


def _units(value: Decimal, decimals: int, key: str) -> int:
    try:
        units = units_of(value, decimals)
    except GridError as error:
        raise ConfigError(f"[portfolio] {key}: {error}") from error
    if not 0 <= units < UNITS_MAX:
        raise ConfigError(f"[portfolio] {key} is {value}: write more than 0, less than 2^62 units")
    return units


def figures_of(config: Config) -> PortfolioFigures:
    """What the checks read: limits from the configuration, all figures absent."""
    spec = config.portfolio
    count = len(config.instruments)
    found = PortfolioFigures(correlated_units=[FIGURE_ABSENT] * count)
    limits = {key: getattr(spec, key) for key in PORTFOLIO_MONEY}
    if spec.grid_ns == 0:
        if any(limits.values()):
            raise ConfigError("[portfolio]: limits without grid_ns: write the interval of its grid")
        return found
    check_shape(count, spec.decay_ppm / PPM)
    check_window(spec.window, PPM - spec.confidence_ppm)
    factors(spec.confidence_ppm)
    decimals = config.currencies[settle_of(config)].decimals
    for key, value in limits.items():
        setattr(found, key.replace("_max", "_units_max"), _units(value, decimals, key))
        found.watched |= next(w for word, w in WATCHES.items() if word in key) * (value > 0)
    for name in PORTFOLIO_METHODS:
        setattr(found, f"{name}_age_ns_max", getattr(spec, f"{name}_age_ns_max"))
    return found
