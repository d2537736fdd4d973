"""Whether the state of one configuration can be taken over by another.

A state holds rows for instruments, currencies, venues, strategies and their columns in the order of
the configuration; where these differ the rows would be of other things. Limits, fees, balances,
parameters that ask for no other column, and how a breaker acts may change.
"""

from collections.abc import Mapping
from typing import Any

from tickpath.core.backend import Backend, load
from tickpath.core.config import Config, Instrument
from tickpath.core.errors import ConfigError
from tickpath.engine.commands import LimitName
from tickpath.hot.risk.context import limits_of
from tickpath.hot.risk.limits import LIMIT_FIELDS, SHARED_FIELDS

WITHOUT = (
    "settle the positions and open orders at the venues and start without a state, in the same "
    "folder so that the epochs go on"
)
"""What is left to do where no state can be taken over."""

INSTRUMENT_FIELDS = (
    "symbol", "venue", "kind", "base", "quote", "settle", "settle_decimals", "tick_size",
    "lot_size", "multiplier",
)  # fmt: skip
BREAKER_FIELDS = ("rule", "scope", "instruments", "window_ns", "count")
PORTFOLIO_FIELDS = ("grid_ns", "decay_ppm", "horizon", "window")


def _fields(entry: Any, names: tuple[str, ...]) -> tuple[Any, ...]:
    return tuple(getattr(entry, name) for name in names)


def _instrument(entry: Instrument) -> tuple[Any, ...]:
    return _fields(entry, INSTRUMENT_FIELDS)


def layout_of(config: Config) -> Mapping[str, Any]:
    """What a state's rows are of, by the part of the configuration that says it."""
    strategies = load("strategy", Backend.REFERENCE).Strategies
    return {
        "engine_id": config.engine_id,
        "currencies": config.currencies,
        "venues": config.venues,
        "instruments": [_instrument(i) for i in config.instruments],
        "sources": [(s.venue, s.instruments) for s in config.sources],
        "strategies": [(s.name, s.instruments) for s in config.strategies],
        "columns of the strategies": strategies.required_features(config),
        "account": _fields(config.account, ("cost", "hedging", "currencies")),
        "breakers": [_fields(b, BREAKER_FIELDS) for b in config.breakers],
        "algorithms": config.algorithms,
        "route": _fields(config.route, ("split", "children_max")),
        "portfolio": _fields(config.portfolio, PORTFOLIO_FIELDS),
        "sim.direct_orders": config.sim.direct_orders,
    }


def refuse_other_layout(old: Config, new: Config, epoch: int) -> None:
    """Raise ConfigError when the state of `old` has no place under `new`."""
    before, after = layout_of(old), layout_of(new)
    changed = [name for name, value in before.items() if value != after[name]]
    if changed:
        raise ConfigError(
            f"the configuration differs from that of epoch {epoch} in {', '.join(changed)}: its "
            f"positions and orders have no place there; run with the old ones, or {WITHOUT}"
        )


def changed_limits(old: Config, new: Config) -> list[tuple[LimitName, int, int]]:
    """(limit, instrument or -1 for all, value) of each limit that the new configuration changes.
    A state carries the limits it was run with, so these must be set."""
    found = []
    pairs = list(zip(limits_of(old), limits_of(new), strict=True))
    for limit, name in zip(LimitName, LIMIT_FIELDS, strict=True):
        for instrument, (before, after) in enumerate(pairs):
            value = getattr(after, name)
            if value == getattr(before, name):
                continue
            found.append((limit, -1 if name in SHARED_FIELDS else instrument, value))
            if name in SHARED_FIELDS:
                break
    return found
