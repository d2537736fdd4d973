"""The venue table: which instruments trade the same thing, and what each costs as one integer.

Quantities of a group are compared in units: the largest base quantity that one lot of each of its
instruments is a multiple of. A child of any venue is a whole number of units.

The cost of a touch of n ticks is n * weight. A weight is the tick size in the group's common unit
times 10^12 + (fee_ppm * 10^6 + latency_ns * cost_ppm_per_ms) for a buy, minus it for a sell: exact,
no division, below 2^63, so a product with a touch fits 128 bits.
"""

from dataclasses import dataclass
from fractions import Fraction

from tickpath.core.config import Config, Instrument, same_thing
from tickpath.core.errors import ConfigError
from tickpath.core.fixed import common_unit
from tickpath.core.limits import LIMITS

ONE = 10**12
"""The price itself; a cost of 1 ppm is 10^6 of it, and 1 ns at 1 ppm per ms is 1."""
WORD_MAX = 2**63 - 1
FLOW_NS_MAX = 10**12
UNITS_MAX = 2**61
"""No order and no order step is larger, in units: sums of two stay below 2^63."""


Pair = tuple[int, int]
"""For a buy, for a sell."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Candidate:
    """An instrument that trades the same thing, seen from the one asked for (home)."""

    instrument: int
    venue: int
    tick_ratio: Fraction
    """Home ticks * tick_ratio = its ticks, when that is whole."""
    lot_ratio: Fraction
    weights: tuple[Pair, Pair]
    """[post-only][side]"""
    lot_units: int
    """One of its lots in the group's units."""


def group_of(config: Config, home: Instrument) -> list[Instrument]:
    """Home and what trades the same thing elsewhere, by venue. A venue lists nothing twice: of two
    that match (a perpetual and a future, say) only one with home's own symbol is taken."""
    group = []
    for venue in range(len(config.venues)):
        found = [
            i for i in config.instruments if i.venue == venue and i.trading and same_thing(home, i)
        ]
        if venue == home.venue:
            found = [home]
        elif len(found) > 1:
            found = [i for i in found if i.symbol == home.symbol]
        group += found[:1]
    return group


def cost_units(config: Config, instrument: Instrument, fee_ppm: int) -> int:
    """Fee and latency of an order, in 10^-12 of its price."""
    given = config.route.latency_ns
    latency_ns = given[instrument.venue] if instrument.venue < len(given) else 0
    cost = fee_ppm * 10**6 + latency_ns * config.route.latency_cost_ppm_per_ms
    if not -ONE <= cost <= ONE:
        raise ConfigError(
            f"{instrument.symbol} on {config.venues[instrument.venue]}: fee and latency cost "
            f"{cost / ONE:.0%} of the price, at most 100 %: correct latency_ns, "
            "latency_cost_ppm_per_ms or the fee"
        )
    return cost


def weights_of(config: Config, i: Instrument, ticks: int) -> tuple[Pair, Pair]:
    """[post-only][side]; `ticks` is the tick size in the group's common unit."""
    taker, maker = (cost_units(config, i, fee) for fee in (i.taker_fee_ppm, i.maker_fee_ppm))
    return (
        (ticks * (ONE + taker), ticks * (ONE - taker)),
        (ticks * (ONE + maker), ticks * (ONE - maker)),
    )


def candidates_of(config: Config) -> list[list[Candidate]]:
    """By instrument: home and its equals, by venue. Raises ConfigError for what does not fit."""
    refuse_table(config)
    return [candidates_from(config, home) for home in config.instruments]


def candidates_from(config: Config, home: Instrument) -> list[Candidate]:
    """Candidates of one instrument."""
    group = group_of(config, home)
    sizes = [Fraction(i.tick_size) for i in group]
    contracts = [Fraction(i.lot_size) * Fraction(i.multiplier) for i in group]
    unit, base_unit = common_unit(sizes), common_unit(contracts)
    found = []
    for instrument, size, contract in zip(group, sizes, contracts, strict=True):
        weights = weights_of(config, instrument, int(size / unit))
        candidate = Candidate(
            instrument=instrument.index,
            venue=instrument.venue,
            tick_ratio=Fraction(home.tick_size) / size,
            lot_ratio=Fraction(home.lot_size) * Fraction(home.multiplier) / contract,
            weights=weights,
            lot_units=int(contract / base_unit),
        )
        ratios = (candidate.tick_ratio, candidate.lot_ratio)
        numbers = [*weights[0], *weights[1], *(n for r in ratios for n in r.as_integer_ratio())]
        step_units = candidate.lot_units * instrument.order_step_lots
        if max(numbers) > WORD_MAX or (config.route.split and step_units > UNITS_MAX):
            raise ConfigError(
                f"{home.symbol} and {instrument.symbol}: tick or lot sizes of the two venues are "
                "too far apart to compare; leave one out"
            )
        found.append(candidate)
    return found


def refuse_table(config: Config) -> None:
    """Raise ConfigError for latencies or venues that do not fit."""
    given = config.route.latency_ns
    if len(given) > len(config.venues) or any(ns < 0 for ns in given):
        raise ConfigError(
            f"[route] latency_ns = {list(given)}: give one value >= 0 for each of the venues "
            f"{', '.join(config.venues)}"
        )
    route = config.route
    if not 1 <= route.children_max <= LIMITS["venues_max"]:
        raise ConfigError(
            f"[route] children_max = {route.children_max}: write 1..{LIMITS['venues_max']}"
        )
    if route.fok not in ("refuse", "send") or not 1 <= route.flow_ns <= FLOW_NS_MAX:
        raise ConfigError(
            f"[route] fok = {route.fok!r}, flow_ns = {route.flow_ns}: fok is refuse or send, "
            f"flow_ns 1..{FLOW_NS_MAX}"
        )
    if config.route.latency_cost_ppm_per_ms < 0:
        raise ConfigError("[route] latency_cost_ppm_per_ms is below zero: latency never pays")
    if len(config.venues) > LIMITS["venues_max"]:
        raise ConfigError(f"{len(config.venues)} venues: at most {LIMITS['venues_max']}")
    if len(config.instruments) > LIMITS["instruments_max"]:
        raise ConfigError(
            f"{len(config.instruments)} instruments: at most {LIMITS['instruments_max']}"
        )
    for place, instrument in enumerate(config.instruments):
        if instrument.index != place or not 0 <= instrument.venue < len(config.venues):
            raise ConfigError(
                f"instrument {instrument.symbol}: index {instrument.index} or venue "
                f"{instrument.venue} does not fit the tables of the configuration"
            )
