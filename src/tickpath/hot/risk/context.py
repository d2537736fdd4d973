"""What risk reads: the context of a batch, the input of one check, and the limits as configured."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from tickpath.core.config import CEILINGS, Config, Instrument
from tickpath.core.errors import ConfigError, LimitError
from tickpath.core.limits import LIMITS
from tickpath.core.records import Bbo, BookTop, Intent, PortfolioFigures, Position

LOTS_MAX = 2**62
NS_PER_S = 1_000_000_000


@dataclass(slots=True)
class RiskContext:
    """Everything risk may read in one input, sampled once. Lists are by instrument, equity by
    currency, `replaced_lots` by intent: leaves of the order that a REPLACE gives back, 0 unless it
    rests on the same side of the same instrument."""

    now_ns: int
    positions: Sequence[Position]
    tops: Sequence[BookTop]
    bbos: Sequence[Bbo]
    last_trade_ticks: Sequence[int]
    last_market_ns: Sequence[int]
    equity_units: Sequence[int]
    replaced_lots: Sequence[int]


@dataclass(slots=True)
class OrderLimits:
    """Limits of one instrument's orders in its own integers."""

    order_lots_max: int
    order_notional_units_max: int
    position_ceiling_ppm: int
    price_collar_ppm: int
    order_rate_per_s: int
    order_burst: int
    stale_ns: int


@dataclass(slots=True)
class RiskInput:
    """What one check may read: `tp_risk_input`."""

    intent: Intent
    instrument: Instrument
    value_ratio: tuple[int, int]
    position: Position
    limits: OrderLimits
    top: BookTop
    bbo: Bbo
    portfolio: PortfolioFigures
    last_trade_ticks: int
    equity_units: int
    now_ns: int
    last_market_ns: int
    pending_buy_lots: int
    pending_sell_lots: int
    tokens: int
    replaced_lots: int
    instrument_known: bool
    flags: int


def steps_of(value: Decimal, step: Decimal, name: str) -> int:
    """Whole steps in `value`, at most LOTS_MAX. Raises ConfigError below zero."""
    number = Decimal(value) if isinstance(value, int | Decimal) else Decimal("NaN")
    if not number.is_finite() or number < 0:
        raise ConfigError(f"[risk] {name} = {value}: write a decimal number from 0 on, as text")
    return min(LOTS_MAX, int(Fraction(number) / Fraction(step)))


def limits_of(config: Config) -> list[OrderLimits]:
    """Limits by instrument. Raises LimitError for one that is looser than the compiled ceiling."""
    risk = config.risk
    for name, ceiling in CEILINGS.items():
        value = getattr(risk, name)
        if type(value) is not int or not 0 <= value <= LIMITS[ceiling]:
            raise LimitError(
                f"[risk] {name} = {value}: the compiled ceiling {ceiling} is {LIMITS[ceiling]}; "
                "write a whole number from 0 to that"
            )
    refuse_indices(config)
    return [
        OrderLimits(
            order_lots_max=steps_of(risk.order_quantity_max, i.lot_size, "order_quantity_max"),
            order_notional_units_max=steps_of(
                risk.order_notional_max, Decimal(1).scaleb(-i.settle_decimals), "order_notional_max"
            ),
            position_ceiling_ppm=risk.position_ceiling_ppm,
            price_collar_ppm=risk.price_collar_ppm,
            order_rate_per_s=risk.order_rate_per_s,
            order_burst=risk.order_burst,
            stale_ns=risk.stale_ns,
        )
        for i in config.instruments
    ]


def refuse_indices(config: Config) -> None:
    """Raise ConfigError for more instruments than fit, or a settle currency that is not there."""
    if len(config.instruments) > LIMITS["instruments_max"]:
        raise ConfigError(
            f"{len(config.instruments)} instruments: at most {LIMITS['instruments_max']} in one "
            "engine; spread them over several"
        )
    for place, instrument in enumerate(config.instruments):
        if instrument.index != place or not 0 <= instrument.settle < len(config.currencies):
            raise ConfigError(
                f"instrument {instrument.symbol}: index {instrument.index} or settle currency "
                f"{instrument.settle} does not fit the tables of the configuration"
            )
