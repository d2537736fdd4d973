"""What risk reads: the context of a batch, the input of one check, and the limits as configured."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, NamedTuple

from tickpath.core.codes import Code
from tickpath.core.config import Config, Instrument
from tickpath.core.errors import LimitError
from tickpath.core.limits import LIMITS
from tickpath.core.records import Bbo, BookTop, Intent, Position

LOTS_MAX = 2**62
NS_PER_S = 1_000_000_000


@dataclass(slots=True)
class RiskContext:
    """Everything risk may read in one input, sampled once. Lists are by instrument, equity by
    currency, `replaced_lots` by intent."""

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


class Case(NamedTuple):
    """A boundary of a check: what is changed in a passing input, and the code it must give."""

    name: str
    changes: Mapping[str, Any]
    code: Code


def lots_of(value: Decimal, step: Decimal) -> int:
    """Whole steps in `value`, at most LOTS_MAX."""
    return min(LOTS_MAX, int(value // step))


def limits_of(config: Config) -> list[OrderLimits]:
    """Limits by instrument. Raises LimitError for one that is looser than the compiled ceiling."""
    risk = config.risk
    ceilings = {
        "position_ceiling_ppm": "position_ceiling_ppm",
        "price_collar_ppm": "price_collar_ppm_max",
        "order_rate_per_s": "order_rate_per_s_max",
        "order_burst": "order_rate_per_s_max",
        "stale_ns": "stale_ns_max",
    }
    for name, compiled in ceilings.items():
        value = getattr(risk, name)
        if not 0 <= value <= LIMITS[compiled]:
            raise LimitError(
                f"[risk] {name} = {value}: the compiled ceiling {compiled} is "
                f"{LIMITS[compiled]}; write a value from 0 to that"
            )
    return [
        OrderLimits(
            order_lots_max=lots_of(risk.order_quantity_max, i.lot_size),
            order_notional_units_max=lots_of(
                risk.order_notional_max, Decimal(1).scaleb(-i.settle_decimals)
            ),
            position_ceiling_ppm=risk.position_ceiling_ppm,
            price_collar_ppm=risk.price_collar_ppm,
            order_rate_per_s=risk.order_rate_per_s,
            order_burst=risk.order_burst,
            stale_ns=risk.stale_ns,
        )
        for i in config.instruments
    ]
