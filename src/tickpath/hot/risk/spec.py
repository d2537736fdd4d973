"""What a check promises, as data: its limit, where that comes from, and its boundaries.

One generic test runs every boundary and case of every check on every backend. They change fields
of `passing_input`, an order that every check allows: a field is named by its path from RiskInput.
"""

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from decimal import Decimal
from types import MappingProxyType
from typing import Any, NamedTuple

from tickpath.core.codes import Code
from tickpath.core.config import Instrument
from tickpath.core.records import (
    Bbo,
    BookStatus,
    BookTop,
    InstrumentKind,
    Intent,
    PortfolioFigures,
    Position,
)
from tickpath.hot.risk.context import OrderLimits, RiskInput

Changes = Mapping[str, Any]


class Boundary(NamedTuple):
    """`path` at the value `at` is allowed by every check; at `past`, one unit on, it is refused."""

    name: str
    path: str
    at: int
    past: int
    code: Code
    given: Changes = MappingProxyType({})


class Case(NamedTuple):
    """What is changed, and the code that the checks give together."""

    name: str
    changes: Changes
    code: Code


@dataclass(frozen=True, kw_only=True, slots=True)
class CheckSpec:
    """What a check refuses, its limit and where the limit comes from, and what proves it."""

    what: str
    limit: str
    code: Code
    boundaries: tuple[Boundary, ...] = ()
    cases: tuple[Case, ...] = ()


SHORT_MARKET: Changes = {"intent.type": 1, "intent.side": 1, "intent.price_ticks": 0}
LONG_MARKET: Changes = {"intent.type": 1, "intent.side": 0, "intent.price_ticks": 0}

INVERSE: Changes = {
    "instrument.kind": InstrumentKind.INVERSE,
    "instrument.tick_size": Decimal("0.1"),
    "instrument.lot_size": Decimal(1),
    "instrument.multiplier": Decimal(100),
    "instrument.quantity_min": Decimal(1),
    "instrument.quantity_max": Decimal(1_000_000),
    "instrument.notional_min": Decimal(0),
    "intent.price_ticks": 500_000,
    "intent.quantity_lots": 1,
    "top.bid_ticks": 499_999,
    "top.ask_ticks": 500_001,
    "last_trade_ticks": 500_000,
    "equity_units": 100_000_000,
}
"""Contracts of 100 USD at 50 000.0 with an equity of 1 BTC: a contract is 0.002 BTC, 2 % are 10."""

ONE_TICK: Changes = {"top.bid_ticks": 1, "top.ask_ticks": 1, "last_trade_ticks": 1}
FAR: Changes = {
    "intent.price_ticks": 2**61,
    "top.bid_ticks": 2**61,
    "top.ask_ticks": 2**61,
    "last_trade_ticks": 2**61,
}
"""Prices whose products reach past 127 bits."""


PASSING_INSTRUMENT = Instrument(
    index=0,
    symbol="BTCUSDT",
    venue=0,
    kind=InstrumentKind.SPOT,
    base=0,
    quote=1,
    settle=1,
    settle_decimals=8,
    tick_size=Decimal("0.01"),
    lot_size=Decimal("0.00001"),
    quantity_min=Decimal("0.00001"),
    quantity_max=Decimal(9000),
    notional_min=Decimal(5),
    multiplier=Decimal(1),
    maker_fee_ppm=1000,
    taker_fee_ppm=1000,
)
"""The instrument of `passing_input`: a tick times a lot is 10 units of the settle currency."""


def passing_input() -> RiskInput:
    """Buy 0.002 BTC (200 lots) at 50 000.00 around a mid of 50 000.00, equity 100 000 USDT.

    2 % of equity are 2 000 USDT: 4 000 lots at that price. The newest event is 1 000 ns old, 5 000
    are allowed.
    """
    return RiskInput(
        intent=Intent(1, 0, 0, price_ticks=5_000_000, quantity_lots=200),
        instrument=PASSING_INSTRUMENT,
        value_ratio=PASSING_INSTRUMENT.value_ratio,
        position=Position(),
        limits=OrderLimits(
            order_lots_max=2**62,
            order_notional_units_max=2**62,
            position_ceiling_ppm=20_000,
            price_collar_ppm=50_000,
            order_rate_per_s=100,
            order_burst=100,
            stale_ns=5_000,
            reference_collar_ppm=50_000,
            fat_finger_ppm=50_000,
            open_orders_max=100,
            duplicate_ns=1_000,
            venue_order_rate_per_s=100,
            venue_order_burst=100,
            message_rate_per_s=100,
            message_burst=100,
            venue_message_rate_per_s=100,
            venue_message_burst=100,
            gross_units_max=10**14,
            net_units_max=10**14,
            leverage_ppm=2_000_000,
            concentration_ppm=500_000,
        ),
        top=BookTop(4_999_999, 100, 5_000_001, 100, status=BookStatus.OK),
        bbo=Bbo(),
        portfolio=PortfolioFigures(correlated_units=[0]),
        last_trade_ticks=5_000_000,
        equity_units=10_000_000_000_000,
        now_ns=10_000,
        last_market_ns=9_000,
        pending_buy_lots=0,
        pending_sell_lots=0,
        replaced_lots=0,
        order_room_ns=5,
        venue_order_room_ns=5,
        message_room_ns=5,
        venue_message_room_ns=5,
        reference_ticks=0,
        duplicate_age_ns=-1,
        own_opposite_ticks=0,
        open_orders=1,
        gross_units=1_000_000,
        net_units=1_000_000,
        group_units=1_000_000,
        power_needed=1_000_000,
        power_free=10**13,
        exposure_unknown=0,
        cash_account=False,
        instrument_known=True,
        flags=0,
    )


def changed(x: RiskInput, changes: Changes) -> RiskInput:
    """`x` with the fields at these paths replaced."""
    parts: dict[str, Any] = {}
    inner: dict[str, dict[str, Any]] = {}
    for path, value in changes.items():
        head, _, name = path.partition(".")
        if name:
            inner.setdefault(head, {})[name] = value
        else:
            parts[head] = value
    known = {f.name for f in fields(x)}
    assert known >= {*parts, *inner}, f"no such field among {sorted(changes)}"
    parts |= {head: replace(getattr(x, head), **values) for head, values in inner.items()}
    result = replace(x, **parts)
    result.value_ratio = result.instrument.value_ratio
    return result
