"""The table [portfolio] of a configuration file.

[portfolio]
grid_ns = 1000000000
historical_var_max = "500"
monte_carlo_shortfall_max = "900"
"""

from typing import Any

from tickpath.core.config import PORTFOLIO_METHODS, PORTFOLIO_MONEY, PortfolioSpec
from tickpath.core.errors import ConfigError
from tickpath.core.limits import LIMITS
from tickpath.core.toml_table import TomlTable

GRID_NS_MIN, GRID_NS_MAX = 1_000_000, 86_400 * 10**9
PPM = 10**6
DECAY_PPM_MIN, DECAY_PPM_MAX = 800_000, 999_999
CONFIDENCE_PPM_MIN, CONFIDENCE_PPM_MAX = 500_001, 999_999
HORIZON_MAX = 100_000
PATHS_MIN = 1000
_WORD_MAX = 2**63 - 1


def portfolio_of(table: TomlTable) -> PortfolioSpec:
    """The [portfolio] table; a limit that is not there is not watched."""
    base = PortfolioSpec()
    given: dict[str, Any] = {n: table.positive(n) for n in PORTFOLIO_MONEY if n in table}
    table.known.update(PORTFOLIO_MONEY)
    for name in (f"{method}_age_ns_max" for method in PORTFOLIO_METHODS):
        given[name] = table.integer(name, getattr(base, name), 1, _WORD_MAX)
    spec = PortfolioSpec(
        grid_ns=table.integer("grid_ns", 0, GRID_NS_MIN if "grid_ns" in table else 0, GRID_NS_MAX),
        decay_ppm=table.integer("decay_ppm", base.decay_ppm, DECAY_PPM_MIN, DECAY_PPM_MAX),
        confidence_ppm=table.integer(
            "confidence_ppm", base.confidence_ppm, CONFIDENCE_PPM_MIN, CONFIDENCE_PPM_MAX
        ),
        horizon=table.integer("horizon", base.horizon, 1, HORIZON_MAX),
        window=table.integer("window", base.window, 1, LIMITS["portfolio_window_max"]),
        paths=table.integer("paths", base.paths, PATHS_MIN, LIMITS["portfolio_paths_max"]),
        **given,
    )
    table.done()
    if spec.grid_ns == 0 and table.data:
        raise ConfigError(
            f"{table.where}: no grid_ns: add the interval of its grid, like grid_ns = 1000000000"
        )
    least = -(-PPM // (PPM - spec.confidence_ppm))
    if spec.grid_ns and spec.window < least:
        raise ConfigError(
            f"{table.place('window')} is {spec.window}: a confidence of {spec.confidence_ppm} ppm "
            f"needs {least} samples at least"
        )
    return spec
