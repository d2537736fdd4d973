"""The venue table both backends are built from: candidates, fees, latency cost."""

from tickpath.core.config import Config, Instrument
from tickpath.core.errors import ConfigError

NS_PER_MS = 1_000_000


def same_thing(a: Instrument, b: Instrument) -> bool:
    """Whether two instruments trade the same thing, on grids with the same number of decimals."""
    return (a.kind, a.base, a.quote, a.settle, a.multiplier) == (
        b.kind,
        b.base,
        b.quote,
        b.settle,
        b.multiplier,
    ) and (a.price_wire_decimals, a.quantity_wire_decimals) == (
        b.price_wire_decimals,
        b.quantity_wire_decimals,
    )


def candidates_of(config: Config) -> list[list[int]]:
    """By instrument: the instruments that trade the same thing, itself first, then by index."""
    return [
        [a.index] + [b.index for b in config.instruments if b.index != a.index and same_thing(a, b)]
        for a in config.instruments
    ]


def latency_cost_ppm(config: Config) -> list[int]:
    """By venue: what its expected latency costs. Raises ConfigError for a latency below zero."""
    given = config.route.latency_ns
    if len(given) > len(config.venues) or any(ns < 0 for ns in given):
        raise ConfigError(
            f"[route] latency_ns = {list(given)}: give one value >= 0 for each of the venues "
            f"{', '.join(config.venues)}"
        )
    padded = [*given, *[0] * (len(config.venues) - len(given))]
    return [ns * config.route.latency_cost_ppm_per_ms // NS_PER_MS for ns in padded]
