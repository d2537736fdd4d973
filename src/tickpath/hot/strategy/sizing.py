"""How much to trade without being told: order and position sizes from the starting equity.

Give a declaration `params={**SIZING_PARAMS, ...}` and `derived=SIZING_DERIVED`. An order is
`order_lots`, or when that is 0 the lots worth `order_equity_ppm` of the starting equity of the
settle currency, rounded up, and never below the instrument's minima (that of the notional with 5 %
to spare for the price). A position may grow to `position_equity_ppm` of it (half of the compiled
ceiling unless said otherwise). sizing.pxd is the twin; it finds the same numbers at fixed places of
params_i.
"""

from collections.abc import Mapping
from typing import Any

from tickpath.core.config import Config, Instrument
from tickpath.core.limits import LIMITS
from tickpath.core.records import InstrumentKind
from tickpath.hot.strategy.declare import Derive, Param, Values

LOTS_MAX = 2**62
INT128_MAX = 2**127 - 1
POSITION_ORDERS = 8
"""Orders that make up the largest position where the starting equity is not known."""


def share_units(config: Config, instrument: Instrument, ppm: int | float) -> int:
    """That share of the starting equity, in settle units."""
    return config.balance_units(instrument.settle) * int(ppm) // 1_000_000


def order_units(config: Config, instrument: Instrument, values: Values) -> int:
    return share_units(config, instrument, values["order_equity_ppm"])


def position_units(config: Config, instrument: Instrument, values: Values) -> int:
    return share_units(config, instrument, values["position_equity_ppm"])


SIZING_DERIVED: Mapping[str, Derive] = {
    "order_units": order_units,
    "position_units": position_units,
    "lots_min": lambda config, instrument, values: instrument.quantity_lots_min,
    "notional_floor_units": lambda config, instrument, values: (
        -(-instrument.notional_units_min * 21 // 20)
    ),
    "value_num": lambda config, instrument, values: instrument.value_ratio[0],
    "value_den": lambda config, instrument, values: instrument.value_ratio[1],
    "inverse": lambda config, instrument, values: int(instrument.kind == InstrumentKind.INVERSE),
    "step_lots": lambda config, instrument, values: instrument.order_step_lots,
}

SIZING_PARAMS: Mapping[str, Param] = {
    "order_lots": Param(int, 0, 0, LOTS_MAX, "lots of an order; 0: worked out from the equity"),
    "order_equity_ppm": Param(int, 1250, 1, 1_000_000, "an order, ppm of the starting equity"),
    "position_equity_ppm": Param(
        int,
        LIMITS["position_ceiling_ppm"] // 2,
        1,
        1_000_000,
        "the largest position, ppm of the starting equity",
    ),
}


def lots_worth(params: Any, units: int, price_ticks: int, *, up: bool) -> int:
    """Lots whose notional at a price is `units`, at most LOTS_MAX. Formulas of tp_instrument."""
    if params.inverse:
        num, den = units * price_ticks * params.value_den, params.value_num
    else:
        num, den = units * params.value_den, price_ticks * params.value_num
    if num > INT128_MAX:
        return LOTS_MAX
    lots: int = -(-num // den) if up else num // den
    return min(lots, LOTS_MAX)


def order_lots_at(params: Any, price_ticks: int) -> int:
    """Lots of an order at a price, rounded up to the order step."""
    lots: int = params.order_lots or lots_worth(params, params.order_units, price_ticks, up=True)
    least = lots_worth(params, params.notional_floor_units, price_ticks, up=True)
    smallest: int = params.lots_min
    step: int = params.step_lots
    return -(-max(lots, least, smallest) // step) * step


def position_lots_at(params: Any, price_ticks: int) -> int:
    """The largest position at a price, either way."""
    if params.position_units == 0:
        return min(POSITION_ORDERS * order_lots_at(params, price_ticks), LOTS_MAX)
    return lots_worth(params, params.position_units, price_ticks, up=False)
