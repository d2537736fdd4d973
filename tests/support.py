"""Shared by tests: a ready configuration and the place of the recorded data."""

import os
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from tickpath.core.config import VENUES, Config, Currency, Instrument, Source, StrategySpec
from tickpath.core.records import InstrumentKind

FIXTURES = Path(
    os.environ.get("TICKPATH_FIXTURES", Path(__file__).resolve().parents[2] / "shared/fixtures")
)
RECORDINGS = FIXTURES / "binance/recordings"


def require(path: Path) -> Path:
    """The path, or a skip that says what is missing."""
    if not path.exists():
        pytest.skip(f"recorded data absent: {path} (set TICKPATH_FIXTURES)")
    return path


def btcusdt(**changes: Any) -> Instrument:
    """Binance spot BTCUSDT: index 0 on venue 0, settles in USDT (currency 1)."""
    base = Instrument(
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
        quantity_max=Decimal("9000"),
        notional_min=Decimal("5"),
        multiplier=Decimal(1),
        maker_fee_ppm=1000,
        taker_fee_ppm=1000,
    )
    return replace(base, **changes)


def btcusdt_shipped() -> Instrument:
    """Spot BTCUSDT as the shipped file has it: books in finer lots than orders."""
    return btcusdt(lot_size=Decimal("0.000001"), order_step=Decimal("0.00001"))


def btcusdt_linear(**changes: Any) -> Instrument:
    """Binance USD-M BTCUSDT."""
    base = btcusdt(
        venue=1,
        kind=InstrumentKind.LINEAR,
        tick_size=Decimal("0.10"),
        lot_size=Decimal("0.001"),
        quantity_min=Decimal("0.001"),
        quantity_max=Decimal("1000"),
        notional_min=Decimal("100"),
        maker_fee_ppm=200,
        taker_fee_ppm=500,
    )
    return replace(base, **changes)


def btcusd_inverse(**changes: Any) -> Instrument:
    """Binance COIN-M BTCUSD_PERP: contracts of 100 USD, settles in BTC (currency 0)."""
    base = btcusdt(
        symbol="BTCUSD_PERP",
        venue=2,
        kind=InstrumentKind.INVERSE,
        quote=2,
        settle=0,
        tick_size=Decimal("0.1"),
        lot_size=Decimal(1),
        quantity_min=Decimal(1),
        quantity_max=Decimal(1_000_000),
        notional_min=Decimal(0),
        multiplier=Decimal(100),
        maker_fee_ppm=100,
        taker_fee_ppm=500,
    )
    return replace(base, **changes)


def config_of(
    *instruments: Instrument, strategies: tuple[StrategySpec, ...] = (), **changes: Any
) -> Config:
    """A configuration of these instruments (spot BTCUSDT by default), one source each."""
    table = tuple(replace(i, index=k) for k, i in enumerate(instruments or (btcusdt(),)))
    base = Config(
        currencies=(Currency(name="BTC"), Currency(name="USDT"), Currency(name="USD")),
        venues=VENUES,
        instruments=table,
        sources=tuple(
            Source(name=f"source{i.index}", venue=i.venue, instruments=(i.index,)) for i in table
        ),
        strategies=strategies,
        balances={"USDT": Decimal(100_000), "BTC": Decimal(1)},
    )
    return replace(base, **changes)
