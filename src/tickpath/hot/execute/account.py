"""The account as configured: cost method, position modes and the currency it reports in.

Cold: read once when positions and money are built.
"""

from tickpath.core.config import COST_METHODS, Config
from tickpath.core.errors import ConfigError
from tickpath.core.records import InstrumentKind

COST_AVERAGE, COST_FIFO, COST_BESIDE = range(3)


def cost_of(config: Config) -> int:
    """The cost method's number."""
    if config.account.cost not in COST_METHODS:
        raise ConfigError(
            f"[account]: cost is {config.account.cost!r}: choose one of {', '.join(COST_METHODS)}"
        )
    return COST_METHODS.index(config.account.cost)


def hedging_of(config: Config) -> list[int]:
    """1 for each instrument of a hedging account."""
    for venue in config.account.hedging:
        if venue not in config.venues:
            raise ConfigError(f"[account]: hedging names {venue!r}: no such venue, remove it")
    found = [int(config.venues[i.venue] in config.account.hedging) for i in config.instruments]
    for instrument, hedging in zip(config.instruments, found, strict=True):
        if hedging and instrument.kind == InstrumentKind.SPOT:
            raise ConfigError(
                f"[account]: hedging names {config.venues[instrument.venue]!r}, where "
                f"{instrument.symbol} is spot: only futures have long and short positions"
            )
    return found
