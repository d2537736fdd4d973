"""The tables [[algorithms]] of a configuration file.

[[algorithms]]
name = "close"
kind = "vwap"
curve = [30, 10, 10, 20]
participation_ppm = 100000
price = "rest_then_cross"
"""

from decimal import Decimal

from tickpath.core.config import AlgorithmSpec
from tickpath.core.errors import ConfigError
from tickpath.core.limits import LIMITS
from tickpath.core.toml_table import TomlTable

PPM = 1_000_000
PRICES = ("rest", "cross", "rest_then_cross")
WEIGHT_MAX = 10**12
REST_NS_MAX = 86_400 * 10**9


def algorithms_of(root: TomlTable) -> tuple[AlgorithmSpec, ...]:
    """The [[algorithms]] of a file, none named twice; what a kind asks of its fields is checked
    with the engine."""
    found = [_algorithm(table) for table in root.tables("algorithms")]
    names = [spec.name for spec in found]
    for name in names:
        if names.count(name) > 1:
            raise ConfigError(f"{root.where}: [[algorithms]]: {name!r} is there twice: rename one")
    if len(found) > LIMITS["algorithms_max"]:
        raise ConfigError(
            f"{root.where}: {len(found)} [[algorithms]]: at most algorithms_max = "
            f"{LIMITS['algorithms_max']} (limits.toml): use fewer"
        )
    return tuple(found)


def _algorithm(table: TomlTable) -> AlgorithmSpec:
    curve = tuple(table.integers("curve", 0, WEIGHT_MAX))
    most = LIMITS["algorithm_slices_max"]
    spec = AlgorithmSpec(
        name=table.text("name"),
        kind=table.text("kind"),
        slices=table.integer("slices", len(curve) or 1, 1, most),
        curve=curve,
        participation_ppm=table.integer(
            "participation_ppm", 0, 1 if "participation_ppm" in table else 0, PPM
        ),
        clip_min_ppm=table.integer("clip_min_ppm", 0, 0, PPM),
        clip_max_ppm=table.integer("clip_max_ppm", PPM, 1, PPM),
        price=table.text("price", "rest_then_cross", PRICES),
        rest_ns=table.integer("rest_ns", 0, 1 if "rest_ns" in table else 0, REST_NS_MAX),
        urgency=_positive(table, "urgency"),
        risk_aversion=_positive(table, "risk_aversion"),
        volatility=_positive(table, "volatility"),
        impact=_positive(table, "impact"),
        horizon_s=_positive(table, "horizon_s"),
    )
    table.done()
    return spec


def _positive(table: TomlTable, key: str) -> Decimal | None:
    return table.positive(key) if key in table else None
