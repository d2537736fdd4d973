"""The tables [[breakers]] and [drawdown] of a configuration file.

[[breakers]]
rule = "volatility"
limit = 20000
window_ns = 1000000000
cancel = true

[drawdown]
reduce_only_ppm = 30000
halt_ppm = 50000
"""

from tickpath.core.config import BreakerSpec, Config, DrawdownSpec
from tickpath.core.errors import ConfigError
from tickpath.core.limits import LIMITS
from tickpath.core.toml_table import TomlTable

BREAKER_VALUE_MAX = 2**60
DAY_NS = 86_400 * 10**9
DRAWDOWN_LEVELS = (
    "reduce_only_ppm",
    "halt_ppm",
    "daily_reduce_only_ppm",
    "daily_halt_ppm",
    "strategy_reduce_only_ppm",
    "strategy_halt_ppm",
)


def _ppm(table: TomlTable, name: str) -> int:
    return table.integer(name, 0, 1 if name in table else 0, 1_000_000)


def breakers_of(root: TomlTable, base: Config) -> tuple[BreakerSpec, ...]:
    """The [[breakers]] of a file; what a rule asks of its numbers is checked with the engine."""
    found = []
    for table in root.tables("breakers"):
        spec = BreakerSpec(
            rule=table.text("rule"),
            limit=table.integer("limit", None, 0, BREAKER_VALUE_MAX),
            window_ns=table.integer("window_ns", 0, 0, BREAKER_VALUE_MAX),
            count=table.integer("count", 0, 0, LIMITS["breaker_words_max"]),
            cooling_ns=table.integer("cooling_ns", 60 * 10**9, 0, BREAKER_VALUE_MAX),
            scope=table.text("scope", "instrument", ("instrument", "engine")),
            cancel=table.flag("cancel", False),
            manual=table.flag("manual", False),
            instruments=tuple(
                _instrument_index(base, name, table.place("instruments"))
                for name in table.texts("instruments", ())
            ),
        )
        table.done()
        found.append(spec)
    if len(found) > LIMITS["breakers_max"]:
        raise ConfigError(
            f"{root.where}: {len(found)} [[breakers]]: at most breakers_max = "
            f"{LIMITS['breakers_max']} (limits.toml): use fewer"
        )
    return tuple(found)


def _instrument_index(config: Config, name: str, where: str) -> int:
    """Index of "venue:SYMBOL" or of a symbol that is there once."""
    venue, _, symbol = name.rpartition(":")
    found = [
        i.index
        for i in config.instruments
        if i.symbol == symbol and venue in ("", config.venues[i.venue])
    ]
    if len(found) != 1:
        problem = "is in no source" if not found else "is on several venues"
        raise ConfigError(f"{where}: {name!r} {problem}: write one as venue:SYMBOL")
    return found[0]


def drawdown_of(table: TomlTable) -> DrawdownSpec:
    """The [drawdown] table; a level that is not there is not watched."""
    spec = DrawdownSpec(
        **{name: _ppm(table, name) for name in DRAWDOWN_LEVELS},
        day_start_ns=table.integer("day_start_ns", 0, 0, DAY_NS - 1),
    )
    table.done()
    return spec
