"""Whether two runs have anything to compare, and what of them must be equal."""

from datetime import UTC, datetime

from tickpath.backtest.explain.tables import RunTables
from tickpath.core.errors import ConfigError

NS = 10**9
STEPS = ("kind", "tick_size", "lot_size", "multiplier", "settle_decimals")
"""What of an instrument makes its amounts the same thing."""


def check_comparable(a: RunTables, b: RunTables) -> None:
    """Raises ConfigError when runs share no instrument, no time, or count in different steps."""
    shared = [name for name in a.names if name in b.names]
    if not shared:
        raise ConfigError(
            f"the runs share no instrument: {a.path} has {', '.join(a.names)}, {b.path} has "
            f"{', '.join(b.names)}: compare runs of the same instruments"
        )
    for run in (a, b):
        if not any(run.frames.values()):
            raise ConfigError(f"{run.path}: the journal holds no market data: nothing to compare")
    if a.first_ns > b.market_ns or b.first_ns > a.market_ns:
        raise ConfigError(
            f"the runs share no time: {a.path} is of {span(a)}, {b.path} of {span(b)}: compare "
            "runs over the same data"
        )
    for name in shared:
        x, y = (run.config.instruments[run.names.index(name)] for run in (a, b))
        for field in STEPS:
            if getattr(x, field) != getattr(y, field):
                raise ConfigError(
                    f"{name}: {field} is {getattr(x, field)} in {a.path} and {getattr(y, field)} "
                    f"in {b.path}: amounts of these runs cannot be compared"
                )


def span(run: RunTables) -> str:
    """First and last market data of a run as UTC."""
    return f"{utc(run.first_ns)} to {utc(run.market_ns)}"


def utc(t_ns: int) -> str:
    """A time to the second."""
    return datetime.fromtimestamp(t_ns // NS, UTC).strftime("%Y-%m-%d %H:%M:%S")
