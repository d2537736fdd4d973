"""What risk reads: the context of a batch, the input of one check, and the limits as configured."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from tickpath.core.config import CEILINGS, Config, Instrument, RiskSpec
from tickpath.core.errors import ConfigError, LimitError
from tickpath.core.limits import LIMITS
from tickpath.core.records import (
    Bbo,
    BookTop,
    Committed,
    Intent,
    PortfolioFigures,
    Position,
)
from tickpath.hot.risk.limits import LIMIT_FIELDS, LOTS_MAX


@dataclass(slots=True)
class RiskContext:
    """Everything risk may read in one input, sampled once. Lists are by instrument, equity and
    cash by currency, `replaced_lots` and `replaced_ticks` by intent: leaves and price of the order
    that a REPLACE gives back, 0 unless it rests on the same side of the same instrument. `repeats`:
    the engine sends what a strategy wanted once, which is no duplicate; `probe`: it asks for an
    order that will wait in the engine, which meets no own order yet. `legs` has long and short of
    every instrument of a hedging account; an order that names one is judged by it."""

    now_ns: int
    positions: Sequence[Position]
    committed: Sequence[Committed]
    tops: Sequence[BookTop]
    bbos: Sequence[Bbo]
    last_trade_ticks: Sequence[int]
    last_market_ns: Sequence[int]
    equity_units: Sequence[int]
    cash_units: Sequence[int]
    replaced_lots: Sequence[int]
    replaced_ticks: Sequence[int]
    repeats: bool = False
    probe: bool = False
    legs: Sequence[Sequence[Position]] = ()


@dataclass(slots=True)
class OrderLimits:
    """Limits of one instrument's orders in its own integers: `tp_limits`. Rates are of the engine,
    those named `venue_` of each venue."""

    order_lots_max: int
    order_notional_units_max: int
    position_ceiling_ppm: int
    price_collar_ppm: int
    order_rate_per_s: int
    order_burst: int
    stale_ns: int
    reference_collar_ppm: int
    fat_finger_ppm: int
    open_orders_max: int
    duplicate_ns: int
    venue_order_rate_per_s: int
    venue_order_burst: int
    message_rate_per_s: int
    message_burst: int
    venue_message_rate_per_s: int
    venue_message_burst: int
    gross_units_max: int
    net_units_max: int
    leverage_ppm: int
    concentration_ppm: int


@dataclass(slots=True)
class RiskInput:
    """What one check may read: `tp_risk_input`. Rooms are of the rate limits, below 0 there is no
    token. The exposures are those of the settle currency with this order, `group` those of its base
    currency, `power` what the order and all open ones need and what there is."""

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
    replaced_lots: int
    order_room_ns: int
    venue_order_room_ns: int
    message_room_ns: int
    venue_message_room_ns: int
    reference_ticks: int
    duplicate_age_ns: int
    own_opposite_ticks: int
    open_orders: int
    gross_units: int
    net_units: int
    group_units: int
    power_needed: int
    power_free: int
    exposure_unknown: int
    cash_account: bool
    instrument_known: bool
    flags: int


def empty_context(config: Config) -> RiskContext:
    """Nothing held, no market, no money: refuses every order."""
    count, currencies = len(config.instruments), len(config.currencies)
    return RiskContext(
        now_ns=0,
        positions=[Position() for _ in range(count)],
        committed=[Committed() for _ in range(count)],
        tops=[BookTop() for _ in range(count)],
        bbos=[Bbo() for _ in range(count)],
        last_trade_ticks=[0] * count,
        last_market_ns=[0] * count,
        equity_units=[0] * currencies,
        cash_units=[0] * currencies,
        replaced_lots=[],
        replaced_ticks=[],
    )


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
    return [limits_for(risk, i) for i in config.instruments]


def limits_for(risk: RiskSpec, i: Instrument) -> OrderLimits:
    """Limits in the integers of one instrument."""
    unit = Decimal(1).scaleb(-i.settle_decimals)
    exact = {
        "order_lots_max": ("order_quantity_max", i.lot_size),
        "order_notional_units_max": ("order_notional_max", unit),
        "gross_units_max": ("gross_exposure_max", unit),
        "net_units_max": ("net_exposure_max", unit),
    }
    values = {field: steps_of(getattr(risk, n), step, n) for field, (n, step) in exact.items()}
    same = {name: getattr(risk, name) for name in LIMIT_FIELDS if name not in values}
    return OrderLimits(**values, **same)


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
