"""Shared by the tests of risk: orders, a quiet market, the state's credit."""

import struct
from dataclasses import replace
from typing import Any

from tickpath.core.config import Config
from tickpath.core.records import (
    Bbo,
    BookStatus,
    BookTop,
    Committed,
    Intent,
    IntentKind,
    Position,
    Side,
)
from tickpath.hot.risk.context import RiskContext

S = 1_000_000_000
BACKENDS = ["reference", "native"]
MID = 5_000_000
"""50 000.00; with 100 000 USDT of equity 2 % are 4 000 lots of 0.00001 there."""


def buy(lots: int, ticks: int = MID, **changes: Any) -> Intent:
    base = Intent(IntentKind.SUBMIT, 0, 0, price_ticks=ticks, quantity_lots=lots)
    return replace(base, **changes)


def sell(lots: int, ticks: int = MID, **changes: Any) -> Intent:
    return buy(lots, ticks, side=Side.SELL, **changes)


def context(config: Config, count: int = 1, **changes: Any) -> RiskContext:
    """A quiet market around MID with the configured balances as equity."""
    n = len(config.instruments)
    base = RiskContext(
        now_ns=S,
        positions=[Position() for _ in range(n)],
        committed=[Committed() for _ in range(n)],
        tops=[BookTop(MID - 1, 9, MID + 1, 9, status=BookStatus.OK) for _ in range(n)],
        bbos=[Bbo() for _ in range(n)],
        last_trade_ticks=[MID] * n,
        last_market_ns=[S] * n,
        equity_units=[config.balance_units(c) for c in range(len(config.currencies))],
        cash_units=[config.balance_units(c) for c in range(len(config.currencies))],
        replaced_lots=[0] * count,
        replaced_ticks=[0] * count,
    )
    made = replace(base, **changes)
    wanted = len(made.replaced_lots)
    return replace(made, replaced_ticks=[*made.replaced_ticks, *[0] * wanted][:wanted])


def one(risk: Any, config: Config, intent: Intent, **changes: Any) -> int:
    (code,) = risk.validate([intent], context(config, 1, **changes))
    return int(code)


def debt_ns(state: bytes) -> int:
    """When the bucket of all orders is full again, from an exported state."""
    full_ns: int = struct.unpack_from("<q", state, 32)[0]
    return full_ns
